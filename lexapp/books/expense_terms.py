"""What expenses need to know before they are checked and priced: the firm, matters, rates, categories, and what is agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.fee_agreements import NO_AGREEMENTS, MatterAgreements, agreements_of
from lexapp.books.work_terms import FirmTerms, MatterTerms, firm_terms, matter_terms
from lexapp.domain.agreements import AT_COST, AgreedMarkUp, agreed_mark_up, agreement_on
from lexapp.domain.expenses import NO_RULES, CategoryRules
from lexapp.domain.unit_rates import UnitRate, resolve_unit_rate
from lexapp.models import ExpenseCategory, ExpenseEntry
from lexapp.models import UnitRate as Row

__all__ = ["Category", "CountedRates", "Expense", "ExpenseTerms", "KeptMarkUp", "counted_rates", "expense_terms"]


@dataclass(frozen=True, slots=True)
class Expense:
    """What is said about a cost. `unit_minor` is the price of one unit: to the client, or what was paid where a mark-up is agreed.

    `cost_minor` is what the firm paid a third party for a hard cost; None: `unit_minor` for every unit. Soft costs cost nothing here.
    `unit_rate_name`: priced at the firm's rate of that name in force on the day (mileage); `unit_minor` does not count then. A category of
    that name says the same. `kind` and `code` empty: as usual for the category.
    """

    matter_id: int
    incurred_on: date
    unit_minor: int
    quantity_hundredths: int = 100
    kind: str = "hard"
    code: str = ""
    description: str = ""
    vendor: str = ""
    billing_status: str = "billable"
    timekeeper_id: int | None = None
    cost_minor: int | None = None
    unit_rate_name: str = ""
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class CountedRates:
    """The rates of what is counted, and the one that an entry which is changed was priced with (`kept`), on its day (`kept_on`)."""

    rates: Sequence[UnitRate] = ()
    kept: UnitRate | None = None
    kept_on: date | None = None

    def resolve(self, name: str, on: date) -> UnitRate | None:
        """The kept rate where neither what is counted nor the day changed, else the one in force on the day."""
        if not name:
            return None
        if self.kept is not None and (self.kept.name, self.kept_on) == (name, on):
            return self.kept
        return resolve_unit_rate(self.rates, name, on)


@dataclass(frozen=True, slots=True)
class Category:
    """A category of expenses, for pricing."""

    id: int
    name: str
    code: str
    kind: str
    rules: CategoryRules


@dataclass(frozen=True, slots=True)
class KeptMarkUp:
    """What an entry that is changed was marked up by: it stays as long as matter, category and day are the same."""

    matter_id: int
    category_id: int | None
    on: date
    basis_points: int
    term_id: int | None


@dataclass(frozen=True, slots=True)
class ExpenseTerms:
    """The firm, its matters by id, the rates of what is counted, its categories by id, and what is agreed on matters."""

    firm: FirmTerms
    matters: Mapping[int, MatterTerms]
    counted: CountedRates = CountedRates()
    categories: Mapping[int, Category] = field(default_factory=dict)
    agreements: Mapping[int, MatterAgreements] = field(default_factory=dict)
    kept: KeptMarkUp | None = None

    def category_of(self, expense: Expense) -> Category | None:
        return self.categories.get(expense.category_id or 0)

    def rules_for(self, expense: Expense) -> CategoryRules:
        category = self.category_of(expense)
        return category.rules if category else NO_RULES

    def rate_name(self, expense: Expense) -> str:
        """The name of the rates that an expense is counted at; empty: it has a price of its own."""
        category = self.category_of(expense)
        if category and any(rate.name == category.name for rate in self.counted.rates):
            return category.name
        return expense.unit_rate_name

    def rate_for(self, expense: Expense) -> UnitRate | None:
        """The rate of a counted expense; None where it has a price of its own, or where no rate is in force."""
        return self.counted.resolve(self.rate_name(expense), expense.incurred_on)

    def kind_of(self, expense: Expense) -> str:
        """What is counted is the firm's own cost; else as it was said, or as usual for the category."""
        if self.rate_for(expense) is not None:
            return "soft"
        category = self.category_of(expense)
        return expense.kind or (category.kind if category else "hard")

    def mark_up_for(self, expense: Expense) -> tuple[int, int | None]:
        """Basis points added to a hard cost of the day, and the id of the term that says so; None: nothing is agreed, so at cost."""
        kept = self.kept
        if kept and (kept.matter_id, kept.category_id, kept.on) == (expense.matter_id, expense.category_id, expense.incurred_on):
            return kept.basis_points, kept.term_id
        agreed = self.agreements.get(expense.matter_id, NO_AGREEMENTS)
        agreement = agreement_on(agreed.agreements, expense.incurred_on)
        found: AgreedMarkUp = agreed_mark_up(agreement, expense.category_id) if agreement else AT_COST
        if found.position is None or agreement is None or agreed.term_ids is None:
            return 0, None
        return found.basis_points, agreed.term_ids[agreement.id][found.position]


def expense_terms(session: Session, firm_id: int, expenses: Sequence[Expense], *, entry: ExpenseEntry | None = None) -> ExpenseTerms:
    """What these expenses need to know; `entry` is the one that is changed. Three queries, two more where there are categories."""
    firm = firm_terms(session, firm_id)
    matter_ids = {expense.matter_id for expense in expenses}
    matters = matter_terms(session, firm, matter_ids)
    is_counted = any(expense.unit_rate_name or expense.category_id for expense in expenses)
    return ExpenseTerms(
        firm,
        matters,
        counted_rates(session, firm_id, entry=entry) if is_counted else CountedRates(),
        _categories(session, firm_id, {expense.category_id for expense in expenses} - {None}),
        agreements_of(session, firm_id=firm_id, matter_ids=matter_ids),
        _kept_mark_up(entry),
    )


def _categories(session: Session, firm_id: int, ids: set[int | None]) -> dict[int, Category]:
    if not ids:
        return {}
    rows = session.scalars(select(ExpenseCategory).where(ExpenseCategory.firm_id == firm_id, ExpenseCategory.id.in_(ids)))
    return {row.id: Category(row.id, row.name, row.code, row.kind, row.rules) for row in rows}


def _kept_mark_up(entry: ExpenseEntry | None) -> KeptMarkUp | None:
    if entry is None or entry.kind != "hard":
        return None
    return KeptMarkUp(entry.matter_id, entry.category_id, entry.incurred_on, entry.mark_up_basis_points, entry.mark_up_term_id)


def counted_rates(session: Session, firm_id: int, *, entry: ExpenseEntry | None = None) -> CountedRates:
    """The firm's rates, removed ones too, which `entry` may have kept; they apply to nothing else. One query."""
    rates = [_rate_of(row) for row in session.scalars(select(Row).where(Row.firm_id == firm_id))]
    if entry is None:
        return CountedRates(rates)
    return CountedRates(rates, next((rate for rate in rates if rate.id == entry.unit_rate_id), None), entry.incurred_on)


def _rate_of(row: Row) -> UnitRate:
    return UnitRate(
        id=row.id,
        name=row.name,
        unit=row.unit,
        code=row.code,
        rate_hundredths=row.rate_hundredths,
        effective_from=row.effective_from,
        effective_to=row.effective_from - timedelta(days=1) if row.removed_at else row.effective_to,
    )
