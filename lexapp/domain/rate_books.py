"""Rules found by what they are agreed for, and decisions remembered, so that many entries are priced quickly."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from lexapp.domain.rates import RateDecision, RateQuery, RateRule, resolve_rate

_Key = tuple[int | None, int | None, int | None, str | None, str | None]
_ONE_DAY = timedelta(days=1)


class _Candidates:
    """The few rules that can apply to one kind of work, and what was decided for each stretch of days in which none begins or ends."""

    __slots__ = ("decisions", "rules", "turns")

    def __init__(self, rules: list[RateRule]) -> None:
        self.rules = rules
        ends = (rule.effective_to + _ONE_DAY for rule in rules if rule.effective_to is not None and rule.effective_to < date.max)
        self.turns = sorted({*(rule.effective_from for rule in rules), *ends})
        self.decisions: dict[int, RateDecision] = {}

    def decide(self, key: _Key, on: date) -> RateDecision:
        stretch = bisect_right(self.turns, on)
        known = self.decisions.get(stretch)
        if known is None:
            known = resolve_rate(self.rules, _asked(key, on))
            # That there is none is said with the day, so it is not the same for the next one.
            if known.rate is not None:
                self.decisions[stretch] = known
        return known


class RateBook:
    """Rules found by what they are agreed for, so that an entry is compared with the few that can apply to it, once for alike ones."""

    def __init__(self, rules: Iterable[RateRule]) -> None:
        self._by_scope: dict[_Key, list[RateRule]] = defaultdict(list)
        self._candidates: dict[_Key, _Candidates] = {}
        for rule in rules:
            self._by_scope[rule.matter_id, rule.client_id, rule.timekeeper_id, rule.timekeeper_class, rule.activity_code].append(rule)

    def resolve(self, query: RateQuery) -> RateDecision:
        """The same decision as `domain.rates.resolve_rate` over all the rules."""
        key = (query.matter_id, query.client_id, query.timekeeper_id, query.timekeeper_class, query.activity_code)
        return self.decide(key, query.on) if query.typed is None else resolve_rate(self._candidates_for(key).rules, query)

    def decide(self, key: _Key, on: date) -> RateDecision:
        """`resolve` for work of matter, client, timekeeper, class and activity code on a day, of which no rate was typed."""
        return (self._candidates.get(key) or self._candidates_for(key)).decide(key, on)

    def _candidates_for(self, key: _Key) -> _Candidates:
        found = self._candidates.get(key)
        if found is None:
            found = self._candidates[key] = _Candidates([rule for scope in _scopes(key) for rule in self._by_scope.get(scope, ())])
        return found


def _asked(key: _Key, on: date) -> RateQuery:
    matter_id, client_id, timekeeper_id, class_, activity_code = key
    scopes = {"timekeeper_id": timekeeper_id, "timekeeper_class": class_, "activity_code": activity_code}
    return RateQuery(on=on, matter_id=matter_id, client_id=client_id, **scopes)  # type: ignore[arg-type]


def _scopes(key: _Key) -> list[_Key]:
    """The key combinations of the precedence (domain.rates) for one query; a missing key matches nothing."""
    matter_id, client_id, timekeeper_id, class_, activity_code = key
    scopes: list[_Key] = [(None, None, timekeeper_id, None, None), (None, None, None, class_, None)]
    scopes.append((None, None, None, None, activity_code))
    if matter_id is not None:
        scopes += [(matter_id, None, timekeeper_id, None, None), (matter_id, None, None, class_, None)]
        scopes.append((matter_id, None, None, None, None))
    if client_id is not None:
        scopes += [(None, client_id, timekeeper_id, None, None), (None, client_id, None, class_, None)]
        scopes.append((None, client_id, None, None, None))
    return list(dict.fromkeys(scopes))
