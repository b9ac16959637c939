"""The invoice lines behind what was billed and collected, held against what the entries come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from lexapp.domain.periods import Period
from lexapp.queries.reports.charged import ChargedLine, charged, charged_rows
from lexapp.queries.reports.scope import Scope

Outcomes = Mapping[int, tuple[int, int]]


def assert_charged(session: Session, scope: Scope, period: Period, entries: Outcomes) -> None:
    """The lines come to what was billed and collected of every entry, in all, by page, and of one."""
    lines = charged(session, scope=scope, period=period)
    rows = charged_rows(session, lines)
    assert (len(rows), _by_entry(rows)) == (lines.count, entries)
    assert (lines.billed_minor, lines.collected_minor) == tuple(sum(pair[place] for pair in entries.values()) for place in (0, 1))
    assert charged_rows(session, lines, limit=3, offset=1) == rows[1:4]
    for id_ in sorted(entries)[:3]:
        own = charged(session, scope=scope, period=period, entry_id=id_)
        assert (own.billed_minor, own.collected_minor) == entries[id_]
        assert len(charged_rows(session, own)) == own.count


def _by_entry(lines: Iterable[ChargedLine]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for line in lines:
        billed, collected = found.get(line.entry_id, (0, 0))
        found[line.entry_id] = billed + line.billed_minor, collected + line.collected_minor
    return found
