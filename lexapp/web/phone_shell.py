"""The files of the phone timer that its service worker keeps: they hold nothing of a firm or a person."""

from __future__ import annotations

import json
from functools import cache

from flask import url_for

from lexapp.web.assets import FOLDER, revision

_KEPT = ("css/lexapp.css", "fonts/hanken-grotesk-latin-wght-normal.woff2", "icons/sprite.svg", "icons/mark.svg")
_WORKER = "worker.js"


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(f"js/phone/{path.name}" for path in (FOLDER / "js" / "phone").glob("*.js") if path.name != _WORKER))


def shell_files() -> list[str]:
    """Addresses of everything that the timer needs without a network; each carries the hash of the static folder."""
    return [url_for("phone.index"), *(url_for("static", filename=name) for name in (*_KEPT, *_modules()))]


def worker_script() -> str:
    """The service worker, told which version of which files it keeps: a new version of any file is a new worker."""
    told = json.dumps({"revision": revision(), "page": url_for("phone.index"), "files": shell_files()})
    return f"const SHELL = {told};\n" + (FOLDER / "js" / "phone" / _WORKER).read_text()


def manifest() -> dict[str, object]:
    """What an installed timer is called, looks like and offers when its icon is held."""
    start = url_for("phone.index")
    return {
        "id": start,
        "name": "lexapp timer",
        "short_name": "Timer",
        "description": "Time capture that works without a network.",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#f4f7f5",
        "theme_color": "#155b3d",
        "icons": [_icon("phone-192.png", 192), _icon("phone-512.png", 512), _icon("phone-maskable-512.png", 512, "maskable")],
        "shortcuts": [
            {"name": "Start a timer", "url": f"{start}?do=start", "icons": [_icon("phone-192.png", 192)]},
            {"name": "Quick entry", "url": f"{start}?do=quick", "icons": [_icon("phone-192.png", 192)]},
        ],
    }


def _icon(name: str, pixels: int, purpose: str = "any") -> dict[str, str]:
    return {"src": url_for("static", filename=f"icons/{name}"), "sizes": f"{pixels}x{pixels}", "type": "image/png", "purpose": purpose}
