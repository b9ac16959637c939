"""A rate decision as the rows of the `explain` popover: the winner, then what it beat."""

from typing import Any

from lexapp.domain.rates import RateDecision, RateLevel, RateRule
from lexapp.web.filters import capitalize_first, date_medium, money_plain


def rate_rows(decision: RateDecision) -> list[dict[str, Any]]:
    """{label, sub, value, won} of each rule that was in force, strongest first."""
    rules = [decision.winner, *decision.beaten] if decision.winner else []
    return [_row(rule, won=position == 0) for position, rule in enumerate(rules)]


def _row(rule: RateRule, *, won: bool) -> dict[str, Any]:
    since = "" if rule.level is RateLevel.TYPED else f"since {date_medium(rule.effective_from)}"
    return {"label": capitalize_first(rule.phrase), "sub": since, "value": money_plain(rule.rate), "won": won}
