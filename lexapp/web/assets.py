"""Static files under an address that carries their content hash, so that browsers may keep them for a year.

One hash covers the whole folder: ES modules and style sheets import each other by relative paths, which stay inside it.
"""

import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request

from lexapp.web.access import public

FOLDER = Path(__file__).parent.parent / "static"
_IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n?', re.MULTILINE)
_YEAR = 31_536_000


@cache
def revision(folder: Path = FOLDER) -> str:
    """Twelve characters that change when any static file does."""
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def joined_stylesheet(folder: Path = FOLDER) -> tuple[bytes, bytes]:
    """All style sheets in one, plain and compressed; each names its own layer, so joining keeps the order."""
    base = folder / "css"
    entry = (base / "lexapp.css").read_text()
    joined = _IMPORT.sub(lambda found: (base / found[1]).read_text(), entry).encode()
    return joined, gzip.compress(joined, mtime=0)


@public
def stylesheet() -> Response:
    """The joined style sheet."""
    plain, compressed = joined_stylesheet()
    zipped = "gzip" in request.accept_encodings
    response = Response(compressed if zipped else plain, mimetype="text/css")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response


def init_app(app: Flask) -> None:
    """Serve the joined sheet at the place of `css/lexapp.css`; everything else is Flask's own file route."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _YEAR
    app.add_url_rule(f"{app.static_url_path}/css/lexapp.css", "stylesheet", stylesheet)
