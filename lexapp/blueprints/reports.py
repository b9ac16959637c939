"""Reports: nine questions, and the rows behind every figure. `?format=csv` or `xlsx` answers with the same sheet as a file."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.queries.reports import aging, collections, hours, wip
from lexapp.web.access import requires
from lexapp.web.htmx import render
from lexapp.web.reports import rows_of_money, rows_of_work
from lexapp.web.reports.aging import aging_report
from lexapp.web.reports.asked import asked_report
from lexapp.web.reports.budgets import budgets_report
from lexapp.web.reports.collections import collections_report
from lexapp.web.reports.credits import credit_entries as credit_rows
from lexapp.web.reports.credits import credits_report
from lexapp.web.reports.hours import hours_report
from lexapp.web.reports.income import income_report
from lexapp.web.reports.overview import overview
from lexapp.web.reports.productivity import productivity_report
from lexapp.web.reports.report import answer
from lexapp.web.reports.trust_listing import trust_report
from lexapp.web.reports.wip import wip_report

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports")
@requires("report.view")
def index() -> Response:
    return render(page="reports/index.html", questions=overview())


@blueprint.get("/reports/hours")
@requires("report.view")
def billable_hours() -> Response:
    asked = asked_report(hours.GROUPS)
    return answer(hours_report(asked), asked)


@blueprint.get("/reports/hours/entries")
@requires("report.view")
def hours_entries() -> Response:
    asked = asked_report()
    return answer(rows_of_work.hours_entries(asked), asked)


@blueprint.get("/reports/outstanding-invoices")
@requires("report.view")
def outstanding() -> Response:
    asked = asked_report(aging.GROUPS)
    return answer(aging_report(asked), asked)


@blueprint.get("/reports/collected-revenue")
@requires("report.view")
def collected() -> Response:
    asked = asked_report(collections.GROUPS, period="year")
    return answer(collections_report(asked), asked)


@blueprint.get("/reports/collected-revenue/entries")
@requires("report.view")
def collected_entries() -> Response:
    asked = asked_report(period="year")
    return answer(rows_of_money.collections_entries(asked), asked)


@blueprint.get("/reports/credit")
@requires("report.view")
def credit() -> Response:
    asked = asked_report(period="year")
    return answer(credits_report(asked), asked)


@blueprint.get("/reports/credit/entries")
@requires("report.view")
def credit_entries() -> Response:
    asked = asked_report(period="year")
    return answer(credit_rows(asked), asked)


@blueprint.get("/reports/productivity")
@requires("report.view")
def productivity() -> Response:
    asked = asked_report(period="year")
    return answer(productivity_report(asked), asked)


@blueprint.get("/reports/productivity/entries")
@requires("report.view")
def productivity_entries() -> Response:
    asked = asked_report(period="year")
    return answer(rows_of_work.productivity_entries(asked), asked)


@blueprint.get("/reports/productivity/invoice-lines")
@requires("report.view")
def charged_entries() -> Response:
    asked = asked_report(period="year")
    return answer(rows_of_work.charged_entries(asked), asked)


@blueprint.get("/reports/work-in-progress")
@requires("report.view")
def unbilled() -> Response:
    asked = asked_report(wip.GROUPS)
    return answer(wip_report(asked), asked)


@blueprint.get("/reports/work-in-progress/entries")
@requires("report.view")
def unbilled_entries() -> Response:
    asked = asked_report()
    return answer(rows_of_work.wip_entries(asked), asked)


@blueprint.get("/reports/budgets")
@requires("report.view")
def budgets() -> Response:
    asked = asked_report()
    return answer(budgets_report(asked), asked)


@blueprint.get("/reports/trust-listing")
@requires("report.view")
def trust_listing() -> Response:
    asked = asked_report()
    return answer(trust_report(asked), asked)


@blueprint.get("/reports/income")
@requires("report.view")
def income() -> Response:
    asked = asked_report(period="year")
    return answer(income_report(asked), asked)


@blueprint.get("/reports/income/postings")
@requires("report.view")
def income_postings() -> Response:
    asked = asked_report(period="year")
    return answer(rows_of_money.income_entries(asked), asked)
