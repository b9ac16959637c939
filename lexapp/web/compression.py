"""Answers compressed for who takes it: pages as they are made, static files once."""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

YEAR = 31_536_000
FOR_EVER = f"public, max-age={YEAR}, immutable"

LEVEL = 5
BROTLI_QUALITY = 4
LEAST_BYTES = 1000
MOST_PADDING = 48
TYPES = {"text/html", "text/css", "text/javascript", "text/plain", "text/csv", "application/json", "image/svg+xml"}
ENCODINGS = ("br", "gzip")
SUFFIXES = {".css", ".js", ".svg", ".json", ".txt"}


def gzipped(body: bytes, *, level: int = LEVEL, padding: int = 0) -> bytes:
    """A gzip member (RFC 1952) whose header carries a name of `padding` letters: it says nothing and hides the exact length."""
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    name = b"x" * padding + b"\0" if padding else b""
    head = b"\x1f\x8b\x08" + (b"\x08" if padding else b"\0") + b"\0\0\0\0\0\xff" + name
    return head + squeeze.compress(body) + squeeze.flush() + struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)


def _compress(response: Response) -> Response:
    """Pages hold a secret (the CSRF token) and what was typed: a length that differs by chance each time tells no one about either."""
    if response.mimetype not in TYPES or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in response.headers or response.status_code in (204, 304):
        return response
    body = response.get_data()
    if len(body) >= LEAST_BYTES:
        _send_less(response, body)
    return response


def _send_less(response: Response, body: bytes) -> None:
    padding = 1 + secrets.randbelow(MOST_PADDING)
    if "br" in request.accept_encodings and body.endswith(b"</html>"):
        noise = secrets.token_urlsafe(MOST_PADDING)[:padding].replace("-", "_")
        response.set_data(brotli.compress(body + f"<!-- {noise} -->".encode(), quality=BROTLI_QUALITY))
        response.headers["Content-Encoding"] = "br"
    elif "gzip" in request.accept_encodings:
        response.set_data(gzipped(body, padding=padding))
        response.headers["Content-Encoding"] = "gzip"


def static_file(filename: str) -> Response:
    """A file of the static folder; text compressed once per process. Its address carries the content's hash (web/assets.py)."""
    response = current_app.send_static_file(filename)
    path = Path(safe_join(str(current_app.static_folder), filename) or "")
    if path.suffix in SUFFIXES and response.status_code == 200:
        response = _smallest(path, response)
    response.headers["Cache-Control"] = FOR_EVER
    return response


def smallest(body: Callable[[str], bytes], mimetype: str) -> Response | None:
    """An answer of what `body` gives for the best encoding that the browser takes (br, gzip); None where it takes neither."""
    taken = next((one for one in ENCODINGS if one in request.accept_encodings), None)
    if taken is None:
        return None
    response = Response(body(taken), mimetype=mimetype)
    response.headers["Content-Encoding"] = taken
    return response


def _smallest(path: Path, plain: Response) -> Response:
    response = smallest(lambda encoding: _file_encoded(path, encoding), plain.mimetype or "")
    if response is not None:
        plain.close()
    found = response or plain
    found.vary.add("Accept-Encoding")
    return found


def encoded(body: bytes, encoding: str) -> bytes:
    """As small as it gets; for what is compressed once."""
    return brotli.compress(body, quality=11) if encoding == "br" else gzipped(body, level=9)


@lru_cache(maxsize=256)
def _file_encoded(path: Path, encoding: str) -> bytes:
    return encoded(path.read_bytes(), encoding)


def init_app(app: Flask) -> None:
    """Compress every answer, last of all."""
    app.after_request(_compress)
    app.view_functions["static"] = static_file
