"""Whose collections are these? Credit by timekeeper, and the applied payments behind it."""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.domain.credits import CreditKind
from lexapp.domain.shares import percent_text
from lexapp.domain.spread import Charges
from lexapp.queries.reports.collections import Application
from lexapp.queries.reports.credits import Credited, CreditRow, chosen_credits, collected_fees, credited, credits_by, sum_credits
from lexapp.queries.reports.postings import Names, application_names
from lexapp.queries.reports.scope import Name, names_of
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart
from lexapp.web.reports.figures import amount, counted, on_chart, span_text
from lexapp.web.reports.links import link_to, way_back
from lexapp.web.reports.names import CREDIT
from lexapp.web.reports.report import Figure, Proof, Report
from lexapp.web.reports.sheet import Column, asked_part, make_listing, make_sheet

FILTERS = ("period", "client", "matter", "practice", "responsible")
SERIES = (Series("Originating", "stand"), Series("Responsible", "stand--2", "2"))
PARTS = (("originating", "Originating"), ("responsible", "Responsible"))
KINDS = (("", "Both"), *PARTS)
RULES = (
    ("Credited", "Fees that were collected in the period. Costs and tax are nobody’s credit."),
    ("Shares", "Those agreed for the day on which the money was collected; without a split, all to the matter’s own timekeeper."),
    ("Taken back", "Money that is taken back takes the credit from those who had it."),
    ("Cents", "Each collection is divided by largest remainder, so the credits are what was collected."),
)


def credits_report(asked: Asked) -> Report:
    session, wanted = db.session(), {"scope": asked.scope, "period": asked.period}
    rows = credits_by(session, **wanted)
    total, fees = sum_credits(rows), collected_fees(session, **wanted)
    when = span_text(asked.period.first, asked.period.last)
    said = f"{amount(fees)} of fees collected, credited to {counted(len(rows), 'timekeeper')}. {when}."
    figures = [Figure(label, "money", _minor(total, name), url=_url(asked, total, name)) for name, label in PARTS]
    return Report(
        slug="credit",
        name=CREDIT.name,
        title=CREDIT.title,
        answer=said if rows else f"No fees were collected, {when}.",
        filters=FILTERS,
        figures=figures,
        chart=_chart(asked, rows),
        sheet=make_sheet("Credit", _columns(asked), rows, total, default="-originating"),
        proofs=[Proof(f"{label} credit", _minor(total, name), "Fees collected", fees) for name, label in PARTS],
        rules=RULES,
    )


def _minor(row: CreditRow, kind: str) -> int:
    return row.originating_minor if kind == "originating" else row.responsible_minor


def _url(asked: Asked, row: CreditRow, kind: str | None) -> str:
    whose = {} if row.name.label == "Total" else {"timekeeper": row.key or 0}
    return url_for("reports.credit_entries", **asked.rows(kind=kind, **whose))


def _columns(asked: Asked) -> list[Column]:
    def of_kind(name: str, label: str) -> Column:
        classes = "num lead" if name == "originating" else "num"
        return Column(name, label, "money", lambda row: _minor(row, name), link=lambda row: _url(asked, row, name), classes=classes)

    return [
        Column("name", "Timekeeper", "text", lambda row: row.name.label),
        Column("matters", "Matters", "count", lambda row: row.matters, classes="num drop", summed=False),
        *(of_kind(name, label) for name, label in PARTS),
    ]


def _chart(asked: Asked, rows: list[CreditRow]) -> Chart | None:
    bars = [
        Bar(row.name.label, (row.originating_minor, row.responsible_minor), _url(asked, row, None), note=_note(row))
        for row in sorted(rows, key=lambda row: -(row.originating_minor + row.responsible_minor))
    ]
    return bars_chart("Credit", "money", SERIES, bars)


def _note(row: CreditRow) -> str:
    return f"{on_chart('money', row.originating_minor)} · {on_chart('money', row.responsible_minor)}"


def credit_entries(asked: Asked) -> Report:
    session, kind = db.session(), asked_choice("kind", ("", *CreditKind))
    every = credited(session, scope=asked.scope, period=asked.period)
    found = chosen_credits(every, kind=CreditKind(kind) if kind else None, timekeeper_id=asked.scope.timekeeper_id)
    found.sort(key=lambda one: (one.application.effective_on, one.application.id))
    part = asked_part(len(found))
    shown = found if part.is_file else found[part.page.offset : part.page.offset + part.page.limit]
    minor = sum(one.minor for one in found)
    said = "" if kind else ", both kinds counted"
    columns = _of_credit(*_named(asked, shown))
    return Report(
        slug="credited-payments",
        name="Credited payments",
        title="Payments behind the credit",
        answer=f"{amount(minor)} in {counted(len(found), 'credit')}{said}. {span_text(asked.period.first, asked.period.last)}.",
        filters=(*FILTERS, "timekeeper"),
        segments=(("kind", "Credit", KINDS, kind),),
        sheet=make_listing("Credited payments", columns, shown, _total(asked, minor), part),
        way=((CREDIT.name, url_for("reports.credit", **way_back(asked))),),
    )


def _total(asked: Asked, minor: int) -> Credited:
    whole = Application(0, 0, 0, 0, asked.period.last, 0, 0, None, Charges(), Charges())
    return Credited(whole, CreditKind.ORIGINATING, None, 0, asked.period.last, minor)


def _named(asked: Asked, shown: list[Credited]) -> tuple[dict[int, Names], dict[int | None, Name]]:
    """What the applications and the timekeepers are called. Two queries."""
    session, firm_id = db.session(), asked.scope.firm_id
    applied = [one.application for one in shown]
    people = names_of(session, firm_id=firm_id, by="credited", keys={one.timekeeper_id for one in shown})
    return application_names(session, firm_id=firm_id, applications=applied), people


def _of_credit(names: dict[int, Names], people: dict[int | None, Name]) -> list[Column]:
    def invoice_url(one: Credited) -> str | None:
        return link_to("invoices.show", invoice_id=one.application.invoice_id)

    def payment_url(one: Credited) -> str | None:
        return link_to("payments.show", payment_id=one.application.payment_id) if one.application.payment_id else None

    def why_url(one: Credited) -> str | None:
        return link_to("derivations.invoice", invoice_id=one.application.invoice_id) if one.application.id else None

    return [
        Column("date", "Collected", "date", lambda one: one.application.effective_on),
        Column("timekeeper", "Timekeeper and matter", "text", lambda one: people[one.timekeeper_id].label, **_of_matter(names)),
        Column("kind", "Credit", "text", lambda one: one.kind.value.capitalize(), classes="fit drop"),
        Column("invoice", "Invoice", "text", lambda one: names[one.application.id].invoice_number, link=invoice_url, classes="fit drop"),
        Column("payment", "Payment", "text", lambda one: _payment(names, one), link=payment_url, classes="fit drop"),
        Column("share", "Share", "text", lambda one: f"{percent_text(one.basis_points)}\u00a0%", classes="fit drop"),
        Column("fees", "Fees", "money", lambda one: one.application.paid.fees_minor, summed=False),
        Column("credit", "Credit", "money", lambda one: one.minor, link=why_url, classes="num lead"),
    ]


def _of_matter(names: dict[int, Names]) -> dict[str, Any]:
    return {"sub": lambda one: names[one.application.id].matter, "sub_label": "Matter"}


def _payment(names: dict[int, Names], one: Credited) -> str:
    return names[one.application.id].source
