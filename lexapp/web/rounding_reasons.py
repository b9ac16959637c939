"""Why an entry is rounded as it is, as it was kept beside the entry: the rule that won, then those it beat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from lexapp.domain.dates import day_text

_WHOSE = {"matter": "Matter’s rule", "client": "Client’s rule", "firm": "Firm’s rule"}


def rounding_rows(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{label, sub, value, won} of each rule that was in force, strongest first; nothing where the quantity came from elsewhere."""
    if not kept:
        return []
    if not kept["winner"]:
        return [{"label": "The usual rule", "sub": "", "value": "6 minutes up", "won": True}]
    return [_row(rule, won=position == 0) for position, rule in enumerate([kept["winner"], *kept["beaten"]])]


def _row(rule: Mapping[str, Any], *, won: bool) -> dict[str, Any]:
    since = f"since {day_text(date.fromisoformat(rule['since']))}"
    activity = f" for {rule['activity']}" if rule["activity"] else ""
    return {"label": f"{_WHOSE[rule['level']]}{activity}", "sub": since, "value": rule["label"], "won": won}
