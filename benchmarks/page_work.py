"""The processor time of one request, in this process: what a page costs without the server, the wire and other programs."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Mapping
from time import process_time
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

ROUNDS, REQUESTS = 5, 100

Application = Callable[..., Iterable[bytes]]


def processor_time(environ: Mapping[str, str], *, ours: str, bare: str, cookie: str) -> dict[str, float]:
    """Milliseconds of the processor for one request of each page, asked for in turns; the median of the rounds."""
    os.environ.update(environ)
    from benchmarks.bare.wsgi import app as bare_app
    from lexapp import create_app
    from lexapp.config import Settings

    asked = {
        "ours": (create_app(Settings.from_environ(os.environ)), _environ(ours, cookie)),
        "bare": (bare_app, _environ(bare, "")),
    }
    found: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS + 1):
        for name, (app, request) in asked.items():
            found[name].append(_spent(app, request))
    return {name: statistics.median(times[1:]) for name, times in found.items()}


def _environ(path: str, cookie: str) -> dict[str, Any]:
    place, _, query = path.partition("?")
    return EnvironBuilder(path=place, query_string=query, headers={"Cookie": cookie}).get_environ()


def _spent(app: Application, request: dict[str, Any]) -> float:
    began = process_time()
    for _ in range(REQUESTS):
        _, status, _ = run_wsgi_app(app, dict(request), buffered=True)
        assert status == "200 OK", status
    return (process_time() - began) * 1000 / REQUESTS
