"""What a report is asked for, read from its address. What cannot be is said in a sentence or falls back; it is never an error."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request

from lexapp.domain.periods import Period, named_period
from lexapp.queries.reports.scope import Scope
from lexapp.web.access import current_actor
from lexapp.web.dates import parse_date, today_here
from lexapp.web.lists import address, asked_choice, asked_id, asked_text

PERIODS = (
    ("month", "This month"),
    ("last_month", "Last month"),
    ("quarter", "This quarter"),
    ("last_quarter", "Last quarter"),
    ("year", "Year to date"),
    ("last_year", "Last year"),
    ("between", "Between two dates"),
)
LONGEST_DAYS = 3_660
KEPT = (
    "period",
    "from",
    "to",
    "on",
    "by",
    "basis",
    "billing",
    "timekeeper",
    "client",
    "matter",
    "practice",
    "responsible",
    "account",
    "empty",
)
CARRIED = ("sort", "basis", "billing", "part", "kind", "age", "empty", "entry")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as the controls show them and as the queries take them. `notice` says what of the address could not be."""

    scope: Scope
    period_name: str
    period: Period
    on: date
    by: str
    notice: str
    today: date

    @property
    def kept(self) -> dict[str, str]:
        """Everything that was asked for, for addresses that lead elsewhere with it."""
        return {name: request.args[name][:40] for name in KEPT if request.args.get(name)}

    @property
    def carried(self) -> dict[str, str]:
        """What the filter form carries on although no control of it says so."""
        return {name: said for name in CARRIED if (said := asked_text(name, longest=40))}

    def rows(self, **changes: Any) -> dict[str, Any]:
        """The arguments of an address that shows rows behind a figure: the same filters in the days of this period, and what is given."""
        days = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        whole = {name: value for name, value in self.kept.items() if name not in ("period", "by")}
        return {name: value for name, value in {**whole, **days, **changes}.items() if value not in (None, "")}

    def set_filters(self, choices: dict[str, Any]) -> list[tuple[str, str]]:
        """What the report is narrowed to, in words, for paper."""
        people, areas = dict(choices.get("people", ())), dict(choices.get("practice", ()))
        named = [
            (label, choices[name][1])
            for name, label in (("client", "Client"), ("payer", "Payer"), ("matter", "Matter"))
            if choices.get(name)
        ]
        chosen = (
            ("Timekeeper", people, self.scope.timekeeper_id),
            ("Practice area", areas, self.scope.practice_area_id),
            ("Responsible", people, self.scope.responsible_id),
        )
        return named + [(label, found[id_]) for label, found, id_ in chosen if id_ in found]

    def segments(self, name: str, pairs: Sequence[tuple[str, str]], chosen: str) -> list[tuple[str, str, bool]]:
        """The choices of a further parameter as the `segments` macro takes them."""
        return [(label, address(**{name: value or None, "page": None}), value == chosen) for value, label in pairs]


def asked_report(groups: Collection[str] = ("",), *, period: str = "month") -> Asked:
    """What was asked for, by default in this period and by the first of the groups."""
    today = today_here()
    name, days, notice = _period(period, today)
    on, wrong = _day("on", today)
    return Asked(_scope(), name, days, on or today, asked_choice("by", groups, next(iter(groups))), notice or wrong, today)


def _scope() -> Scope:
    return Scope(
        current_actor(),
        client_id=asked_id("client"),
        matter_id=asked_id("matter"),
        practice_area_id=asked_id("practice"),
        responsible_id=asked_id("responsible"),
        timekeeper_id=asked_id("timekeeper"),
    )


def _period(default: str, today: date) -> tuple[str, Period, str]:
    """The name of the period, its days, and what is to be said about them."""
    dated = bool(request.args.get("from") or request.args.get("to"))
    name = asked_choice("period", [name for name, _ in PERIODS], "between" if dated else default)
    if name != "between":
        return name, named_period(name, today) or Period(today, today), ""
    (first, wrong_first), (last, wrong_last) = _day("from", today), _day("to", today)
    last = last or today
    first = first or min(last, today).replace(day=1)
    if first > last:
        return name, Period(last, first), "The dates stood the other way round. The report reads them as from the earlier to the later."
    if (last - first).days > LONGEST_DAYS:
        return (
            name,
            Period(last - timedelta(days=LONGEST_DAYS), last),
            "A report covers ten years at most. It shows those before the last day.",
        )
    return name, Period(first, last), wrong_first or wrong_last


def _day(name: str, today: date) -> tuple[date | None, str]:
    text = request.args.get(name, "")
    if not text:
        return None, ""
    try:
        return parse_date(text[:40], today=today), ""
    except ValueError as error:
        return None, f"{error} The report shows its usual days meanwhile."
