"""Static files under an address that carries their content hash, so that browsers may keep them for a year.

One hash covers the whole folder: ES modules and style sheets import each other by relative paths, which stay inside it. The style sheets
and the modules of the desk are joined in memory and go out as one file each, under the name of the one that imports the others.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response

from lexapp.web.access import public
from lexapp.web.compression import FOR_EVER, YEAR, encoded, smallest
from lexapp.web.scripts import joined_modules

FOLDER = Path(__file__).parent.parent / "static"
_IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n?', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def revision(folder: Path = FOLDER) -> str:
    """Twelve characters that change when any static file does."""
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def joined_stylesheet(folder: Path = FOLDER) -> bytes:
    """All style sheets in one without comments; each names its own layer, so joining keeps the order."""
    base = folder / "css"
    joined = _IMPORT.sub(lambda found: (base / found[1]).read_text(), (base / "lexapp.css").read_text())
    return shortened(joined).encode()


def shortened(sheet: str) -> str:
    """A style sheet without comments, indents and empty lines."""
    return "\n".join(line.strip() for line in _COMMENT.sub("", sheet).splitlines() if line.strip())


@cache
def joined_script(folder: Path = FOLDER) -> bytes:
    """All modules of the desk in one."""
    return joined_modules(folder / "js", "main.js").encode()


@cache
def _encoded_stylesheet(encoding: str) -> bytes:
    return encoded(joined_stylesheet(), encoding)


@cache
def _encoded_script(encoding: str) -> bytes:
    return encoded(joined_script(), encoding)


@public
def stylesheet() -> Response:
    """The joined style sheet."""
    return _kept(smallest(_encoded_stylesheet, "text/css") or Response(joined_stylesheet(), mimetype="text/css"))


@public
def script() -> Response:
    """The joined modules."""
    return _kept(smallest(_encoded_script, "text/javascript") or Response(joined_script(), mimetype="text/javascript"))


def _kept(response: Response) -> Response:
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOR_EVER
    return response


def init_app(app: Flask) -> None:
    """Serve the joined files at the places of `css/lexapp.css` and `js/main.js`; everything else is Flask's own file route."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    app.add_url_rule(f"{app.static_url_path}/css/lexapp.css", "stylesheet", stylesheet)
    app.add_url_rule(f"{app.static_url_path}/js/main.js", "script", script)
    app.jinja_env.globals.update(static_url=app.static_url_path, sprite_url=f"{app.static_url_path}/icons/sprite.svg")
