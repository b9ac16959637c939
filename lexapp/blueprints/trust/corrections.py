"""A movement that was a mistake is reversed; a deposit that the bank took back is returned."""

from __future__ import annotations

from flask import Response, abort, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import KINDS, blueprint, head_of
from lexapp.database import db
from lexapp.domain.trust import number_text
from lexapp.models import TrustTransaction
from lexapp.queries.trust import LedgerHead
from lexapp.services.trust import return_deposit, reverse_trust_transaction
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, DateField, NoteField, TextField
from lexapp.web.proof import proven

REVERSE = Act(
    "Reverse a movement",
    "Reverse",
    "Reversing…",
    "The movement stays in the books; a new one undoes it. This can be done once.",
    "Movement reversed",
    danger=True,
)
RETURN = Act(
    "Deposit returned by the bank",
    "Record return",
    "Recording…",
    "The ledger gives what it still has. What it does not have is a shortage that the firm pays in at once.",
    "Returned deposit recorded",
    danger=True,
)


class ReversalForm(CommandForm):
    effective_on = DateField("Date", needed="Type the date of the correction.")
    reason = NoteField("Reason", longest=500, needed="Say why, so that an auditor understands it.")


class ReturnForm(ReversalForm):
    reference = TextField("Reference", hint="The bank’s number")


def _head(moved: TrustTransaction) -> LedgerHead | None:
    return head_of(moved.trust_ledger_id) if moved.trust_ledger_id else None


@blueprint.get("/trust/movements/<int:movement_id>/reversal/new")
@requires("trust.reverse")
def new_reversal(movement_id: int) -> Response:
    moved = load(TrustTransaction, movement_id)
    form = ReversalForm(formdata=None, data={"effective_on": today_here()})
    url = url_for(".reverse", movement_id=movement_id)
    return ask(form, REVERSE, url, _head(moved), moved=moved, kinds=KINDS, number=number_text(moved.direction, moved.number))


@blueprint.post("/trust/movements/<int:movement_id>/reversal")
@requires("trust.reverse")
@proven
def reverse(movement_id: int) -> Response:
    moved, form = load(TrustTransaction, movement_id), ReversalForm()
    more = {"moved": moved, "kinds": KINDS, "number": number_text(moved.direction, moved.number)}
    return carry_out(
        form,
        REVERSE,
        url_for(".reverse", movement_id=movement_id),
        _head(moved),
        lambda: reverse_trust_transaction(
            db.session(),
            actor=current_actor(),
            trust_transaction_id=movement_id,
            effective_on=form.effective_on.data,
            reason=form.reason.data,
            key=form.key.data,
        ),
        **more,
    )


def _deposit(movement_id: int) -> TrustTransaction:
    found = load(TrustTransaction, movement_id)
    return found if found.kind == "deposit" else abort(404)


@blueprint.get("/trust/movements/<int:movement_id>/return/new")
@requires("trust.reverse")
def new_return(movement_id: int) -> Response:
    moved = _deposit(movement_id)
    form = ReturnForm(formdata=None, data={"effective_on": today_here()})
    url = url_for(".give_back", movement_id=movement_id)
    return ask(form, RETURN, url, _head(moved), moved=moved, kinds=KINDS, number=number_text(moved.direction, moved.number))


@blueprint.post("/trust/movements/<int:movement_id>/return")
@requires("trust.reverse")
@proven
def give_back(movement_id: int) -> Response:
    moved, form = _deposit(movement_id), ReturnForm()
    more = {"moved": moved, "kinds": KINDS, "number": number_text(moved.direction, moved.number)}
    return carry_out(
        form,
        RETURN,
        url_for(".give_back", movement_id=movement_id),
        _head(moved),
        lambda: return_deposit(
            db.session(),
            actor=current_actor(),
            trust_transaction_id=movement_id,
            effective_on=form.effective_on.data,
            reason=form.reason.data,
            reference=form.reference.data or "",
            key=form.key.data,
        ),
        **more,
    )
