"""Who owes what, and for how long?"""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.queries.reports.aging import AGES, GROUPS, Aged, AgingRow, aging, receivable_balance, sum_aging
from lexapp.web.access import may_open
from lexapp.web.filters import date_long
from lexapp.web.lists import address, asked_choice, asked_id
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, columns_chart
from lexapp.web.reports.figures import amount, counted
from lexapp.web.reports.groups import choices, first_column
from lexapp.web.reports.links import link_to
from lexapp.web.reports.names import OUTSTANDING
from lexapp.web.reports.report import Figure, Proof, Report
from lexapp.web.reports.sheet import Column, make_sheet

FILTERS = ("on", "payer", "matter", "practice", "responsible")
BASES = (("due", "By due date"), ("issue", "By issue date"))
RULES = (
    ("Open", "What an invoice charges less what was applied to it through the day."),
    ("Age", "Days since the due date, or since the issue date."),
    ("As of", "Payments and voids of later days do not count yet."),
)


def aging_report(asked: Asked) -> Report:
    session, basis = db.session(), asked_choice("basis", AGES, "due")
    aged = Aged(basis, asked_id("payer"), asked_choice("age", [age.code for age in AGES[basis]]))
    rows = aging(session, scope=asked.scope, on=asked.on, by=asked.by, aged=aged)
    total = sum_aging(rows, basis)
    return Report(
        slug="outstanding-invoices",
        name=OUTSTANDING.name,
        title=OUTSTANDING.title,
        answer=_answer(asked, total, basis),
        filters=FILTERS,
        groups=choices(GROUPS),
        segments=(("basis", "Age", BASES, basis),),
        figures=_figures(asked, total, basis),
        chart=_chart(asked, total, basis),
        sheet=make_sheet("Outstanding invoices", _columns(asked, total, basis), rows, total, default=_default(asked.by)),
        proofs=() if aged.age else _proofs(asked, total, aged),
        rules=RULES,
        cleared=_age_cleared(aged, basis),
    )


def _default(by: str) -> str:
    return "issued" if by == "invoice" else "-open"


def _age_cleared(aged: Aged, basis: str) -> tuple[tuple[str, str, str], ...]:
    label = next((age.label for age in AGES[basis] if age.code == aged.age), "")
    return (("Age", label, address(age=None, page=None)),) if label else ()


def _proofs(asked: Asked, total: AgingRow, aged: Aged) -> list[Proof]:
    booked = receivable_balance(db.session(), scope=asked.scope, on=asked.on, payer_id=aged.payer_id)
    return [Proof("Open invoices", total.open_minor, "Receivable account", booked)]


def _late(total: AgingRow, basis: str) -> int:
    return total.open_minor - (total.by_age[0] if basis == "due" else 0)


def _answer(asked: Asked, total: AgingRow, basis: str) -> str:
    when = "today" if asked.on == asked.today else f"on {date_long(asked.on)}"
    if not total.open_minor:
        return f"Nothing was open {when}." if asked.on != asked.today else "Nothing is open today."
    open_ = f"{amount(total.open_minor)} open on {counted(total.invoices, 'invoice')} {when}"
    late = f"; {amount(_late(total, basis))} of it late" if basis == "due" else ""
    return f"{open_}{late}, {amount(total.by_age[-1])} by more than 90 days."


def _url(asked: Asked, total: AgingRow, age: str = "") -> Any:
    """The invoices behind a figure: the same report by invoice, narrowed to the group and the age."""

    def url(row: AgingRow) -> str | None:
        if row.item is not None:
            return url_for("invoices.show", invoice_id=row.key) if may_open("invoices.show") else None
        group = {} if row is total else {asked.by: row.key or 0}
        return address(by="invoice", age=age or None, page=None, sort=None, **group)

    return url


def _why_url(row: AgingRow) -> str | None:
    return link_to("derivations.invoice", invoice_id=row.key) if row.item is not None else None


def _columns(asked: Asked, total: AgingRow, basis: str) -> list[Column]:
    ages = [
        Column(f"age_{age.code}", age.label, "money", lambda row, place=place: row.by_age[place], link=_url(asked, total, age.code))
        for place, age in enumerate(AGES[basis])
    ]
    first = first_column(asked.by)
    if asked.by == "invoice":
        dates = [
            Column(name, name.capitalize(), "date", lambda row, name=name: getattr(row.item, f"{name}_on", None))
            for name in ("issued", "due")
        ]
        linked = Column("name", "Invoice", "text", first.read, link=_url(asked, total), sub=first.sub, sub_label="Payer")
        return [linked, *dates, *ages, Column("open", "Open", "money", lambda row: row.open_minor, link=_why_url, classes="num lead")]
    count = Column("invoices", "Invoices", "count", lambda row: row.invoices, link=_url(asked, total))
    return [first, count, *ages, Column("open", "Open", "money", lambda row: row.open_minor, link=_url(asked, total), classes="num lead")]


def _figures(asked: Asked, total: AgingRow, basis: str) -> list[Figure]:
    ages = [
        Figure(age.label, "money", minor, url=_url(asked, total, age.code)(total))
        for age, minor in zip(AGES[basis], total.by_age, strict=True)
    ]
    everything = Figure("Open", "money", total.open_minor, counted(total.invoices, "invoice"), url=_url(asked, total)(total))
    return [everything, *ages][:5] if basis == "issue" else ages


def _chart(asked: Asked, total: AgingRow, basis: str) -> Chart | None:
    series = (
        Series("Not due" if basis == "due" else "Up to 30 days", "stand--2", "2"),
        Series("Late" if basis == "due" else "Older", "leak", "3"),
    )
    bars = []
    for place, (age, minor) in enumerate(zip(AGES[basis], total.by_age, strict=True)):
        bars.append(Bar(age.label, (minor, 0) if place == 0 else (0, minor), _url(asked, total, age.code)(total)))
    return columns_chart("Open by age", "money", series, bars)
