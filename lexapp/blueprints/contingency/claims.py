"""Claims on a recovery. The statement comes back worked out anew."""

from __future__ import annotations

from flask import Response, url_for

from lexapp.blueprints.contingency.recoveries import blueprint, standing
from lexapp.blueprints.contingency.statements import statement_context, statement_page
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import RecoveryClaim
from lexapp.services import contingency as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.contingency_forms import ClaimForm, CostsForm
from lexapp.web.forms import sent_key, sent_version
from lexapp.web.htmx import fragments


def _worked_out(recovery_id: int) -> Response:
    row = standing(recovery_id)
    shown = ("contingency/_statement.html", "contingency/_statement_acts.html")
    return fragments(*shown, otherwise=url_for(".show", recovery_id=recovery_id), **statement_context(row))


@blueprint.post("/recoveries/<int:recovery_id>/claims")
@requires("pre_bill.edit")
def add_claim(recovery_id: int) -> Response:
    standing(recovery_id)
    form = ClaimForm(ids="claim-form")
    if form.validate_on_submit():
        named = {"recovery_id": recovery_id, "version": sent_version(), "claim": form.claim(), "key": form.key.data}
        try:
            service.add_claim(db.session(), actor=current_actor(), **named)
        except Refused as error:
            form.refuse(error)
        else:
            return _worked_out(recovery_id)
    return statement_page(standing(recovery_id), form)


@blueprint.post("/recoveries/<int:recovery_id>/costs")
@requires("pre_bill.edit")
def choose_costs(recovery_id: int) -> Response:
    standing(recovery_id)
    form = CostsForm(ids="costs-form")
    if form.validate_on_submit():
        named = {"recovery_id": recovery_id, "version": sent_version(), "expense_entry_ids": form.expense_entry_ids.data}
        try:
            service.choose_costs(db.session(), actor=current_actor(), **named, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            return _worked_out(recovery_id)
    return statement_page(standing(recovery_id), form)


@blueprint.post("/recovery-claims/<int:claim_id>/removal")
@requires("pre_bill.edit")
def remove_claim(claim_id: int) -> Response:
    claim = load(RecoveryClaim, claim_id)
    recovery_id = claim.recovery_id
    service.remove_claim(db.session(), actor=current_actor(), claim_id=claim_id, version=sent_version(), key=sent_key())
    return _worked_out(recovery_id)
