"""Work to bill, for tests: entries written as their services leave them, and the way from them to invoices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.expense_entries import Expense
from lexapp.domain.permissions import Actor
from lexapp.domain.rounding import round_half_up
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import ExpenseEntry, FixedFeeEntry, Invoice, Matter, MatterPayer, PreBill, PreBillLine, TimeEntry, Timekeeper
from lexapp.services.expense_entries import ExpenseRow, record_expense_entries
from lexapp.services.invoices import issue_invoices
from lexapp.services.payers import Consent, agree_payers, record_consent
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from tests.factories import NOW, OPENED, TODAY, World, save

WORKED = date(2026, 11, 3)


def work_time(
    session: Session,
    world: World,
    matter: Matter,
    hundredths: int = 120,
    rate: int | None = 50_000,
    *,
    by: Timekeeper | None = None,
    on: date = WORKED,
    status: str = "billable",
    narrative: str = "Draft motion to compel",
) -> TimeEntry:
    charged = status == "billable" and rate is not None
    entry = TimeEntry(
        firm_id=world.firm_id,
        matter_id=matter.id,
        timekeeper_id=(by or world.partner).id,
        worked_on=on,
        recorded_seconds=hundredths * 36,
        quantity_hundredths=hundredths,
        narrative=narrative,
        task_code="L120",
        activity_code="A104",
        billing_status=status,
        rate_minor_per_hour=rate,
        rate_reason={"reason": "timekeeper’s own rate"},
        amount_minor=round_half_up(hundredths * (rate or 0), 100) if charged else 0,
        created_at=NOW,
        updated_at=NOW,
    )
    return save(session, entry, world.firm_id)


def spend(
    session: Session,
    world: World,
    matter: Matter,
    amount: int,
    *,
    cost: int | None = None,
    quantity: int = 100,
    kind: str = "hard",
    status: str = "billable",
) -> ExpenseEntry:
    """An expense of `quantity` hundredths of a unit at `amount` each; what it cost may be another sum, as taken over."""
    expense = Expense(
        matter_id=matter.id,
        incurred_on=WORKED,
        unit_minor=amount,
        quantity_hundredths=quantity,
        kind=kind,
        code="E112",
        description="Court fee",
        billing_status=status,
        cost_minor=cost,
    )
    (id_,) = record_expense_entries(session, actor=world.owner, rows=[ExpenseRow(expense)], now=NOW)
    return session.get_one(ExpenseEntry, id_)


def charge_fixed_fee(session: Session, world: World, matter: Matter, amount: int) -> FixedFeeEntry:
    entry = FixedFeeEntry(
        firm_id=world.firm_id,
        matter_id=matter.id,
        charged_on=WORKED,
        description="Monthly retainer",
        amount_minor=amount,
        created_at=NOW,
        updated_at=NOW,
    )
    return save(session, entry, world.firm_id)


def share_matter(session: Session, world: World, matter: Matter, shares: dict[int, int], effective_from: date = OPENED) -> None:
    """Make these clients (id -> basis points of everything) the payers of a matter, and record that they agreed."""
    payers = tuple(PayerTerms(client_id, points, points, points) for client_id, points in shares.items())
    agree(session, world, matter, Arrangement(payers), effective_from)


def agree(
    session: Session, world: World, matter: Matter, arrangement: Arrangement, effective_from: date = OPENED, by: str = "R. Okonjo"
) -> None:
    """Agree who pays for a matter from a day on, with the consent of everybody."""
    what = {"matter_id": matter.id, "version": version_of(session, Matter, matter.id), "effective_from": effective_from}
    session.rollback()
    agree_payers(session, actor=world.owner, arrangement=arrangement, now=NOW, **what)
    consent = Consent(consented_on=OPENED, by=by, how="letter", note=by)
    for payer_id in session.scalars(select(MatterPayer.id).where(MatterPayer.matter_id == matter.id)).all():
        session.rollback()
        record_consent(session, actor=world.owner, payer_id=payer_id, consent=consent, now=NOW)


def lines_of(session: Session, pre_bill_id: int) -> list[PreBillLine]:
    query = select(PreBillLine).where(PreBillLine.pre_bill_id == pre_bill_id).order_by(PreBillLine.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def version_of(session: Session, model: type[PreBill] | type[PreBillLine] | type[Matter], id_: int) -> int:
    """The version of the record as it stands, which a page would show."""
    return session.scalars(select(model.version).where(model.id == id_)).one()


def draft(session: Session, world: World, matter: Matter, through_on: date = TODAY, actor: Actor | None = None) -> list[int]:
    return draft_pre_bill(session, actor=actor or world.owner, matter_id=matter.id, through_on=through_on, now=NOW)


def draft_one(session: Session, world: World, matter: Matter) -> PreBill:
    (pre_bill_id,) = draft(session, world, matter)
    return session.get_one(PreBill, pre_bill_id)


def approved(session: Session, world: World, *matters: Matter, through_on: date = TODAY) -> list[int]:
    """Approved pre-bills of everything on these matters."""
    ids = [id_ for matter in matters for id_ in draft(session, world, matter, through_on)]
    return approve_pre_bills(session, actor=world.owner, pre_bill_ids=ids, now=NOW)


def issue(
    session: Session, world: World, *matters: Matter, issued_on: date = TODAY, send: bool = False, print_now: bool = True
) -> list[Invoice]:
    """Invoices of everything on these matters."""
    bills = approved(session, world, *matters, through_on=max(issued_on, TODAY))
    how = {"issued_on": issued_on, "send": send, "print_now": print_now}
    now = NOW if issued_on <= TODAY else None  # dated on the real today, they are issued today
    ids = issue_invoices(session, actor=world.owner, pre_bill_ids=bills, **how, now=now)
    return [session.get_one(Invoice, id_) for id_ in ids]
