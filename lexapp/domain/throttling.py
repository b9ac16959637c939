"""How long a sign-in has to wait after wrong ones: guessing is slowed down, and nobody is locked out.

Tries are counted apart for the browser in which the person has signed in before, and for every place that tries a name. So wrong
passwords from elsewhere, however many, never make a known browser wait, and a new place always has tries of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FREE_TRIES = 5
FREE_TRIES_UNDER_ATTACK = 2
FREE_TRIES_OF_ADDRESS = 50
ATTACK = 20


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries of the last hour and when the last was. `elsewhere`: with the same name from other places."""

    here: int
    here_last_at: datetime | None
    address: int
    address_last_at: datetime | None
    elsewhere: int
    is_known_device: bool


def free_tries(tries: Tries) -> int:
    """How many wrong tries a place has before it must wait: fewer while a name is being guessed from many places."""
    return FREE_TRIES_UNDER_ATTACK if tries.elsewhere >= ATTACK and not tries.is_known_device else FREE_TRIES


def wait_for(tries: Tries, now: datetime) -> timedelta:
    """How long until the next try is looked at; zero for at once."""
    here = _left(tries.here, free_tries(tries), tries.here_last_at, now)
    if tries.is_known_device:
        return here
    return max(here, _left(tries.address, FREE_TRIES_OF_ADDRESS, tries.address_last_at, now))


def _left(wrong: int, free: int, last_at: datetime | None, now: datetime) -> timedelta:
    if wrong < free or last_at is None:
        return timedelta()
    wait = min(timedelta(seconds=FIRST_WAIT.seconds << min(wrong - free, 20)), LONGEST_WAIT)
    return max(last_at + wait - now, timedelta())


def wait_text(wait: timedelta) -> str:
    """`40 seconds`, `3 minutes`; rounded up, never nothing."""
    seconds = max(-int(-wait.total_seconds() // 1), 1)
    if seconds <= 60:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
