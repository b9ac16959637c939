"""Expenses by category on a matter of their own: marked up as agreed, waiting, declined, without a receipt, paid from trust."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select

from lexapp.demo.seeding.cast import CURRENCY
from lexapp.demo.seeding.driving import photograph
from lexapp.demo.seeding.people import Seeded
from lexapp.domain.agreements import CategoryMarkUp, Expenses, Hourly
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor, Role
from lexapp.integrations.storage import Storage
from lexapp.models import ExpenseCategory, ExpenseEntry, Membership, User
from lexapp.services.expense_categories import USUAL, CategoryTerms, add_usual_categories, change_expense_category
from lexapp.services.expense_entries import Expense, approve_expense, decline_expense, record_expense
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.trust import CostPayment, deposit_to_trust, pay_cost_from_trust
from lexapp.workflows.expense_receipts import store_receipt

ASKS = {
    "Expert": {"receipt_above_minor": 0, "approval_above_minor": 1_000_00},
    "Court reporter": {"approval_above_minor": 2_500_00},
    "Travel": {"receipt_above_minor": 75_00, "approval_above_minor": 1_500_00},
    "Meals": {"receipt_above_minor": 75_00, "approval_above_minor": 250_00},
}
"""What the firm asks for above the usual; the tax office asks for receipts from 75 dollars on."""
RECORDED = (
    ("Court reporter", 1_184_40, "Deposition transcript, Capt. A. Lindqvist", "Marlow Reporting", False),
    ("Filing fees", 405_00, "Complaint, filing fee", "Clerk of the court", False),
    ("Expert", 4_800_00, "Hull survey and report", "Tidewater Marine Survey", True),
    ("Expert", 1_950_00, "Review of the engine logs", "Tidewater Marine Survey", True),
    ("Meals", 312_60, "Working dinner, six people", "The Gaff", True),
    ("Travel", 148_20, "Train to the inspection", "Coastal Rail", False),
    ("Filing fees", 160_00, "Writ of attachment", "Clerk of the court", False),
)


def add_expenses(seeded: Seeded, storage: Storage, now: datetime) -> None:
    """The usual categories with what some ask for, and an expense in each state. Mileage has its rates already."""
    session, actor, on = seeded.session, seeded.actor, seeded.plan.last_day
    add_usual_categories(session, actor=actor, now=now)
    categories = _categories(seeded, now)
    matter_id = _matter(seeded, categories, now)
    clerk = _assistant(seeded)
    entries = []
    for place, (name, minor, description, vendor, has_receipt) in enumerate(RECORDED):
        day = on - timedelta(days=len(RECORDED) - place)
        said = {"kind": "", "description": description, "vendor": vendor, "category_id": categories[name]}
        receipt = store_receipt(storage, actor=clerk, data=photograph()) if has_receipt else None
        expense = Expense(matter_id, day, minor, **said)  # type: ignore[arg-type]
        entries.append(record_expense(session, actor=clerk, expense=expense, receipt=receipt, now=now))
    approved, declined, paid = entries[3], entries[4], entries[6]
    approve_expense(session, actor=actor, entry_id=approved.id, version=approved.version, now=now)
    why = "The client’s guidelines allow no meals. Make it non-billable."
    decline_expense(session, actor=actor, entry_id=declined.id, version=declined.version, reason=why, now=now)
    _pay(seeded, matter_id, paid, now)


def _categories(seeded: Seeded, now: datetime) -> dict[str, int]:
    session, firm_id = seeded.session, seeded.actor.firm_id
    usual = {one.name: one for one in USUAL}
    found = {}
    for row in session.scalars(select(ExpenseCategory).where(ExpenseCategory.firm_id == firm_id)).all():
        found[row.name] = row.id
        if row.name in ASKS:
            terms = CategoryTerms(**{**asdict(usual[row.name]), **ASKS[row.name]})
            given = {"expense_category_id": row.id, "version": row.version, "terms": terms}
            change_expense_category(session, actor=seeded.actor, now=now, **given)  # type: ignore[arg-type]
    return found


def _matter(seeded: Seeded, categories: dict[str, int], now: datetime) -> int:
    session, actor = seeded.session, seeded.actor
    since = seeded.plan.last_day - timedelta(days=30)
    facts = MatterFacts(name="Charter dispute, expenses with a mark-up", opened_on=since, responsible_timekeeper_id=actor.timekeeper_id)
    matter = open_matter(session, actor=actor, client_id=seeded.clients[0], facts=facts, now=now)
    at_cost = (CategoryMarkUp(categories["Filing fees"], "Filing fees", 0),)
    agreement = NewAgreement(
        matter_id=matter.id,
        effective_from=since,
        terms=(Hourly(), Expenses(basis_points=1_000, by_category=at_cost)),
        signed_on=since,
        note="Clause 6: expenses at cost plus 10 %, filing fees at cost and out of the advance.",
    )
    agree_fees(session, actor=actor, agreement=agreement, now=now)
    return matter.id


def _assistant(seeded: Seeded) -> Actor:
    """Somebody who records expenses and approves none."""
    mine = (Membership.firm_id == seeded.actor.firm_id, Membership.role == Role.ASSISTANT.value, Membership.is_active)
    query = select(Membership, User.name).join(User, User.id == Membership.user_id).where(*mine).order_by(Membership.id).limit(1)
    row, name = seeded.session.execute(query).one()
    return Actor(row.user_id, row.firm_id, row.id, Role.ASSISTANT, row.timekeeper_id, name)


def _pay(seeded: Seeded, matter_id: int, entry: ExpenseEntry, now: datetime) -> None:
    session, actor, on = seeded.session, seeded.actor, seeded.plan.last_day
    money = Money(2_500_00, CURRENCY)
    deposit = deposit_to_trust(
        session,
        actor=actor,
        matter_id=matter_id,
        amount=money,
        effective_on=entry.incurred_on,
        source="Castellane Shipping",
        method="transfer",
        purpose="Advance for costs",
        now=now,
    )
    payment = CostPayment(
        trust_ledger_id=deposit.trust_ledger_id or 0,
        effective_on=on,
        payee=entry.vendor,
        method="cheque",
        authority="Engagement letter, clause 6",
        reference="2207",
    )
    pay_cost_from_trust(session, actor=actor, entry_id=entry.id, version=entry.version, payment=payment, now=now)
