"""Names of backups, and which of them are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.backups import archive_name, no_longer_kept, taken_at

NIGHT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def test_a_name_says_the_instant_in_utc_and_is_read_back():
    assert archive_name(NIGHT.astimezone(timezone(timedelta(hours=-5)))) == "lexapp-20261123T023000Z.tar.gz"
    assert taken_at("lexapp-20261123T023000Z.tar.gz") == NIGHT


def test_a_name_that_is_not_ours_has_no_instant():
    for name in ("lexapp.tar.gz", "lexapp-20261399T023000Z.tar.gz", ".unfinished-x", "x-lexapp-20261123T023000Z.tar.gz", ""):
        assert taken_at(name) is None


def test_seven_days_and_five_weeks_are_kept_of_a_year_of_nights():
    nights = [archive_name(NIGHT - timedelta(days=days)) for days in range(365)]
    kept = [name for name in nights if name not in no_longer_kept(nights, daily=7, weekly=5)]
    assert [taken_at(name) for name in kept] == [NIGHT - timedelta(days=days) for days in (0, 1, 2, 3, 4, 5, 6, 8, 15, 22)]


def test_of_several_on_one_day_the_newest_is_kept():
    names = [archive_name(NIGHT + timedelta(hours=hours)) for hours in range(3)]
    assert no_longer_kept(names, daily=1, weekly=0) == [names[1], names[0]]


def test_files_of_others_are_never_given_up():
    assert no_longer_kept(["books.sqlite3", "lexapp-old.tar.gz"], daily=1, weekly=0) == []


@given(st.lists(st.integers(0, 4000), max_size=60), st.integers(1, 10), st.integers(0, 10))
def test_the_newest_is_always_kept_and_never_more_than_asked(hours: list[int], daily: int, weekly: int):
    names = sorted({archive_name(NIGHT - timedelta(hours=ago)) for ago in hours})
    gone = no_longer_kept(names, daily=daily, weekly=weekly)
    kept = [name for name in names if name not in gone]
    assert len(kept) <= daily + weekly
    assert not names or names[-1] in kept
