"""The HTML check refuses what a browser would silently repair, and lets good pages and fragments through."""

from __future__ import annotations

import pytest

from tests.client import MalformedHtml, check_html

PAGE = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title></head><body>{}</body></html>'


@pytest.mark.parametrize(
    "fragment",
    [
        '<div id="a"><p>one</p><input type="text" disabled><br></div>',
        '<tr id="row-1"><td>1</td></tr>',
        '<section id="a"><svg viewBox="0 0 1 1"><path d="M0 0"/></svg></section>',
        '<dialog id="d"><form method="dialog"><button>Close</button></form></dialog>',
        '<div id="a"></div><template><tr id="b"><td>1</td></tr></template>',
        '<details id="a"><summary>More</summary>text</details>',
        "",
        "plain text",
        "<ul><li>one<li>two</ul>",
    ],
)
def test_good_fragments_pass(fragment: str):
    check_html(fragment)


def test_a_good_page_passes():
    check_html(PAGE.format('<label for="x">X</label><input id="x" aria-describedby="x-hint"><p id="x-hint">hint</p>'))


@pytest.mark.parametrize(
    "fragment",
    [
        "<div>open",
        "</div>",
        "<p><div>block in paragraph</div></p>",
        '<a href="x" href="y">twice</a>',
        "<table><div>misplaced</div></table>",
        "<b><i>crossed</b></i>",
        '<i id="a"></i><i id="a"></i>',
        "<p>a < b</p>",
    ],
)
def test_malformed_fragments_are_refused(fragment: str):
    with pytest.raises(MalformedHtml):
        check_html(fragment)


@pytest.mark.parametrize(
    "body",
    [
        '<label for="nobody">X</label>',
        '<input aria-describedby="nothing">',
        '<p id="a"></p><p id="a"></p>',
        "<div>",
        "<form><form></form></form>",
    ],
)
def test_pages_with_broken_structure_or_lost_references_are_refused(body: str):
    with pytest.raises(MalformedHtml):
        check_html(PAGE.format(body))
