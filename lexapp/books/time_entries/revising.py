"""An unbilled entry within a command, changed to other work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.time_entries.groups import group_of, regroup
from lexapp.books.time_entries.pricing import amount_of, price_works, rounding_of, status_of
from lexapp.books.time_entries.work import Terms, Work, check_open, check_whole_day, check_work, load_terms
from lexapp.books.time_entries.writing import columns_of, facts_of, rounding_columns, work_of
from lexapp.books.time_locks import check_unlocked
from lexapp.domain.money import Money
from lexapp.domain.pricing import reduction_within
from lexapp.domain.rounding import billed_hundredths
from lexapp.domain.rounding_rules import KeptRounding, RoundingDecision, kept_rounding
from lexapp.models import TimeEntry


def revise_time_entry(session: Session, command: CommandRecord, entry: TimeEntry, work: Work) -> None:
    """Change a locked, unbilled entry to `work`, checked, priced, grouped and audited. What did not change keeps its rate and quantity."""
    before, old_group = facts_of(entry), group_of(entry)
    terms = load_terms(session, entry.firm_id, [work], also=[(entry.timekeeper_id, entry.matter_id)])
    check_work(terms, work, now=command.at, anywhere=entry.timer_id is not None)
    check_unlocked(session, command, terms.firm, [entry.worked_on, work.worked_on], field="worked_on")
    if (work.matter_id, work.timekeeper_id) != (entry.matter_id, entry.timekeeper_id):
        check_open(terms, work)
    if (work.timekeeper_id, work.worked_on, work.recorded_seconds) != (entry.timekeeper_id, entry.worked_on, entry.recorded_seconds):
        check_whole_day(session, entry.firm_id, work, without_id=entry.id)
    write_columns(command, entry, _new_columns(session, terms, entry, work))
    session.flush()
    regroup(session, terms.firm, {old_group, group_of(entry)})
    after = facts_of(entry)
    audit(session, command, action="time.edited", subject_kind="time_entry", subject_id=entry.id, before=before, after=after)


def write_columns(command: CommandRecord, entry: TimeEntry, columns: Mapping[str, Any]) -> None:
    """The entry as it becomes: its next version, with a reduction that is no larger than its amount."""
    for name, value in columns.items():
        setattr(entry, name, value)
    entry.adjustment_minor = reduction_within(entry.adjustment_minor, entry.amount_minor)
    entry.version += 1
    entry.updated_at = command.at


def columns_of_many(session: Session, terms: Terms, pairs: Sequence[tuple[TimeEntry, Work]]) -> list[dict[str, Any]]:
    """The columns of each changed entry; those that ask for a rate are priced together."""
    kept = [_kept(terms, entry, work) for entry, work in pairs]
    asking = [place for place, (entry, work) in enumerate(pairs) if _asks_rate(entry, work)]
    quantities = [one["quantity_hundredths"] if (one := kept[place]) else None for place in asking]
    prices = price_works(session, terms, [pairs[place][1] for place in asking], quantities) if asking else []
    priced = dict(zip(asking, prices, strict=True))
    return [
        (columns_of(terms, work, priced[place]) | (kept[place] or {}) if place in priced else _unpriced(terms, entry, work, kept[place]))
        | {"fee_term_id": _fee_term_id(terms, entry, work)}
        for place, (entry, work) in enumerate(pairs)
    ]


def _new_columns(session: Session, terms: Terms, entry: TimeEntry, work: Work) -> dict[str, Any]:
    """The columns of the changed entry. What did not change keeps the rate, the rounding rule and the quantity it was given."""
    return columns_of_many(session, terms, [(entry, work)])[0]


def _asks_rate(entry: TimeEntry, work: Work) -> bool:
    asked = _moved(entry, work) or work.activity_code != entry.activity_code or work.rate_minor != work_of(entry).rate_minor
    return asked or entry.rate_minor_per_hour is None


def _fee_term_id(terms: Terms, entry: TimeEntry, work: Work) -> int | None:
    """What pays for the entry is asked anew where its matter, day or task is another: an agreement that came since changes nothing else."""
    same = (work.matter_id, work.worked_on, work.task_code) == (entry.matter_id, entry.worked_on, entry.task_code)
    return entry.fee_term_id if same else terms.fee_term_id(work)


def _moved(entry: TimeEntry, work: Work) -> bool:
    return (work.matter_id, work.timekeeper_id, work.worked_on) != (entry.matter_id, entry.timekeeper_id, entry.worked_on)


def _kept(terms: Terms, entry: TimeEntry, work: Work) -> dict[str, Any] | None:
    return _kept_rounding(terms, entry, work, moved=_moved(entry, work), other_activity=work.activity_code != entry.activity_code)


def _unpriced(terms: Terms, entry: TimeEntry, work: Work, kept: dict[str, Any] | None) -> dict[str, Any]:
    """What changes where the rate stays."""
    names = ("recorded_seconds", "narrative", "task_code", "activity_code")
    columns = {name: getattr(work, name) for name in names} | (kept or _rounded_anew(terms, work))
    rate = Money(entry.rate_minor_per_hour or 0, terms.firm.currency)
    amount = amount_of(status_of(terms, work), columns["quantity_hundredths"], rate)
    return {**columns, "billing_status": status_of(terms, work), "amount_minor": amount}


def _kept_rounding(terms: Terms, entry: TimeEntry, work: Work, *, moved: bool, other_activity: bool) -> dict[str, Any] | None:
    """Quantity, rule and group, where the entry keeps its rule; None where it is to be rounded anew by the rules as they stand."""
    kept = kept_rounding(entry.rounding_reason)
    same_time = work.recorded_seconds == entry.recorded_seconds
    if moved or (kept is None and not same_time) or (other_activity and not _same_rule(kept, rounding_of(terms, work))):
        return None
    quantity = entry.quantity_hundredths
    if kept is not None and not same_time:
        quantity = billed_hundredths(work.recorded_seconds, kept.increment)
    return {"quantity_hundredths": quantity, "rounding_group": entry.rounding_group, "rounding_reason": entry.rounding_reason}


def _same_rule(kept: KeptRounding | None, found: RoundingDecision) -> bool:
    """A quantity that came from elsewhere stays whatever was done."""
    return kept is None or kept.rule_id == (found.winner.id if found.winner else 0)


def _rounded_anew(terms: Terms, work: Work) -> dict[str, Any]:
    rounding = rounding_of(terms, work)
    return {"quantity_hundredths": billed_hundredths(work.recorded_seconds, rounding.increment), **rounding_columns(work, rounding)}
