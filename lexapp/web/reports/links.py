"""Where the rows behind figures lead, and back."""

from __future__ import annotations

from typing import Any

from flask import url_for

from lexapp.web.access import may_open
from lexapp.web.reports.asked import Asked


def link_to(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if may_open(endpoint) else None


def way_back(asked: Asked) -> dict[str, str]:
    return {name: value for name, value in asked.kept.items() if name in ("period", "from", "to", "on")}
