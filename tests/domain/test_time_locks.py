"""Closed days: fixed and rolling, and what an exception opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.time_locks import LockException, TimeLock, check_exception, refuse_closed

TODAY = date(2026, 11, 23)
ONE = LockException(date(2026, 10, 1), date(2026, 10, 31), TODAY)
days = st.integers(-400, 0).map(lambda n: TODAY + timedelta(days=n))


@given(st.none() | days, st.none() | st.integers(1, 300), days)
def test_the_lock_that_reaches_further_counts(fixed, rolling, on):
    lock = TimeLock(fixed, rolling)
    alone = [TimeLock(fixed, None).closes(on, TODAY), TimeLock(None, rolling).closes(on, TODAY)]
    assert lock.closes(on, TODAY) == any(alone)
    if lock.closes(on, TODAY):
        assert lock.closes(on - timedelta(days=1), TODAY)
        assert lock.closes(on, TODAY + timedelta(days=1)), "a day that is closed stays closed"


def test_entries_older_than_so_many_days_are_closed():
    lock = TimeLock(open_days=30)
    assert not lock.closes(TODAY - timedelta(days=30), TODAY)
    assert lock.closes(TODAY - timedelta(days=31), TODAY)
    assert TimeLock().last_closed(TODAY) is None


@given(days, days)
def test_an_exception_opens_its_days_until_its_day(on, today):
    lock = TimeLock(closed_through=TODAY)
    opens = ONE.first_day <= on <= ONE.last_day and today <= ONE.until
    if opens:
        refuse_closed(lock, [ONE], on, today, field="worked_on")
        return
    with pytest.raises(InvalidInput) as refusal:
        refuse_closed(lock, [ONE], on, today, field="worked_on")
    assert (refusal.value.code, refusal.value.field) == ("time_is_locked", "worked_on")
    assert "Time and expenses through Nov 23, 2026 are closed." in refusal.value.message


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_day": date(2026, 9, 30)}, "last_day"),
        ({"last_day": TODAY + timedelta(days=1)}, "last_day"),
        ({"until": TODAY - timedelta(days=1)}, "until_on"),
        ({"until": TODAY + timedelta(days=400)}, "until_on"),
    ],
)
def test_an_exception_that_opens_nothing_or_too_much_is_refused(wrong, field):
    check_exception(ONE, TODAY)
    with pytest.raises(InvalidInput) as refusal:
        check_exception(replace(ONE, **wrong), TODAY)
    assert refusal.value.field == field
