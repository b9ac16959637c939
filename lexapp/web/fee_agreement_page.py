"""The page of a matter's fee agreement: shown by the agreement's own routes, and by those of its fees where one is refused."""

from __future__ import annotations

from uuid import uuid4

from flask import Response

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Matter
from lexapp.queries.agreed_fees import agreed_fees_of, has_percentages, months_to_record
from lexapp.queries.contingency import trust_held
from lexapp.queries.fee_agreements import agreements_of_matter
from lexapp.services.fee_coverages import preview_coverage
from lexapp.web.access import current_actor, load, may
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, FileField
from lexapp.web.htmx import render


class LetterForm(CommandForm):
    letter = FileField("Signed letter", accept="application/pdf,image/jpeg,image/png", needed="Choose the file.")


def agreement_page(matter: Matter, form: LetterForm, *, status: int | None = None, refused: tuple[str, str] = ("", "")) -> Response:
    """`refused`: the row of a fee as its element is called, and the sentence that stands beside its buttons."""
    rows = agreements_of_matter(db.session(), firm_id=matter.firm_id, matter_id=matter.id)
    stale = preview_coverage(db.session(), actor=current_actor(), matter_id=matter.id) if rows and may("time.view_all") else None
    page = {"page": "fee_agreements/matter.html", "fragment": "fee_agreements/_agreements.html", "status": status or form.status}
    return render(
        **page,
        matter=matter,
        rows=rows,
        form=form,
        stale=len(stale.effects) if stale else 0,
        today=today_here(),
        agreed=agreed_fees_of(db.session(), firm_id=matter.firm_id, matter_id=matter.id) if rows else [],
        contingent=not rows and has_percentages(db.session(), firm_id=matter.firm_id, matter_id=matter.id),
        months=months_to_record,
        held=trust_held(db.session(), firm_id=matter.firm_id, matter_id=matter.id) if rows else 0,
        new_key=lambda: str(uuid4()),
        refused=dict([refused]),
    )


def refused_beside(row: str, matter_id: int, error: Refused) -> Response:
    """The page again, as it is now, with what is refused beside the fee."""
    status = 409 if isinstance(error, Conflict) else 422
    form = LetterForm(None, ids="letter")
    return agreement_page(load(Matter, matter_id), form, status=status, refused=(row, error.message))
