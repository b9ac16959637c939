"""Timers within a command: what is said about one is kept as an event, and the timer is told anew from all its events."""

from lexapp.books.timers.beginning import begin_timer
from lexapp.books.timers.entries import NO_TIMEKEEPER, check_matter, enter_time, take_turn
from lexapp.books.timers.events import events_of, keep_event, new_key, second
from lexapp.books.timers.sharing import Counted, count_timers, recount_entries
from lexapp.books.timers.telling import FIELDS, retell
from lexapp.books.timers.trims import keep_trim
from lexapp.books.timers.turns import audit_timer, make_way, own_timer

__all__ = [
    "FIELDS",
    "NO_TIMEKEEPER",
    "Counted",
    "audit_timer",
    "begin_timer",
    "check_matter",
    "count_timers",
    "enter_time",
    "events_of",
    "keep_event",
    "keep_trim",
    "make_way",
    "new_key",
    "own_timer",
    "recount_entries",
    "retell",
    "second",
    "take_turn",
]
