"""The settlement statement: approved with the client's consent, which freezes it; settled, which records the fee. No money moves here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, enqueue, record_command, succeed
from lexapp.books.time_locks import check_unlocked
from lexapp.books.work_terms import FirmTerms
from lexapp.database import transaction
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.snapshots.coding import decode, encode
from lexapp.domain.snapshots.settlements import SettlementFigures, SettlementSnapshot
from lexapp.models import Client, Firm, FixedFeeEntry, Matter, Recovery, User
from lexapp.queries.contingency import claims_of, figures_of, taxes_now, trust_held
from lexapp.queries.letterheads import letterhead_of, party_of
from lexapp.services.contingency.claims import put_costs
from lexapp.services.contingency.desk import check_matter, check_past, check_since, lock_recovery, require_draft, tell
from lexapp.services.contingency.payers import refuse_shared
from lexapp.services.contingency.reductions import refuse_capped

LONGEST_CONSENT = 200


@dataclass(frozen=True, slots=True)
class Consent:
    """That the client agreed to the statement: on which day, and how (signed copy, e-mail)."""

    consented_on: date
    consent: str


def approve_statement(
    session: Session,
    *,
    actor: Actor,
    recovery_id: int,
    version: int,
    given: Consent,
    key: str | None = None,
    now: datetime | None = None,
) -> Recovery:
    """Freeze the statement as the client consented to it, and owe its PDF. Raises InvalidInput where somebody would go short, Conflict."""
    actor.require("pre_bill.approve")
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version, **asdict(given)}
        command = record_command(session, actor=actor, name="settlement.approve", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        require_draft(row)
        firm = check_matter(session, firm_id=row.firm_id, matter_id=row.matter_id, is_open=True)
        _check_consent(row, given, firm, command)
        refuse_capped(session, row, firm.currency)
        refuse_shared(session, row, firm.today(command.at))
        figures = _whole(session, row, firm, command)
        _freeze(session, command, row, given, figures)
        named = {"recovery_id": row.id, "edition": row.edition}
        enqueue(session, command, kind="settlement.document", dedupe_key=f"settlement.document:{row.id}:{row.edition}", payload=named)
        tell(session, command, "settlement.approved", row, _parts(figures))
        succeed(session, command, recovery_id=row.id)
    return row


def _parts(figures: SettlementFigures) -> dict[str, int]:
    return {"fee_minor": figures.fee_minor, "tax_minor": figures.paid_minor("tax"), "client_minor": figures.paid_minor("client")}


def _check_consent(row: Recovery, given: Consent, firm: FirmTerms, command: CommandRecord) -> None:
    if not 0 < len(given.consent.strip()) <= LONGEST_CONSENT:
        raise InvalidInput("Say how the client consented, such as: signed copy, or e-mail.", field="consent", code="consent_missing")
    check_past(given.consented_on, firm, command, field="consented_on")
    check_since(given.consented_on, row.received_on, "The recovery was received", field="consented_on")


def _whole(session: Session, row: Recovery, firm: FirmTerms, command: CommandRecord) -> SettlementFigures:
    """The figures with the costs as they are now, in which nobody goes short."""
    _lock_matter(session, row)
    put_costs(session, row, [one.expense_entry_id for one in claims_of(session, row) if one.expense_entry_id], command.at)
    figures = figures_of(session, row, claims_of(session, row), on=firm.today(command.at))
    if short := figures.shortfall_minor:
        raise InvalidInput(
            f"Claims are {Money(short, firm.currency)} more than the recovery leaves. Enter the reduced amount that a lienholder or "
            "provider agreed to, or take a claim off.",
            code="shortfall",
        )
    return figures


def _lock_matter(session: Session, row: Recovery) -> None:
    """Who agrees caps or payers of it meanwhile waits."""
    mine = select(Matter.id).where(Matter.firm_id == row.firm_id, Matter.id == row.matter_id)
    session.execute(mine.with_for_update(key_share=True))


def _freeze(session: Session, command: CommandRecord, row: Recovery, given: Consent, figures: SettlementFigures) -> None:
    snapshot = _snapshot(session, command, row, given, figures)
    snapshot.check()
    row.status, row.snapshot = "approved", encode(snapshot)
    row.consented_on, row.consent = given.consented_on, given.consent
    row.approved_at, row.approved_by_user_id = command.at, command.actor.user_id
    row.edition, row.version = row.edition + 1, row.version + 1
    session.flush()


def _snapshot(session: Session, command: CommandRecord, row: Recovery, given: Consent, figures: SettlementFigures) -> SettlementSnapshot:
    firm, matter = session.get_one(Firm, row.firm_id), session.get_one(Matter, row.matter_id)
    client, signer = session.get_one(Client, matter.client_id), session.get_one(User, command.actor.user_id)
    return SettlementSnapshot(
        issued_on=given.consented_on,
        received_on=row.received_on,
        received_from=row.received_from,
        consented_on=given.consented_on,
        consent=given.consent,
        currency=firm.currency,
        locale=firm.locale,
        firm=letterhead_of(firm),
        client=party_of(client),
        matter=matter.name,
        matter_number=matter.number,
        figures=figures,
        signed_by=signer.name,
        theme=firm.invoice_theme,
        paper=firm.paper,
        logo_hash=firm.logo_sha256,
    )


def reopen_statement(
    session: Session, *, actor: Actor, recovery_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Recovery:
    """Make an approved statement a draft again; the consent is void. Raises NotAllowed once it is settled or a later one counts on it."""
    actor.require("pre_bill.approve")
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version}
        command = record_command(session, actor=actor, name="settlement.reopen", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        if row.status != "approved":
            raise NotAllowed("Only an approved statement that is not settled can be reopened.", code="statement_not_approved")
        _refuse_later(session, row)
        row.status, row.snapshot, row.consented_on, row.consent = "draft", {}, None, ""
        row.approved_at, row.approved_by_user_id, row.version = None, None, row.version + 1
        session.flush()
        tell(session, command, "settlement.reopened", row)
        succeed(session, command, recovery_id=row.id)
    return row


def _refuse_later(session: Session, row: Recovery) -> None:
    """The tiers of a statement that was approved later begin where this one ends."""
    mine = (Recovery.firm_id == row.firm_id, Recovery.matter_id == row.matter_id, Recovery.status != "draft", Recovery.id != row.id)
    later = session.scalars(select(Recovery).where(*mine, _after(row))).first()
    if later is not None:
        sentence = (
            f"The statement of {day_text(later.received_on)} was approved after this one and goes on in its tiers. Reopen that one first."
        )
        raise NotAllowed(sentence, code="later_statement")


def _after(row: Recovery) -> ColumnElement[bool]:
    same_instant = and_(Recovery.approved_at == row.approved_at, Recovery.id > row.id)
    return or_(Recovery.approved_at > row.approved_at, same_instant)


def settle_statement(
    session: Session,
    *,
    actor: Actor,
    recovery_id: int,
    version: int,
    settled_on: date,
    key: str | None = None,
    now: datetime | None = None,
) -> Recovery:
    """Record the firm's fee as a fixed fee, to be billed with the costs and paid out of trust like any other.

    Raises NotAllowed until the recovery lies in the matter's trust ledger, InvalidInput where costs or taxes changed since the client
    consented.
    """
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"recovery_id": recovery_id, "version": version, "settled_on": settled_on.isoformat()}
        command = record_command(session, actor=actor, name="settlement.settle", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Recovery, recovery_id)
        row = lock_recovery(session, firm_id=actor.firm_id, recovery_id=recovery_id, version=version)
        if row.status != "approved":
            raise NotAllowed("Approve the statement first: the client has to consent to it.", code="statement_not_approved")
        firm = check_matter(session, firm_id=row.firm_id, matter_id=row.matter_id, is_open=True)
        check_past(settled_on, firm, command, field="settled_on")
        check_since(settled_on, row.consented_on or row.received_on, "The client consented", field="settled_on")
        check_unlocked(session, command, firm, [settled_on], field="settled_on")
        figures = decode(SettlementSnapshot, row.snapshot).figures
        _lock_matter(session, row)
        _check_money(session, row, figures, firm)
        refuse_capped(session, row, firm.currency)
        refuse_shared(session, row, settled_on)
        _check_costs(session, row, command)
        _check_taxes(session, row, figures, firm, command)
        row.fixed_fee_entry_id = _record_fee(session, command, row, figures, settled_on)
        row.status, row.settled_on, row.version = "settled", settled_on, row.version + 1
        session.flush()
        tell(session, command, "settlement.settled", row, {"fee_minor": figures.paid_minor("fee")})
        succeed(session, command, recovery_id=row.id)
    return row


def _check_money(session: Session, row: Recovery, figures: SettlementFigures, firm: FirmTerms) -> None:
    held = trust_held(session, firm_id=row.firm_id, matter_id=row.matter_id)
    if held < figures.amount_minor:
        wanted, there = Money(figures.amount_minor, firm.currency), Money(held, firm.currency)
        raise NotAllowed(
            f"The matter’s trust ledger holds {there} of {wanted}. Deposit the recovery into trust first.", code="not_deposited"
        )


def _check_costs(session: Session, row: Recovery, command: CommandRecord) -> None:
    before = sorted((one.expense_entry_id or 0, one.amount_minor) for one in claims_of(session, row) if one.kind == "costs")
    put_costs(session, row, [id_ for id_, _ in before], command.at)
    now = sorted((one.expense_entry_id or 0, one.amount_minor) for one in claims_of(session, row) if one.kind == "costs")
    if before != now:
        raise InvalidInput(
            "A cost was changed since the client consented. Reopen the statement, and ask the client again.", code="cost_changed"
        )


def _check_taxes(session: Session, row: Recovery, figures: SettlementFigures, firm: FirmTerms, command: CommandRecord) -> None:
    """The invoice of today charges what the client consented to."""
    now = taxes_now(session, row, figures, on=firm.today(command.at))
    if [(tax.name, tax.is_included, tax.amount_minor) for tax in now] != [(t.name, t.is_included, t.amount_minor) for t in figures.taxes]:
        raise InvalidInput(
            "The taxes on the fee and the costs changed since the client consented. Reopen the statement, and ask the client again.",
            code="tax_changed",
        )


def _record_fee(session: Session, command: CommandRecord, row: Recovery, figures: SettlementFigures, settled_on: date) -> int | None:
    """The firm's own part of the fee, as a fixed fee entry; the share of another firm is paid to it out of trust."""
    amount = figures.paid_minor("fee")
    if not amount:
        return None
    entry = FixedFeeEntry(firm_id=row.firm_id, matter_id=row.matter_id, charged_on=settled_on, amount_minor=amount)
    entry.description = f"Contingency fee on the recovery of {day_text(row.received_on)} from {row.received_from}"
    entry.recorded_by_user_id, entry.created_at, entry.updated_at = command.actor.user_id, command.at, command.at
    session.add(entry)
    session.flush()
    after = {"matter_id": row.matter_id, "charged_on": settled_on, "amount_minor": amount, "description": entry.description}
    audit(session, command, action="fixed_fee.recorded", subject_kind="fixed_fee_entry", subject_id=entry.id, after=after)
    return entry.id
