"""html5lib's strict parser, twice as quick on what is written plainly; and the shape of markup, on which its verdict rests.

Regular expressions read what cannot be wrong by itself: text without references, tags in small letters with quoted attributes. Anything
else is left to html5lib's own tokenizer, which knows every error.
"""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from html5lib import HTMLParser
from html5lib._tokenizer import HTMLTokenizer
from html5lib.constants import tokenTypes

SPACE, TEXT = tokenTypes["SpaceCharacters"], tokenTypes["Characters"]
START, END, WRONG = tokenTypes["StartTag"], tokenTypes["EndTag"], tokenTypes["ParseError"]
WHOLE = 1 << 30  # letters: a page is read in one piece

REFERENCE = "&(?:amp|lt|gt|quot|#34|#39);"
VALUE = rf'[^"&\x00]*(?:{REFERENCE}[^"&\x00]*)*'
NAME = r"[a-z@][a-z0-9:.@_-]*"
PLAIN = re.compile(
    r"(?P<space>[ \t\n\f]+)|(?P<text>[^&<\x00 \t\n\r\f][^&<\x00]*)|</(?P<end>[a-z][a-z0-9-]*)>"
    rf'|<(?P<start>[a-z][a-z0-9-]*)(?P<attributes>(?:[ \n]+{NAME}(?:="{VALUE}")?)*)[ \n]*(?P<closed>/?)>'
)
ATTRIBUTES = re.compile(rf'({NAME})(?:="({VALUE})")?')

# Letters that are errors wherever they stand, and those that begin a tag or a reference, are never taken out of a shape.
QUOTED = re.compile(r'="[^"&<>\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]*"')
WORDS = re.compile(r"(?<=[>;])[^<>&;\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+(?=[<&])")

Token = dict[str, Any]


class QuickTokenizer(HTMLTokenizer):  # type: ignore[misc]
    """Yields what `HTMLTokenizer` would."""

    def __init__(self, stream: str, **options: Any) -> None:
        super().__init__(stream, **options)
        self.stream._defaultChunkSize = WHOLE

    def __iter__(self) -> Iterator[Token]:
        self.tokenQueue: deque[Token] = deque()
        in_text = HTMLTokenizer.dataState
        while True:
            if self.state.__func__ is in_text and (token := self._plain()):
                yield token
            elif self.state():
                while self.stream.errors:
                    yield {"type": WRONG, "data": self.stream.errors.pop(0)}
                while self.tokenQueue:
                    yield self.tokenQueue.popleft()
            else:
                return

    def _plain(self) -> Token | None:
        """The next token, when it is written so plainly that nothing can be wrong with it."""
        found = PLAIN.match(self.stream.chunk, self.stream.chunkOffset)
        token = found and _token(found)
        if found and token:
            self.stream.chunkOffset = found.end()
            self.currentToken = token if token["type"] == START else self.currentToken
        return token


def _token(found: re.Match[str]) -> Token | None:
    kind = found.lastgroup
    if kind == "end":
        return {"type": END, "name": found["end"], "data": {}, "selfClosing": False}
    if kind != "closed":
        return {"type": SPACE if kind == "space" else TEXT, "data": found[0]}
    pairs = ATTRIBUTES.findall(found["attributes"]) if found["attributes"] else ()
    attributes = {name: html.unescape(value) if "&" in value else value for name, value in pairs}
    if len(attributes) < len(pairs):
        return None
    closed = {"selfClosing": bool(found["closed"]), "selfClosingAcknowledged": False}
    return {"type": START, "name": found["start"], "data": attributes} | closed


class QuickParser(HTMLParser):  # type: ignore[misc]
    """When strict, raises ParseError at the first thing that a browser would have to repair; else repairs it."""

    def __init__(self, *, strict: bool = True) -> None:
        super().__init__(strict=strict, namespaceHTMLElements=False)

    def _parse(self, stream: str, innerHTML: bool, container: str = "div", scripting: bool = False, **options: Any) -> None:  # noqa: N803
        self.innerHTMLMode, self.container, self.scripting = innerHTML, container, scripting
        self.tokenizer = QuickTokenizer(stream, parser=self, **options)
        self.reset()
        self.mainLoop()


def shape_of(text: str) -> str:
    """Markup without its words and the values of its attributes: of two with the same shape a strict parser refuses both or neither."""
    return WORDS.sub(lambda found: "x" if found[0].strip(" \t\n") else " ", QUOTED.sub('=""', text))
