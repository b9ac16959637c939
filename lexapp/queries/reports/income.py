"""Income month by month, on accrual basis (from the journal) and on cash basis (from what was applied to invoices).

Income is fees, soft costs and mark-up. Costs recovered give back what the firm had advanced, and tax is owed on: both stand apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period, month_of
from lexapp.domain.spread import Charges, recovered_costs
from lexapp.models import Account, ExpenseEntry, Invoice, JournalEntry, Matter, Posting, PreBillLine
from lexapp.queries.reports.collections import Application, applications
from lexapp.queries.reports.scope import Scope

# What an account of the journal counts as; costs written down reduce what advanced costs gave back.
PARTS = {
    "fee_income": "fees",
    "cost_income": "costs",
    "advanced_costs": "recovered",
    "costs_written_down": "recovered",
    "tax_payable": "tax",
}

EARNING = ("invoice.issued", "invoice.credited")


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """One month (its first day; None for the total) on one basis, in minor units."""

    month: date | None
    fees_minor: int = 0
    costs_minor: int = 0
    recovered_minor: int = 0
    tax_minor: int = 0

    @property
    def income_minor(self) -> int:
        """Fees, soft costs and mark-up: what the income accounts say."""
        return self.fees_minor + self.costs_minor

    @property
    def total_minor(self) -> int:
        """Everything that was invoiced, or paid."""
        return self.income_minor + self.recovered_minor + self.tax_minor


Sums = dict[date, dict[str, int]]


def accrual_income(session: Session, *, scope: Scope, period: Period) -> list[IncomeRow]:
    """What invoices earned, dated by their issue, less credit notes and voids, dated by theirs. One query over the journal."""
    query = (
        select(JournalEntry.effective_on, Account.role, -func.sum(Posting.amount_minor))
        .join_from(Posting, JournalEntry, and_(JournalEntry.firm_id == Posting.firm_id, JournalEntry.id == Posting.journal_entry_id))
        .join(Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .join(Matter, scope.matter_of(Posting))
        .where(Posting.firm_id == scope.firm_id, JournalEntry.event_code.in_(EARNING), Account.role.in_(PARTS))
        .where(JournalEntry.effective_on.between(period.first, period.last), scope.matters())
        .group_by(JournalEntry.effective_on, Account.role)
    )
    sums: Sums = defaultdict(lambda: defaultdict(int))
    for on, role, amount in session.execute(query):
        sums[month_of(on)][PARTS[role]] += int(amount)
    return _rows(period, sums)


def cash_income(session: Session, *, scope: Scope, period: Period) -> list[IncomeRow]:
    """What payments applied in each month paid of fees, costs and tax. Money not applied yet is the payer's credit, not income."""
    advanced = advanced_costs(session, scope=scope)
    sums: Sums = defaultdict(lambda: defaultdict(int))
    for one in applications(session, scope=scope, period=period):
        recovered = _recovered(one, advanced.get((one.invoice_id, one.matter_id), 0))
        month = sums[month_of(one.effective_on)]
        month["fees"] += one.paid.fees_minor
        month["recovered"] += recovered
        month["costs"] += one.paid.costs_minor - recovered
        month["tax"] += one.paid.tax_minor
    return _rows(period, sums)


def _recovered(one: Application, advanced_minor: int) -> int:
    """What this application gave back of the costs that were advanced, out of what it paid of costs."""
    before, after = one.before_minor, one.before_minor + one.amount_minor
    (was, now), (lost, lost_now) = one.credited, one.lost_minor
    return _given_back(one.charges, advanced_minor, after, now, lost_now) - _given_back(one.charges, advanced_minor, before, was, lost)


def _given_back(charges: Charges, advanced_minor: int, applied_minor: int, credited: Charges, lost_minor: int) -> int:
    """The same of all that is applied; of what credit notes took off the costs, `lost_minor` had been advanced."""
    payable = charges.payable(applied_minor, credited)
    advanced = min(advanced_minor - (0 if payable is charges else lost_minor), payable.costs_minor)
    return recovered_costs(charges.paid(applied_minor, credited).costs_minor, advanced, payable.costs_minor - advanced)


def advanced_costs(session: Session, *, scope: Scope) -> dict[tuple[int, int], int]:
    """(invoice, matter) -> what of its costs gives back what the firm had advanced; minor units. One query."""
    given_back = case((PreBillLine.cost_minor < PreBillLine.amount_minor, PreBillLine.cost_minor), else_=PreBillLine.amount_minor)
    query = (
        select(Invoice.id, ExpenseEntry.matter_id, func.sum(given_back))
        .join_from(PreBillLine, Invoice, and_(Invoice.firm_id == PreBillLine.firm_id, Invoice.pre_bill_id == PreBillLine.pre_bill_id))
        .join(ExpenseEntry, and_(ExpenseEntry.firm_id == PreBillLine.firm_id, ExpenseEntry.id == PreBillLine.expense_entry_id))
        .where(PreBillLine.firm_id == scope.firm_id, PreBillLine.state != "held", PreBillLine.cost_minor > 0)
        .group_by(Invoice.id, ExpenseEntry.matter_id)
    )
    return {(invoice, matter): int(amount) for invoice, matter, amount in session.execute(query)}


def _rows(period: Period, sums: Sums) -> list[IncomeRow]:
    parts = ("fees", "costs", "recovered", "tax")
    return [IncomeRow(month, *(sums[month][part] for part in parts)) for month in period.months()]


def sum_income(rows: list[IncomeRow]) -> IncomeRow:
    """The total of all months."""
    parts = zip(*((row.fees_minor, row.costs_minor, row.recovered_minor, row.tax_minor) for row in rows), strict=True)
    return IncomeRow(None, *(sum(part) for part in parts))


def income_accounts(session: Session, *, scope: Scope, period: Period) -> int:
    """What the income accounts of the journal took in, whatever the event: what accrual income must come to. One query."""
    query = (
        select(func.coalesce(-func.sum(Posting.amount_minor), 0))
        .join_from(Posting, JournalEntry, and_(JournalEntry.firm_id == Posting.firm_id, JournalEntry.id == Posting.journal_entry_id))
        .join(Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .join(Matter, scope.matter_of(Posting))
        .where(Posting.firm_id == scope.firm_id, Account.kind == "income", scope.matters())
        .where(JournalEntry.effective_on.between(period.first, period.last))
    )
    return int(session.scalar(query) or 0)
