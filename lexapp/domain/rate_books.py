"""Rules found by what they are agreed for, and decisions remembered, so that many entries are priced quickly."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from lexapp.domain.rates import RateDecision, RateQuery, RateRule, resolve_rate

_Scope = tuple[int | None, int | None, int | None, str | None, str | None]
_ONE_DAY = timedelta(days=1)


class _Candidates:
    """The few rules that can apply to one kind of work, and what was decided for each stretch of days in which none begins or ends."""

    __slots__ = ("decisions", "rules", "turns")

    def __init__(self, rules: list[RateRule]) -> None:
        self.rules = rules
        ends = (rule.effective_to + _ONE_DAY for rule in rules if rule.effective_to is not None and rule.effective_to < date.max)
        self.turns = sorted({*(rule.effective_from for rule in rules), *ends})
        self.decisions: dict[int, RateDecision] = {}

    def resolve(self, query: RateQuery) -> RateDecision:
        stretch = bisect_right(self.turns, query.on)
        known = self.decisions.get(stretch)
        if known is None:
            known = resolve_rate(self.rules, query)
            # That there is none is said with the day, so it is not the same for the next one.
            if known.rate is not None:
                self.decisions[stretch] = known
        return known


class RateBook:
    """Rules found by what they are agreed for, so that an entry is compared with the few that can apply to it, once for alike ones."""

    def __init__(self, rules: Iterable[RateRule]) -> None:
        self._by_scope: dict[_Scope, list[RateRule]] = defaultdict(list)
        self._candidates: dict[_Scope, _Candidates] = {}
        for rule in rules:
            self._by_scope[rule.matter_id, rule.client_id, rule.timekeeper_id, rule.timekeeper_class, rule.activity_code].append(rule)

    def resolve(self, query: RateQuery) -> RateDecision:
        """The same decision as `domain.rates.resolve_rate` over all the rules."""
        key = (query.matter_id, query.client_id, query.timekeeper_id, query.timekeeper_class, query.activity_code)
        found = self._candidates.get(key)
        if found is None:
            found = self._candidates[key] = _Candidates([rule for scope in _scopes(query) for rule in self._by_scope.get(scope, ())])
        return found.resolve(query) if query.typed is None else resolve_rate(found.rules, query)


def _scopes(q: RateQuery) -> list[_Scope]:
    """The key combinations of the precedence (domain.rates) for one query; a missing key matches nothing."""
    scopes: list[_Scope] = [(None, None, q.timekeeper_id, None, None), (None, None, None, q.timekeeper_class, None)]
    scopes.append((None, None, None, None, q.activity_code))
    if q.matter_id is not None:
        scopes += [(q.matter_id, None, q.timekeeper_id, None, None), (q.matter_id, None, None, q.timekeeper_class, None)]
        scopes.append((q.matter_id, None, None, None, None))
    if q.client_id is not None:
        scopes += [(None, q.client_id, q.timekeeper_id, None, None), (None, q.client_id, None, q.timekeeper_class, None)]
        scopes.append((None, q.client_id, None, None, None))
    return list(dict.fromkeys(scopes))
