"""The reports by name and question, for the overview and for whoever looks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from lexapp.web.access import may_open


@dataclass(frozen=True, slots=True)
class Named:
    """A report: its endpoint, short name and question; `also` are other words that people call it by."""

    endpoint: str
    name: str
    title: str
    also: str = ""

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def place(self) -> int:
        return REPORTS.index(self)


HOURS = Named("reports.billable_hours", "Hours", "Which hours are billable?", "time non-billable")
OUTSTANDING = Named("reports.outstanding", "Outstanding invoices", "Who owes what, and for how long?", "aging receivables ar overdue")
COLLECTED = Named("reports.collected", "Collected revenue", "What did we collect?", "payments cash received")
CREDIT = Named("reports.credit", "Credit", "Who is credited for what we collected?", "originating origination responsible shares")
PRODUCTIVITY = Named("reports.productivity", "Productivity", "How productive is everybody?", "utilization realization collection")
WIP = Named("reports.unbilled", "Work in progress", "What is not billed yet?", "wip unbilled")
TRUST = Named("reports.trust_listing", "Trust listing", "Whose money do we hold?", "client money iolta ledgers")
BUDGETS = Named("reports.budgets", "Budgets", "Which budgets are nearly used up?", "caps limits forecast spent")
INCOME = Named("reports.income", "Income", "What did we earn?", "accrual cash basis fees costs tax")
REPORTS = (HOURS, OUTSTANDING, COLLECTED, CREDIT, PRODUCTIVITY, WIP, BUDGETS, TRUST, INCOME)


def found_reports(words: Sequence[str]) -> list[Named]:
    """The reports that have all of these words, for somebody who may open them."""
    if not may_open(REPORTS[0].endpoint):
        return []
    return [one for one in REPORTS if all(word in f"{one.name} {one.title} {one.also} report".lower() for word in words)]
