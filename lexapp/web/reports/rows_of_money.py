"""The applied payments behind what was collected, and the postings behind what was earned. Their totals are the figures."""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.database import db
from lexapp.domain.spread import Charges
from lexapp.queries.reports.collections import Application, applications
from lexapp.queries.reports.postings import ACCOUNTS, EarnedRow, application_names, earned_rows, earned_sums
from lexapp.web.lists import asked_choice
from lexapp.web.reports.asked import Asked
from lexapp.web.reports.figures import amount, counted, span_text
from lexapp.web.reports.links import link_to, way_back
from lexapp.web.reports.report import Report
from lexapp.web.reports.sheet import Column, asked_part, make_listing

OF_MONEY = ("period", "client", "matter", "practice", "responsible")
EARNED = (
    ("income", "Income"),
    ("fees", "Fees"),
    ("costs", "Costs with mark-up"),
    ("recovered", "Costs recovered"),
    ("tax", "Tax"),
    ("all", "All"),
)


def collections_entries(asked: Asked) -> Report:
    session = db.session()
    applied = applications(session, scope=asked.scope, period=asked.period)
    found = sorted((one for one in applied if one.amount_minor or one.paid != Charges()), key=lambda one: (one.effective_on, one.id))
    part = asked_part(len(found))
    shown = found if part.is_file else found[part.page.offset : part.page.offset + part.page.limit]
    names = application_names(session, firm_id=asked.scope.firm_id, applications=shown)
    paid = sum((one.paid for one in found), Charges())
    total = Application(0, 0, 0, 0, asked.period.last, paid.total_minor, 0, None, paid, paid)
    return Report(
        slug="collected-payments",
        name="Applied payments",
        title="Payments behind what was collected",
        answer=f"{amount(paid.total_minor)} in {counted(len(found), 'application')}. {span_text(asked.period.first, asked.period.last)}.",
        filters=OF_MONEY,
        sheet=make_listing("Applied payments", _of_application(names), shown, total, part),
        way=(("Collected revenue", url_for("reports.collected", **way_back(asked))),),
    )


def _of_application(names: dict[int, Any]) -> list[Column]:
    def invoice_url(one: Application) -> str | None:
        return link_to("invoices.show", invoice_id=one.invoice_id) if one.id else None

    def payment_url(one: Application) -> str | None:
        return link_to("payments.show", payment_id=one.payment_id) if one.payment_id else None

    def why_url(one: Application) -> str | None:
        return link_to("derivations.invoice", invoice_id=one.invoice_id) if one.id else None

    return [
        Column("date", "Applied", "date", lambda one: one.effective_on),
        Column(
            "payer", "Payer and matter", "text", lambda one: names[one.id].payer, sub=lambda one: names[one.id].matter, sub_label="Matter"
        ),
        Column("invoice", "Invoice", "text", lambda one: names[one.id].invoice_number, link=invoice_url, classes="fit drop"),
        Column("payment", "Payment", "text", lambda one: names[one.id].source, link=payment_url, classes="fit drop"),
        Column("fees", "Fees", "money", lambda one: one.paid.fees_minor),
        Column("costs", "Costs", "money", lambda one: one.paid.costs_minor),
        Column("tax", "Tax", "money", lambda one: one.paid.tax_minor),
        Column("amount", "Applied", "money", lambda one: one.amount_minor, link=why_url, classes="num lead"),
    ]


def income_entries(asked: Asked) -> Report:
    session, kind = db.session(), asked_choice("part", ACCOUNTS, "income")
    wanted = {"scope": asked.scope, "period": asked.period, "part": kind}
    count, minor = earned_sums(session, **wanted)
    part = asked_part(count)
    total = EarnedRow(0, asked.period.last, None, "", "", "", minor, False)
    return Report(
        slug="income-postings",
        name="Postings",
        title="Postings behind what was earned",
        answer=f"{amount(minor)} in {counted(count, 'posting')} of invoices. {span_text(asked.period.first, asked.period.last)}.",
        filters=OF_MONEY,
        segments=(("part", "Part", EARNED, kind),),
        sheet=make_listing("Postings", _of_posting(), earned_rows(session, **wanted, **part.limits), total, part),
        way=(("Income", url_for("reports.income", **way_back(asked))),),
    )


def _state(row: EarnedRow) -> str:
    return " ".join(word for word in (row.note, "Voided" if row.is_void else "") if word)


def _of_posting() -> list[Column]:
    def invoice_url(row: EarnedRow) -> str | None:
        return link_to("invoices.show", invoice_id=row.invoice_id) if row.invoice_id else None

    def why_url(row: EarnedRow) -> str | None:
        return link_to("derivations.invoice", invoice_id=row.invoice_id) if row.invoice_id else None

    def entry_url(row: EarnedRow) -> str | None:
        return link_to("journal.show", entry_id=row.entry_id) if row.entry_id else None

    return [
        Column("date", "Date", "date", lambda row: row.effective_on, link=entry_url),
        Column(
            "matter",
            "Matter",
            "text",
            lambda row: row.matter,
            sub=lambda row: ("Voided " * row.is_void + row.note).strip(),
            sub_label="State",
        ),
        Column("invoice", "Invoice", "text", lambda row: row.number, link=invoice_url, classes="fit"),
        Column("account", "Account", "text", lambda row: row.account, classes="fit drop"),
        Column("amount", "Earned", "money", lambda row: row.amount_minor, link=why_url, classes="num lead"),
    ]
