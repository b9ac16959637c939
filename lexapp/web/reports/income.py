"""What did we earn?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.domain.periods import last_of_month
from lexapp.queries.reports.income import IncomeRow, accrual_income, cash_income, income_accounts, sum_income
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, columns_chart
from lexapp.web.reports.figures import amount, month_name, span_text
from lexapp.web.reports.names import INCOME
from lexapp.web.reports.report import Figure, Proof, Report
from lexapp.web.reports.sheet import Column, make_sheet

FILTERS = ("period", "client", "matter", "practice", "responsible")
BASES = (("accrual", "Accrual"), ("cash", "Cash"))
SERIES = (Series("Accrual: invoiced", "stand--2", "2"), Series("Cash: collected", "stand"))
PARTS = (
    ("fees", "Fees"),
    ("costs", "Costs with mark-up"),
    ("income", "Income"),
    ("recovered", "Costs recovered"),
    ("tax", "Tax"),
    ("total", "In all"),
)
RULES = (
    ("Accrual", "What invoices earn, on the day of their issue; a void takes it back on its own day. From the journal."),
    ("Cash", "What payments and trust paid of it, on the day they were applied. From the allocations, spread in proportion."),
    ("Income", "Fees, soft costs and mark-up. Costs recovered give back what was advanced for clients; tax is passed on."),
)


@dataclass(frozen=True, slots=True)
class Month:
    """A month on the basis asked for, and its income on the other."""

    key: date | None
    row: IncomeRow
    accrual_minor: int
    cash_minor: int


def income_report(asked: Asked) -> Report:
    session, basis = db.session(), asked_choice("basis", [name for name, _ in BASES], "accrual")
    accrual = accrual_income(session, scope=asked.scope, period=asked.period)
    cash = cash_income(session, scope=asked.scope, period=asked.period)
    months = [_month(one, other, basis) for one, other in zip(accrual, cash, strict=True)]
    total = _month(sum_income(accrual), sum_income(cash), basis)
    booked = income_accounts(session, scope=asked.scope, period=asked.period)
    return Report(
        slug=f"income-{basis}",
        name=INCOME.name,
        title=INCOME.title,
        answer=_answer(asked, total),
        filters=FILTERS,
        segments=(("basis", "Basis", BASES, basis),),
        figures=_figures(asked, total),
        chart=_chart(asked, months),
        sheet=make_sheet(f"Income, {basis} basis", _columns(asked, basis, total), months, total, default="name"),
        proofs=[Proof("Accrual income", total.accrual_minor, "Income accounts", booked)],
        rules=RULES,
    )


def _month(accrual: IncomeRow, cash: IncomeRow, basis: str) -> Month:
    return Month(accrual.month, cash if basis == "cash" else accrual, accrual.income_minor, cash.income_minor)


def _answer(asked: Asked, total: Month) -> str:
    when = span_text(asked.period.first, asked.period.last)
    return f"{amount(total.accrual_minor)} invoiced (accrual), {amount(total.cash_minor)} collected (cash). {when}."


def _url(asked: Asked, basis: str, total: Month | None, part: str = "income") -> Any:
    """Accrual: postings of the journal; cash: what was applied."""

    def url(month: Month) -> str:
        days = {}
        if month is not total and month.key is not None:
            first, last = max(month.key, asked.period.first), min(last_of_month(month.key), asked.period.last)
            days = {"from": first.isoformat(), "to": last.isoformat()}
        if basis == "cash":
            return url_for("reports.collected_entries", **asked.rows(basis=None, **days))
        return url_for("reports.income_postings", **asked.rows(basis=None, part=part, **days))

    return url


def _columns(asked: Asked, basis: str, total: Month) -> list[Column]:
    parts = [
        Column(
            name,
            label,
            "money",
            lambda month, name=name: getattr(month.row, f"{name}_minor"),
            link=_url(asked, basis, total, "all" if name == "total" else name),
            classes="num lead" if name == "income" else "",
        )
        for name, label in PARTS
    ]
    other = "cash" if basis == "accrual" else "accrual"
    compared = Column("other", f"Income, {other}", "money", lambda month: getattr(month, f"{other}_minor"), link=_url(asked, other, total))
    return [Column("name", "Month", "month", lambda month: month.key), *parts, compared]


def _figures(asked: Asked, total: Month) -> list[Figure]:
    row = total.row
    return [
        Figure("Income, accrual", "money", total.accrual_minor, "invoiced", url=_url(asked, "accrual", total)(total)),
        Figure("Income, cash", "money", total.cash_minor, "collected", url=_url(asked, "cash", total)(total)),
        Figure("Costs recovered", "money", row.recovered_minor, "gives back what was advanced"),
        Figure("Tax", "money", row.tax_minor, "to be passed on"),
    ]


def _chart(asked: Asked, months: list[Month]) -> Chart | None:
    bars = [
        Bar(month_name(month.key or date.min), (month.accrual_minor, month.cash_minor), _url(asked, "cash", None)(month))
        for month in months
    ]
    return columns_chart("Income by month", "money", SERIES, bars, stacked=False)
