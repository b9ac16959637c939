"""What may become a firm's logo, and what is kept of it."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from lexapp.domain.errors import InvalidInput
from lexapp.integrations.logos import clean_logo

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">{}</svg>'


def drawn(inside: str) -> bytes:
    return SVG.format(inside).encode()


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 200), mode: str = "RGB", **options: object) -> bytes:
    kept = BytesIO()
    Image.new(mode, size, 120).save(kept, kind, **options)
    return kept.getvalue()


def huge_png() -> bytes:
    """A header that promises 30,000 by 30,000 pixels in a few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"), [("PNG", "RGBA", "image/png"), ("PNG", "P", "image/png"), ("JPEG", "CMYK", "image/jpeg")]
)
def test_a_picture_is_written_anew_small_enough_to_print(kind: str, mode: str, media_type: str):
    kept, found = clean_logo(picture(kind, (3000, 1000), mode))
    assert found == media_type
    with Image.open(BytesIO(kept)) as read:
        assert read.size == (1600, 533)


def test_nothing_but_the_pixels_is_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "<script>alert(1)</script>")
    kept, _ = clean_logo(picture(pnginfo=notes) + b"<html><script>alert(1)</script>")
    assert b"script" not in kept


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"x" * 20_000_000, "The file has 20.0 MB. Choose one of at most 5 MB."),
        (b"%PDF-1.7", "neither a PNG, a JPEG nor an SVG"),
        (b"GIF89a", "neither a PNG, a JPEG nor an SVG"),
        (huge_png(), "far too many pixels"),
        (picture(size=(12_000, 20)), "12,000 × 20 pixels"),
        (picture(size=(400, 8)), "only 400 × 8 pixels"),
        (picture()[:120], "cannot be read as a picture"),
        (picture("JPEG")[:200], "cannot be read as a picture"),
        (drawn("<script>alert(1)</script>"), "holds a script"),
        (drawn('<path d="M0 0" onload="alert(1)"/>'), "holds a script"),
        (drawn('<path d="M0 0" OnClick="alert(1)"/>'), "holds a script"),
        (drawn('<image href="https://evil.test/x.png"/>'), "<image>, which is not printed"),
        (drawn('<use href="https://evil.test/x.svg#a"/>'), "loads something from outside"),
        (drawn('<use xlink:href="file:///etc/passwd"/>'), "loads something from outside"),
        (drawn('<a href="#x"><path d="M0 0"/></a>'), "<a>, which acts"),
        (drawn('<rect fill="url(https://evil.test/#a)"/>'), "loads something from outside"),
        (drawn("<style>@import 'https://evil.test/x.css';</style>"), "loads something from outside"),
        (drawn("<style>rect { fill: url( 'http://evil.test/x' ) }</style>"), "loads something from outside"),
        (drawn(r"<style>rect { fill: u\72l(http://evil.test/x) }</style>"), "loads something from outside"),
        (drawn("<foreignObject><b>x</b></foreignObject>"), "<foreignObject>, which acts"),
        (drawn('<set attributeName="href" to="javascript:alert(1)"/>'), "<set>, which acts"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + drawn("<text>&a;</text>"), "declares entities"),
        (drawn("<text>&a;</text>"), "not well-formed"),
        (SVG.format("").encode("utf-16"), "neither a PNG"),
        (drawn("<g>" * 4000 + "</g>" * 4000), "4,001 shapes"),
        (drawn('<defs><g id="a"><use href="#b"/></g><g id="b"><path d="M0 0"/></g></defs><use href="#a"/>'), "repeats parts within parts"),
        (b"<html><svg></svg></html>", "does not begin as an SVG"),
        (drawn("<path d='" + "M0 0" * 200_000 + "'/>"), "800 KB"),
    ],
)
def test_a_file_that_may_not_be_a_logo_is_refused_in_a_sentence(data: bytes, sentence: str):
    with pytest.raises(InvalidInput) as refusal:
        clean_logo(data)
    assert sentence in str(refusal.value)
    assert refusal.value.field == "logo"


def test_a_plain_drawing_is_kept_without_what_its_program_added():
    named = '<namedview xmlns="http://sodipodi.test/" pagecolor="#fff"/><metadata><x/></metadata>'
    shape = '<rect width="9" height="9" fill="url(&quot;#g&quot;)"/>'
    gradient = '<defs><linearGradient id="g"><stop offset="0" stop-color="#123"/></linearGradient></defs>'
    whole = b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd"><!-- made -->' + drawn(
        named + gradient + shape
    )
    kept, media_type = clean_logo(whole)
    assert media_type == "image/svg+xml"
    assert b"linearGradient" in kept
    assert b"#g" in kept
    for gone in (b"namedview", b"metadata", b"DOCTYPE", b"made"):
        assert gone not in kept
