"""What the content security policy, htmx and the fragment convention ask of templates."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.architecture.tree import name_of, templates

NOT_SCREENS = {"documents", "emails"}
NOT_FEATURES = NOT_SCREENS | {"layouts", "ui", "pwa", "errors"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
JINJA_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
JINJA_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)

BANNED_EVERYWHERE = {
    "|safe lets anything through unescaped": r"\|\s*safe\b",
    "autoescape is never switched off": r"autoescape\s+false",
    "addresses of other hosts are not loaded": r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*["'](?:https?:)?//""",
}
BANNED_ON_SCREENS = {
    "scripts are files": r"<script\b(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)",
    "styles are files": r"<style\b",
    "styles are classes, not attributes": r"\sstyle\s*=",
    "events are bound by scripts": r"<[^>]*\son[a-z]+\s*=",
    "hx-on needs eval": r"\bhx-on\b",
    "computed hx-vals need eval": r"""hx-(?:vals|headers)[\w:]*\s*=\s*["']\s*(?:js|javascript):""",
    "trigger filters need eval": r"""hx-trigger[\w:]*\s*=\s*["'][^"'\[{]*\[""",
    "verbs are nouns by POST": r"\bhx-(?:delete|put|patch)\b",
}


class Roots(HTMLParser):
    """Collects the top-level elements of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.found.append(dict(attrs))
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.found.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


def breaches(path: Path) -> list[str]:
    text = path.read_text()
    rules = BANNED_EVERYWHERE if NOT_SCREENS & set(path.parts) else BANNED_EVERYWHERE | BANNED_ON_SCREENS
    return [f"{name_of(path)}: {reason}" for reason, pattern in rules.items() if re.search(pattern, text, re.IGNORECASE)]


def root_fault(name: str, source: str) -> str | None:
    """Why a fragment's source does not have one root element whose id is its name, or None when it does."""
    roots = Roots()
    roots.feed(JINJA_EXPRESSION.sub("x", JINJA_STATEMENT.sub("", source.replace("{{-", "{{").replace("-}}", "}}"))))
    if len(roots.found) != 1:
        return f"has {len(roots.found)} root elements, not one"
    wanted = name.removeprefix("_").replace("_", "-")
    found = roots.found[0].get("id") or ""
    return None if re.fullmatch(rf"(?:[\w-]+-)?{re.escape(wanted)}(?:-x)*", found) else f"has the root id {found!r}, not {wanted!r}"


def fragments() -> list[Path]:
    return [path for path in templates() if path.name.startswith("_") and not NOT_FEATURES & set(path.parts)]


def test_templates_follow_the_content_security_policy_and_the_conventions_of_htmx():
    assert [breach for path in templates() for breach in breaches(path)] == []


def test_the_letter_n_means_a_new_timer_on_every_page():
    taken = [name_of(path) for path in templates() if 'key="N"' in path.read_text() or 'data-key="n"' in path.read_text()]
    assert taken == ["lexapp/templates/timers/bar_end.html"]


def test_a_fragment_has_one_root_element_whose_id_is_its_name():
    faults = {name_of(path): fault for path in fragments() if (fault := root_fault(path.stem, path.read_text()))}
    assert faults == {}


@pytest.mark.parametrize(
    "text",
    [
        "{{ note|safe }}",
        "{% autoescape false %}",
        "<script>alert(1)</script>",
        '<p style="color: red">',
        '<a onclick="x()">',
        '<a hx-on:click="x()">',
        "<a hx-vals='js:{a: 1}'>",
        '<a hx-trigger="click[ctrlKey]">',
        '<a hx-delete="/x">',
        '<script src="https://cdn.example/x.js">',
    ],
)
def test_the_rules_catch_what_they_are_for(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "page.html").write_text(text)
    monkeypatch.setattr("tests.architecture.tree.ROOT", tmp_path)
    assert breaches(tmp_path / "page.html")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("_facts", '{% from "ui/x.html" import y %}\n<section id="facts-{{ matter.id }}"><p>{{ x }}</p></section>'),
        ("_line", '<tr id="pre-bill-line-{{ line.id }}"><td>{% if x %}<b>1</b>{% endif %}</td></tr>'),
        ("_search_results", '<ul id="search-results"></ul>'),
    ],
)
def test_a_good_fragment_passes(name: str, source: str):
    assert root_fault(name, source) is None


@pytest.mark.parametrize("source", ["<p></p>", '<p id="other"></p>', '<p id="facts"></p><p></p>', "text only"])
def test_a_fragment_without_its_own_root_is_refused(source: str):
    assert root_fault("_facts", source) is not None
