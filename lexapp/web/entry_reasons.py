"""Why an entry has its rate, as the `explain` macro shows it: the winner first, then what it beat."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from flask import Flask

from lexapp.domain.dates import day_text
from lexapp.domain.money import Money
from lexapp.domain.rates import RateLevel, level_phrase
from lexapp.web.filters import date_medium, money_plain


class Reason(NamedTuple):
    """One rule: in words, since when, its rate, and whether it won."""

    label: str
    sub: str
    value: str
    won: bool


def rate_reasons(reason: dict[str, Any] | None, currency: str) -> list[Reason]:
    """The rules kept beside an entry (domain.rates, `RateDecision.as_json`)."""
    if not reason or not reason.get("winner"):
        return []
    return [_reason(reason["winner"], currency, won=True), *(_reason(rule, currency, won=False) for rule in reason.get("beaten", []))]


def _reason(rule: dict[str, Any], currency: str, *, won: bool) -> Reason:
    phrase = level_phrase(RateLevel(rule["level"]), rule.get("name") or "")
    since = f"since {date_medium(date.fromisoformat(rule['since']))}" if rule.get("since") else ""
    return Reason(phrase[:1].upper() + phrase[1:], since, money_plain(Money(rule["rate_minor"], currency)), won)


def rate_sentence(reason: dict[str, Any]) -> str:
    """The reason in words, its date as the reader writes dates: `Matter rate since Sep 1, 2026, beats class rate for partners`."""
    said, winner = str(reason.get("reason", "")), reason.get("winner") or {}
    if winner.get("since"):
        since = date.fromisoformat(winner["since"])
        said = said.replace(day_text(since), date_medium(since), 1)
    return said[:1].upper() + said[1:]


def init_app(app: Flask) -> None:
    """Give the templates these filters."""
    app.add_template_filter(rate_reasons)
    app.add_template_filter(rate_sentence)
