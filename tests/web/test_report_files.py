"""Files of reports say what the page says, with numbers as numbers and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Client
from tests import billing
from tests.factories import World, make_client, make_matter
from tests.web.report_pages import ALL, LONG, Office, totals_of
from tests.web.visitor import Visitor


@pytest.mark.parametrize("path", ALL)
def test_files_say_what_the_page_says(office: Office, path: str):
    _, owner = office
    shown = owner.get(f"{path}?{LONG}").text
    as_csv, as_xlsx = owner.get(f"{path}?{LONG}&format=csv"), owner.get(f"{path}?{LONG}&format=xlsx")
    assert re.search(r'filename="[a-z-]+-[0-9-]+\.csv"', as_csv.headers["Content-Disposition"])
    text = as_csv.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(as_xlsx.get_data())).active.rows]
    assert len(rows) == len(cells) == int(_count(shown)) + 2
    percent = [heading.endswith(" %") for heading in rows[0]]
    for line, same in zip(rows[1:], cells[1:], strict=True):
        assert [_value(one, is_share) for one, is_share in zip(line, percent, strict=True)] == [_value(one) for one in same]
    total = [f"{Decimal(one):,}" for one in rows[-1] if re.fullmatch(r"\d+\.\d\d", one)]
    assert set(total) <= set(totals_of(shown))


def _count(page: str) -> int:
    label = re.search(r"of ([\d,]+)</span>", page)
    return int(label[1].replace(",", "")) if label else page.count('<tr role="row">') - 2


def _value(cell: Any, is_share: bool = False) -> Any:
    """A number as a number (shares stand as 65.4 in CSV and as 0.654 in XLSX), a date as its day, nothing as nothing."""
    if cell is None or cell == "":
        return ""
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    text = str(cell)
    return Decimal(text) / (100 if is_share else 1) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", '"=1"', '=HYPERLINK("//x")', " =1", "|x")


def test_no_text_of_a_file_is_a_formula(session: Session, world: World, owner: Visitor):
    for text in HOSTILE:
        client = make_client(session, world.owner)
        with transaction(session, world.firm_id):
            session.add(client)
            session.get_one(Client, client.id).name = text
        matter = make_matter(session, world.owner, client, text)
        billing.work_time(session, world, matter, narrative=text)
    query = "?from=2026-11-01&to=2026-11-30&by=client&"
    for path in ("/reports/hours", "/reports/work-in-progress", "/reports/hours/entries", "/reports/work-in-progress/entries"):
        rows = list(csv.reader(io.StringIO(owner.get(f"{path}{query}format=csv").get_data().decode("utf-8-sig"))))
        assert [one for row in rows for one in row if one.lstrip().startswith(("=", "+", "-", "@", "|"))] == []
        assert any("HYPERLINK" in one for row in rows for one in row)
        book = load_workbook(io.BytesIO(owner.get(f"{path}{query}format=xlsx").get_data()))
        assert [cell.value for row in book.active.rows for cell in row if cell.data_type == "f"] == []
