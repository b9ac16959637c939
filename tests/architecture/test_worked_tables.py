"""No worked table of docs/money.md stands there untested, and no statute or shipped rate of tax stands in the code without its row."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from lexapp.domain.contingency import STATUTES
from lexapp.domain.tax import TaxRule
from lexapp.domain.tax.sets import TAX_SETS
from tests.markdown_tables import DOCS, table_under

TESTS = Path(__file__).parents[1]
WORKED_SETS = table_under("money.md", "Worked sets of taxes")


def headings() -> Counter[str]:
    """Each heading of the document with how many tables stand under it."""
    found: Counter[str] = Counter()
    heading, before = "", ""
    for line in (DOCS / "money.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
        if line.startswith("|") and not before.startswith("|"):
            found[heading] += 1
        before = line
    return found


def readers() -> dict[str, set[str]]:
    """What each test module that reads the document says in quotes, by the way in which it reads: the first table, or all of them."""
    found: dict[str, set[str]] = {"table_under": set(), "tables_under": set()}
    for path in TESTS.rglob("test_*.py"):
        source = path.read_text(encoding="utf-8")
        if "money.md" in source and path != Path(__file__):
            nodes = ast.walk(ast.parse(source))
            said = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            for way, words in found.items():
                words.update(said if f"{way}(" in source.replace("@rows(", "table_under(") else ())
    return found


def test_every_table_is_worked_out_again_by_a_test() -> None:
    read = readers()
    tables = headings()
    assert len(tables) > 30
    untested = [heading for heading, count in tables.items() if heading not in read["tables_under" if count > 1 else "table_under"]]
    assert untested == [], "a table under these headings is read by no test"


def test_every_statute_has_its_rows() -> None:
    rows = table_under("money.md", "Contingency fees")
    shown = {row["Schedule"].removesuffix(", minor") for row in rows}
    assert {one.source for one in STATUTES.values()} == shown
    minors = {row["Schedule"].removesuffix(", minor") for row in rows if row["Schedule"].endswith(", minor")}
    assert {one.source for one in STATUTES.values() if one.minor_cap} == minors


@pytest.mark.parametrize("code", [one.code for one in TAX_SETS])
def test_every_shipped_rate_has_its_row_in_each_of_its_places(code: str) -> None:
    (found,) = (one for one in TAX_SETS if one.code == code)
    assert found.sources or not found.rules
    places = [(rule, region) for rule in found.rules for region in rule.regions or ("",)]
    missing = [(rule.name, region, str(rule.effective_from)) for rule, region in places if not _rows_of(code, rule, region)]
    assert missing == []


def _rows_of(code: str, rule: TaxRule, region: str) -> list[dict[str, str]]:
    place = f"{rule.country}-{region}" if region else rule.country
    return [
        row
        for row in WORKED_SETS
        if (row["Set"], row["Client in"]) == (code, place)
        and rule.is_in_force(date.fromisoformat(row["Dated"]))
        and any(tax.split(" ")[0] == rule.name for tax in row["Taxes"].split(", "))
    ]
