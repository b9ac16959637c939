"""Reports at the browser: every figure opens to rows that add up to it, and no address breaks a page."""

from __future__ import annotations

import csv
import html
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lexapp.database import db
from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from tests.counting import counted_statements
from tests.factories import World, make_member
from tests.web.reading import text_of
from tests.web.report_pages import ALL, GROUPED, LONG, ROWS, Office, totals_of
from tests.web.visitor import Visitor


def pages() -> list[str]:
    return [f"{path}?{LONG}&on=2026-11-23&by={by}" for path, groups in GROUPED.items() for by in groups]


# ── every figure opens to its rows ───────────────────────────────────────────────────────────────

LINK = re.compile(r'<a class="why" href="([^"]+)">(.*?)</a>', re.DOTALL)


MOST_LINKS = 10  # of the first rows, and as many of the last with the totals


def figures_of(page: str) -> list[tuple[str, str]]:
    """(address, figure) of everything in the table that opens: rows and totals."""
    table = page[page.index('<div id="sheet"') :]
    return [(html.unescape(url), re.sub(r"<[^>]+>", "", shown).strip()) for url, shown in LINK.findall(table)]


@pytest.mark.parametrize("page", pages())
def test_every_figure_opens_to_rows_that_add_up_to_it(office: Office, page: str):
    _, owner = office
    opened = figures_of(owner.get(page).text)
    assert opened or "trust-listing" in page or "by=invoice" in page
    wrong = []
    distinct = list(dict.fromkeys(opened))
    for url, figure in dict.fromkeys(distinct[:MOST_LINKS] + distinct[-MOST_LINKS:]):
        if not url.startswith("/reports"):
            continue
        answer = owner.get(url)
        if answer.status_code != 200 or not _says(answer.text, figure):
            wrong.append(f"{figure} at {url}: {answer.status_code}, {totals_of(answer.text)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", [path for path in ROWS if "credit" not in path])
def test_the_amount_of_a_row_opens_to_its_steps(office: Office, page: str):
    _, owner = office
    steps = [url for url, _ in figures_of(owner.get(f"{page}?{LONG}&on=2026-11-23").text) if url.endswith("/derivation")]
    assert steps
    assert [url for url in dict.fromkeys([*steps[:2], *steps[-2:]]) if "Equal" not in text_of(owner.get(url))] == []


def _says(page: str, figure: str) -> bool:
    """The figure is among the totals; a count of invoices is the number of rows."""
    return figure in totals_of(page) or figure == str(page.count('<tr role="row">') - 2)


def test_figures_at_the_head_open_to_the_same_rows(office: Office):
    _, owner = office
    for page in pages():
        text = owner.get(page).text
        head = re.search(r'<div class="figures">.*?</div>\n</div>', text, re.DOTALL)
        assert head is not None
        for url, shown in re.findall(r'<a href="([^"]+)">(.*?)</a>', head[0], re.DOTALL):
            figure = re.sub(r"<[^>]+>", "", shown).strip().strip("$h% ")
            assert figure in totals_of(owner.get(html.unescape(url)).text), f"{figure} at {url}"


@pytest.mark.parametrize("path", ROWS)
def test_rows_lead_to_their_records(office: Office, path: str):
    _, owner = office
    page = owner.get(f"{path}?{LONG}").text
    urls = {re.sub(r"\d+", "n", url): url for url in re.findall(r'<a[^>]* href="(/[^"?]+/\d+)"', page[page.index('<div id="sheet"') :])}
    assert urls
    assert {owner.get(url).status_code for url in urls.values()} == {200}


def test_every_report_ties_to_the_books(office: Office):
    _, owner = office
    for page in pages():
        text = text_of(owner.get(page))
        assert "Differs" not in text, page
        assert ("Ties to the books" in text) == ("/hours" not in page and "/productivity" not in page), page


def test_a_chart_has_a_title_a_description_and_links_to_rows(office: Office):
    _, owner = office
    for page in pages():
        svg = re.search(r'<svg class="chart".*?</svg>', owner.get(page).text, re.DOTALL)
        assert svg is not None, page
        assert 'aria-labelledby="chart-title chart-description"' in svg[0]
        assert "The table below has the same figures." in svg[0]
        assert "style=" not in svg[0]
        for url in re.findall(r'<a href="([^"]+)"', svg[0])[:2]:
            assert owner.get(html.unescape(url)).status_code == 200


def test_a_computed_figure_tells_how_it_was_computed(office: Office):
    _, owner = office
    page = owner.get(f"/reports/productivity?{LONG}").text
    for id_ in re.findall(r'class="why" popovertarget="([^"]+)"', page):
        found = re.search(rf'<div class="explain" id="{id_}".*?</div>', page, re.DOTALL)
        assert found is not None, id_
        assert "÷" in found[0]


# ── what an address may hold ─────────────────────────────────────────────────────────────────────

STRANGE = (
    "from=2026-11-30&to=2026-11-01",
    "from=nonsense&to=2026-13-45",
    "from=12026-01-01",
    "from=1990-01-01&to=2100-12-31",
    "from=2024-02-29&to=2099-02-29",
    "from=1/1/2000&to=2/29/2024",
    "from=1/1/01&to=0001-01-01",
    "from=0001-01-01&to=1990-01-01",
    "period=fortnight&by=shoe_size&basis=gut&billing=maybe&part=half&kind=odd&age=old!&empty=perhaps",
    "page=-1",
    "page=1000000000",
    "sort=id desc; drop",
    "sort=-nothing",
    "on=9999-12-31",
    "on=0000-00-00",
    "on=1990-01-01",
    "client=-1&matter=1 OR 1=1&practice=9223372036854775808&responsible=%00&timekeeper=½",
    "practice=999999&responsible=999999&timekeeper=999999",
    "format=pdf",
    "q=%25%25%25%25&" + "&".join(f"f{n}=x" for n in range(1_000)),
)


@pytest.mark.parametrize("query", STRANGE)
def test_no_address_breaks_a_report(office: Office, query: str):
    _, owner = office
    answers = {path: owner.get(f"{path}?{query}").status_code for path in ALL}
    assert set(answers.values()) == {200}, answers


def test_dates_the_wrong_way_round_are_turned_and_said(office: Office):
    _, owner = office
    turned = text_of(owner.get("/reports/hours?from=2026-11-30&to=2026-09-01"))
    assert "The dates stood the other way round." in turned
    assert "Sep 1 – Nov 30, 2026" in turned
    assert "This is not a date." in text_of(owner.get("/reports/work-in-progress?on=soon-ish"))


@pytest.mark.parametrize("path", ALL)
def test_a_client_or_matter_of_nobody_is_not_there(office: Office, path: str):
    _, owner = office
    assert owner.get(f"{path}?matter=999999").status_code == 404
    assert owner.get(f"{path}?client=999999").status_code == 404


def test_columns_sort_both_ways_with_nothing_last(office: Office):
    _, owner = office
    orders = []
    for sort in ("billable", "-billable"):
        rows = owner.get(f"/reports/hours?{LONG}&by=matter&sort={sort}&format=csv").get_data().decode("utf-8-sig").splitlines()
        orders.append([Decimal(row[2]) for row in csv.reader(rows[1:-1])])
    assert orders[0] == sorted(orders[0])
    assert orders[1] == orders[0][::-1]


@pytest.mark.parametrize("path", ["/reports", *ALL])
def test_no_report_asks_the_database_more_than_twelve_times_whatever_is_filtered(office: Office, path: str):
    books, owner = office
    matter, person = books.matters[0], books.people[0].id
    narrow = f"client={matter.client_id}&matter={matter.id}&practice={matter.practice_area_id}&responsible={person}&timekeeper={person}"
    books.session.rollback()
    with owner.app.app_context():
        engine = db.engine
    for query in (f"{LONG}", f"{LONG}&{narrow}&payer={matter.client_id}"):
        with counted_statements(Session(engine)) as asked:
            assert owner.get(f"{path}?{query}").status_code == 200
        assert len(asked) <= 12, "\n".join(asked)


# ── who may see what ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CLIENT_CONTACT])
def test_reports_are_for_those_who_may_see_the_whole_firm(session: Session, world: World, sign_in: Any, role: Role):
    visitor = sign_in(world.owner if role is Role.OWNER else make_member(session, world.owner, role))
    expected = 200 if "report.view" in ROLE_PERMISSIONS[role] else 403
    assert {visitor.get(path).status_code for path in ("/reports", *ALL)} == {expected}


def test_a_firm_without_anything_is_told_so_in_words(session: Session, world: World, owner: Visitor, outsider: Visitor):
    for visitor in (owner, outsider):
        for path in ALL:
            text = text_of(visitor.get(path))
            assert "Nothing to show yet" in text or "income" in path, path
        assert "No time was recorded" in text_of(visitor.get("/reports/hours"))


def test_who_may_not_see_rates_sees_hours_and_no_amounts(office: Office, monkeypatch: pytest.MonkeyPatch):
    """No role has reports without rates today; a role that had them must still see no worth of hours."""
    _, owner = office
    without = ROLE_PERMISSIONS[Role.OWNER] - {"rate.see"}
    monkeypatch.setattr("lexapp.domain.permissions.ROLE_PERMISSIONS", {**ROLE_PERMISSIONS, Role.OWNER: without})
    for path in (
        "/reports/hours/entries",
        "/reports/productivity",
        "/reports/productivity/entries",
        "/reports/productivity/invoice-lines",
        "/reports/work-in-progress",
        "/reports/work-in-progress/entries",
    ):
        page = owner.get(f"{path}?{LONG}").text
        content = page[page.index('<div id="report"') :]
        assert 'class="money' not in content, path
        assert "$" not in text_of(owner.get(f"{path}?{LONG}")), path
        header = next(csv.reader(io.StringIO(owner.get(f"{path}?{LONG}&format=csv").get_data().decode("utf-8-sig"))))
        assert not {"Worth", "Billed", "Collected", "Billable value", "Not billed"} & set(header)


@pytest.mark.parametrize("rows", ["entries", "invoice-lines"])
def test_a_phone_shows_what_the_rows_behind_productivity_add_up_to(office: Office, rows: str):
    """Cells marked `drop` are left out on a phone."""
    page = office[1].get(f"/reports/productivity/{rows}?{LONG}").text
    total = page[page.index("<tfoot") : page.index("</tfoot>")]
    kept = [cell for cell in total.split("<td")[1:] if "drop" not in cell.split(">")[0] and 'class="money' in cell]
    assert len(kept) == 2


def test_htmx_gets_the_report_without_its_frame(office: Office):
    _, owner = office
    assert owner.get(f"/reports/income?{LONG}&basis=cash", htmx=True).text.lstrip().startswith('<div id="report"')
