"""One report as its page shows it: the question, the answer in a sentence, figures, chart, sheet, and the proof that it ties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from lexapp.web.htmx import render
from lexapp.web.lists import address
from lexapp.web.reports.asked import PERIODS, Asked
from lexapp.web.reports.charts import Chart
from lexapp.web.reports.choices import filter_choices
from lexapp.web.reports.files import CSV, XLSX, as_csv, as_xlsx
from lexapp.web.reports.sheet import Sheet, Why

FILES = {"csv": (CSV, as_csv), "xlsx": (XLSX, as_xlsx)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures at the head. `kind` as in a column; it opens its rows (`url`) or how it was computed (`why`)."""

    label: str
    kind: str
    value: Any
    note: str = ""
    url: str | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Two amounts that must be the same, in minor units: the report's and the one that was counted another way."""

    label: str
    minor: int
    other_label: str
    other_minor: int
    url: str | None = None

    @property
    def holds(self) -> bool:
        return self.minor == self.other_minor


@dataclass(frozen=True, slots=True)
class Report:
    """`slug` names it in addresses and files, `name` in breadcrumbs; `title` is its question and `answer` the sentence below it.

    `filters` are the controls that it has; `groups` the choices of `by`; `segments` further choices (name, label, pairs, chosen); `cleared`
    filters that are set with their way out (label, value, address). `rules` say in words how things are counted; `way` are the pages above.
    """

    slug: str
    name: str
    title: str
    answer: str
    sheet: Sheet
    filters: Sequence[str]
    groups: Sequence[tuple[str, str]] = ()
    segments: Sequence[tuple[str, str, Sequence[tuple[str, str]], str]] = ()
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    proofs: Sequence[Proof] = ()
    rules: Sequence[tuple[str, str]] = ()
    cleared: Sequence[tuple[str, str, str]] = ()
    accounts: Sequence[tuple[int, str]] = ()
    way: Sequence[tuple[str, str]] = ()


def answer(report: Report, asked: Asked) -> Response:
    """The report as its page, or as the file that `?format=` asks for."""
    wanted = request.args.get("format", "")
    if wanted in FILES:
        return _file(report, asked, wanted)
    files = {name: address(format=name, page=None) for name in FILES}
    shown = {"report": report, "asked": asked, "choices": filter_choices(report.filters, asked.scope), "files": files, "periods": PERIODS}
    shown["clear"] = url_for(request.endpoint or "reports.index", **(request.view_args or {}))
    return render(page="reports/show.html", fragment="reports/_report.html", **shown)


def _file(report: Report, asked: Asked, wanted: str) -> Response:
    days = f"{asked.period.first:%Y%m%d}-{asked.period.last:%Y%m%d}" if "period" in report.filters else f"{asked.on:%Y%m%d}"
    return sheet_file(report.sheet, f"{report.slug}-{days}", wanted)


def sheet_file(sheet: Sheet, name: str, wanted: str) -> Response:
    """A sheet as the file that is wanted (a key of FILES), called `name`."""
    media_type, write = FILES[wanted]
    response = Response(write(sheet), mimetype=media_type.partition(";")[0], content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return response
