"""A Flask test client that refuses malformed HTML, repeated ids, and labels or descriptions that point nowhere."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

from tests.quick_html5 import QuickParser, shape_of

CONTEXTS = {"tr": "tbody", "td": "tr", "th": "tr", "option": "select"} | dict.fromkeys(("tbody", "thead", "tfoot", "caption"), "table")
FIRST_TAG = re.compile(r"\s*(?:<!--.*?-->\s*)*<([a-zA-Z][\w-]*)", re.DOTALL)
TEMPLATE = re.compile(r"<template\b[^>]*>(.*?)</template>", re.DOTALL)
ICON = re.compile(r'<svg class="[\w -]*" aria-hidden="true"><use href="[^"&<>]*"/></svg>')
REFERENCES = ("for", "aria-describedby", "aria-labelledby")
ID = re.compile(r' id="([^"]*)"')
REFERENCE = re.compile(rf' (?:{"|".join(REFERENCES)})="([^"]*)"')
SOUND: set[int] = set()  # the shapes that a strict parser has read


class MalformedHtml(AssertionError):
    """A response that a browser would have to repair."""


class CheckedClient(FlaskClient):
    """Checks every HTML response it receives."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html":
            check_html(response.get_data(as_text=True))
        return response


def check_html(text: str) -> None:
    """Raises MalformedHtml for a page or fragment that a strict parser refuses or whose ids do not hold together."""
    plain = ICON.sub("<svg></svg>", text)
    check_piece(TEMPLATE.sub("", plain), is_page=text.lstrip()[:9].lower() == "<!doctype")
    for inner in TEMPLATE.findall(plain):
        check_piece(inner, is_page=False)


def check_piece(text: str, *, is_page: bool) -> None:
    """A shape is parsed once; what is written into it, only looked through for its ids."""
    shape = hash((is_page, shape_of(text)))
    names, named = ID.findall(text), [name for names in REFERENCE.findall(text) for name in names.split()]
    if shape in SOUND and len(names) == len(set(names)) and (not is_page or set(names) >= set(named)):
        return
    tree = parse(text, is_page=is_page)
    check_ids(tree)
    if is_page:
        check_references(tree)
    if names == ids(tree) and sorted(named) == sorted(references(tree)):
        SOUND.add(shape)


def parse(text: str, *, is_page: bool) -> Element:
    parser = QuickParser()
    try:
        tree = parser.parse(text) if is_page else parser.parseFragment(text, container=context_of(text))
    except ParseError as error:
        line, column = parser.errors[-1][0] if parser.errors else (0, 0)
        shown = "\n".join(text.splitlines()[max(0, line - 2) : line + 1])
        raise MalformedHtml(f"{error} at line {line}, column {column}:\n{shown}") from error
    assert isinstance(tree, Element)
    return tree


def context_of(text: str) -> str:
    first = FIRST_TAG.match(text)
    return CONTEXTS.get(first[1].lower() if first else "", "div")


def check_ids(tree: Element) -> None:
    repeated = [name for name, count in Counter(ids(tree)).items() if count > 1]
    if repeated:
        raise MalformedHtml(f"ids used more than once: {', '.join(repeated)}")


def check_references(tree: Element) -> None:
    known = set(ids(tree))
    for element in tree.iter():
        for attribute in REFERENCES:
            lost = set((element.get(attribute) or "").split()) - known
            if lost:
                raise MalformedHtml(f"{attribute} of <{element.tag}> names an id that the page does not have: {', '.join(sorted(lost))}")


def ids(tree: Element) -> list[str]:
    return [found for element in tree.iter() if (found := element.get("id")) is not None]


def references(tree: Element) -> list[str]:
    return [name for element in tree.iter() for attribute in REFERENCES for name in (element.get(attribute) or "").split()]
