"""The HTML check refuses what a browser would silently repair, and lets good pages and fragments through."""

from __future__ import annotations

import pytest
from html5lib import HTMLParser
from html5lib.html5parser import ParseError

from tests.client import MalformedHtml, check_html
from tests.quick_html5 import QuickParser

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


def test_a_shape_that_was_read_before_is_looked_through_for_its_ids_and_references():
    body = '<p id="{}">one</p><p id="{}"></p><label for="{}">X</label>'
    check_html(PAGE.format(body.format("a", "b", "a")))
    check_html(PAGE.format(body.format("c", "d", "d")))
    with pytest.raises(MalformedHtml, match="more than once: c"):
        check_html(PAGE.format(body.format("c", "c", "c")))
    with pytest.raises(MalformedHtml, match="lost"):
        check_html(PAGE.format(body.format("c", "d", "lost")))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("<table>\n</table>", "<table>words<b></b></table>"),
        ("<i>a</i>", "<i>a\x00</i>"),
        ("<i>a</i>", "<i>a\x85</i>"),
        ("<i>a&amp;b</i>", "<i>a&b;</i>"),
        ('<i title="a"></i>', '<i title="a" title="b"></i>'),
        ('<i title="a&amp;b"></i>', '<i title="a&#0;b"></i>'),
    ],
)
def test_what_makes_markup_wrong_is_part_of_its_shape(good: str, bad: str):
    check_html(good)
    with pytest.raises(MalformedHtml):
        check_html(bad)


MARKUP = [
    "<p>a</p> \n<br/><hr /><p>b &amp; c &#39;d&#39; &copy; &euro</p>",
    '<a href="?a=1&amp;b=2" data-x=\'y\' hidden title = "t">x</a><INPUT TYPE=text disabled>',
    '<textarea>\n<b>&lt;</textarea><title>t</title><script type="module">if (a < b && c) {}</script><style>a > b {}</style>',
    '<!-- a comment --><svg viewBox="0 0 1 1"><foreignObject><p>x</p></foreignObject><path d="M0"/></svg><math><mi>x</mi></math>',
    "<table><tr><td>1</table><p>\r\none<select><option selected>1<option>2</select>",
    '<i title="a" title="b">',
    "<i a\u00a0b>\x0b",
    "<p>\ud800</p>",
    "</p/>",
    "<b/>",
]


@pytest.mark.parametrize("markup", MARKUP)
def test_the_quick_parser_reads_and_refuses_what_html5lib_does(markup: str):
    def read(parser: HTMLParser) -> object:
        try:
            tree = parser.parseFragment(markup)
        except ParseError as error:
            return str(error), parser.errors
        return [(one.tag, one.attrib, one.text, one.tail) for one in tree.iter()]

    assert read(QuickParser()) == read(HTMLParser(strict=True, namespaceHTMLElements=False))
