"""Who pays for a matter, from a day on; and the consent of a payer who is not the client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.database import today_in, transaction
from lexapp.domain.amounts import check_size
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.splits import Arrangement, PayerTerms, check_arrangement
from lexapp.domain.splits.terms import CONSENTS
from lexapp.models import Client, Firm, Matter, MatterPayer, PayerArrangement, PreBillLine
from lexapp.queries.contingency.settled import settled_charges
from lexapp.queries.payers import billed_by_payer, terms_of

_LONGEST = {"by": 200, "note": 500}


def agree_payers(
    session: Session,
    *,
    actor: Actor,
    matter_id: int,
    version: int,
    effective_from: date,
    arrangement: Arrangement,
    key: str | None = None,
    now: datetime | None = None,
) -> Matter:
    """Say who pays for the work of a matter from a day on. The arrangement before ends the day before; a later one ends this one.

    One that starts on the same day is replaced while nothing is billed under it. Whoever pays as before keeps their consent.
    Raises Conflict when `version` is no longer the matter's, InvalidInput beside a field (domain.splits.check_arrangement).
    """
    actor.require("matter.edit")
    inputs = {"matter_id": matter_id, "version": version, "effective_from": effective_from, **_plain(arrangement)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter.payers", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Matter, matter_id)
        matter = lock_record(session, Matter, firm_id=actor.firm_id, record_id=matter_id, version=version, noun="matter")
        if matter.is_internal:
            raise NotAllowed("This matter takes the firm’s own time: nobody pays for it.")
        _check(session, matter, arrangement)
        row, before = _take_place(session, command, matter, effective_from, arrangement)
        _add_payers(session, row, arrangement, before)
        _refuse_settled(session, matter, row, arrangement)
        matter.version += 1
        old = {"payers": [[payer.client_id, payer.fees_basis_points] for payer in before]}
        audit(session, command, action="matter.payers_set", subject_kind="matter", subject_id=matter_id, before=old, after=inputs)
        succeed(session, command, matter_id=matter_id)
    return matter


def _plain(arrangement: Arrangement) -> dict[str, Any]:
    payers = [{name: value for name, value in asdict(payer).items() if value not in (None, 0)} for payer in arrangement.payers]
    return {"payers": payers, "remainder_payer_id": arrangement.remainder_payer_id}


def _check(session: Session, matter: Matter, arrangement: Arrangement) -> None:
    currency = session.get_one(Firm, matter.firm_id).currency
    wanted = [payer.payer_id for payer in arrangement.payers]
    known = set(session.scalars(select(Client.id).where(Client.firm_id == matter.firm_id, Client.id.in_(wanted))))
    for place, payer in enumerate(arrangement.payers, 1):
        if payer.payer_id not in known:
            sentence = "This payer is not in the list of clients. Pick one out of the list."
            raise InvalidInput(sentence, field=f"payer_{place}")
        for name in ("cap", "monthly"):
            check_size(getattr(payer, f"{name}_minor") or 0, currency, field=f"{name}_{place}")
    billed = billed_by_payer(session, firm_id=matter.firm_id, matter_ids=[matter.id])[matter.id]
    check_arrangement(arrangement, billed={id_: billed.of(id_) for id_ in wanted}, currency=currency)


def _take_place(
    session: Session, command: CommandRecord, matter: Matter, first: date, arrangement: Arrangement
) -> tuple[PayerArrangement, Sequence[MatterPayer]]:
    """The row that starts on that day, emptied or new, and the payers who paid until it does."""
    alike = (PayerArrangement.firm_id == matter.firm_id, PayerArrangement.matter_id == matter.id)
    rows = lock_alike(session, PayerArrangement, alike, firm_id=matter.firm_id)
    last_before = max((row for row in rows if row.effective_from <= first), key=lambda row: row.effective_from, default=None)
    before = _payers(session, last_before) if last_before else []
    if last_before is not None and last_before.effective_from == first:
        _require_unbilled(session, last_before)
        session.execute(delete(MatterPayer).where(MatterPayer.firm_id == matter.firm_id, MatterPayer.arrangement_id == last_before.id))
        change(last_before, {"remainder_payer_id": arrangement.remainder_payer_id})
        return last_before, before
    end = make_room(rows, first=first, last=None, taken="", another="")
    session.flush()
    made = {"created_at": command.at, "created_by_user_id": command.actor.user_id, "effective_from": first, "effective_to": end}
    row = PayerArrangement(firm_id=matter.firm_id, matter_id=matter.id, remainder_payer_id=arrangement.remainder_payer_id, **made)
    session.add(row)
    session.flush()
    return row, before


def _refuse_settled(session: Session, matter: Matter, row: PayerArrangement, arrangement: Arrangement) -> None:
    """What a settlement statement fixed is paid out of the client's money, so nobody else is billed a part of it."""
    for one in settled_charges(session, firm_id=matter.firm_id, matter_id=matter.id):
        holds = row.effective_from <= one.dated_on <= (row.effective_to or one.dated_on)
        if holds and not arrangement.pays_all(matter.client_id, one.kind):
            sentence = f"A settled statement bills the client what is dated {day_text(one.dated_on)}. Choose a later day."
            raise InvalidInput(sentence, field="effective_from", code="fee_settled")


def _payers(session: Session, row: PayerArrangement) -> Sequence[MatterPayer]:
    mine = select(MatterPayer).where(MatterPayer.firm_id == row.firm_id, MatterPayer.arrangement_id == row.id)
    found = session.scalars(mine.order_by(MatterPayer.position)).all()
    for payer in found:
        session.expunge(payer)
    return found


def _require_unbilled(session: Session, row: PayerArrangement) -> None:
    line = exists().where(PreBillLine.firm_id == row.firm_id, PreBillLine.arrangement_id == row.id, PreBillLine.state == "included")
    if session.scalar(select(line)):
        sentence = f"Work is billed by what was agreed from {day_text(row.effective_from)}. Choose a later day, or void that first."
        raise InvalidInput(sentence, field="effective_from", code="billed_under")


def _add_payers(session: Session, row: PayerArrangement, arrangement: Arrangement, before: Sequence[MatterPayer]) -> None:
    agreed = {terms_of(payer).payer_id: payer for payer in before if payer.consented_on is not None}
    for position, terms in enumerate(arrangement.payers, 1):
        payer = MatterPayer(firm_id=row.firm_id, matter_id=row.matter_id, arrangement_id=row.id, position=position, **_columns(terms))
        old = agreed.get(terms.payer_id)
        if old is not None and terms_of(old) == terms:
            for name in CONSENT_COLUMNS:
                setattr(payer, name, getattr(old, name))
        session.add(payer)
    session.flush()


CONSENT_COLUMNS = ("consented_on", "consent_by", "consent_how", "consent_note", "consent_recorded_at", "consent_recorded_by_user_id")


def _columns(terms: PayerTerms) -> dict[str, Any]:
    return {
        "client_id": terms.payer_id,
        "fees_basis_points": terms.fees,
        "fixed_fees_basis_points": terms.fixed_fees,
        "expenses_basis_points": terms.expenses,
        "task_shares": dict(terms.tasks or {}),
        "monthly_minor": terms.monthly_minor,
        "cap_minor": terms.cap_minor,
        "counted": terms.counted.value,
        "overflow_payer_id": terms.overflow_payer_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """When a payer agreed, who said so for them, how (letter, email, agreement, policy, phone), and what else is to be kept."""

    consented_on: date
    by: str
    how: str
    note: str = ""


def record_consent(
    session: Session, *, actor: Actor, payer_id: int, consent: Consent, key: str | None = None, now: datetime | None = None
) -> MatterPayer:
    """Record that a payer who is not the client agreed to their part of an arrangement. `payer_id` is the id of the MatterPayer.

    It may be corrected by recording it again. Raises NotFound, InvalidInput beside its field.
    """
    actor.require("matter.edit")
    inputs = {"payer_id": payer_id, **asdict(consent)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="matter.payer_consent", inputs=inputs, key=key, now=now)
        payer = session.scalar(select(MatterPayer).where(MatterPayer.firm_id == actor.firm_id, MatterPayer.id == payer_id))
        if payer is None:
            raise NotFound("Who pays was changed meanwhile. Look at the matter’s payers again.")
        if command.result is not None:
            return payer
        lock_record(session, Matter, firm_id=actor.firm_id, record_id=payer.matter_id, noun="matter")
        _check_consent(consent, today_in(session.get_one(Firm, actor.firm_id).time_zone, command.at))
        before = {"consented_on": payer.consented_on, "consent_by": payer.consent_by, "consent_how": payer.consent_how}
        payer.consented_on, payer.consent_by, payer.consent_how = consent.consented_on, consent.by.strip(), consent.how
        payer.consent_note, payer.consent_recorded_at = consent.note.strip(), command.at
        payer.consent_recorded_by_user_id = actor.user_id
        after = {"consented_on": payer.consented_on, "consent_by": payer.consent_by, "consent_how": consent.how, "payer": payer.client_id}
        action, matter_id = "matter.payer_consented", payer.matter_id
        audit(session, command, action=action, subject_kind="matter", subject_id=matter_id, before=before, after=after)
        succeed(session, command, payer_id=payer.id)
    return payer


def _check_consent(consent: Consent, today: date) -> None:
    if consent.consented_on > today:
        raise InvalidInput("This day has not come yet. Write the day on which they agreed.", field="consented_on")
    if not consent.by.strip():
        raise InvalidInput("Write who agreed for the payer, for example the adjuster’s name.", field="by")
    if consent.how not in CONSENTS:
        raise InvalidInput("Choose how they agreed.", field="how")
    for name, longest in _LONGEST.items():
        if len(getattr(consent, name)) > longest:
            raise InvalidInput(f"Write at most {longest} characters.", field=name)
