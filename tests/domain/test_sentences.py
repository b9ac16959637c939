"""Sentences about work, read into their parts; and which matter their words mean."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.activity_words import activity_of
from lexapp.domain.durations import DAY_SECONDS
from lexapp.domain.matter_words import NamedMatter, meant
from lexapp.domain.sentences import read_sentence
from lexapp.domain.spoken_days import spoken_day
from lexapp.domain.utbms import ACTIVITIES

MONDAY = date(2026, 11, 23)
SUNDAY, FRIDAY = MONDAY - timedelta(days=1), MONDAY - timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "seconds", "day", "code", "narrative"),
    [
        ("0.3 call Smith re lease yesterday", 1080, SUNDAY, "A106", "Call Smith re lease"),
        ("call Smith re lease 0.3 yesterday", 1080, SUNDAY, "A106", "Call Smith re lease"),
        ("yesterday 1h 12m draft motion to compel", 4320, SUNDAY, "A103", "Draft motion to compel"),
        ("1:12 review lease, Friday", 4320, FRIDAY, "A104", "Review lease"),
        ("72min research limitation periods on Nov 3", 4320, date(2026, 11, 3), "A102", "Research limitation periods"),
        ("3.11. 1,5 attend hearing", 5400, date(2026, 11, 3), "A109", "Attend hearing"),
        ("2026-11-03 .5 email opposing counsel", 1800, date(2026, 11, 3), "A107", "Email opposing counsel"),
        ("2 call Smith", 7200, None, "A106", "Call Smith"),
        ("call Smith re claim 2.5h 3 days ago", 9000, MONDAY - timedelta(days=3), "A106", "Call Smith re claim"),
        ("1 h 12 min call expert", 4320, None, "A114", "Call expert"),
        ("0.3. Call with witness today", 1080, MONDAY, "A113", "Call with witness"),
        ("last monday 0.5 plan trial", 1800, MONDAY - timedelta(days=7), "A101", "Plan trial"),
        ("0.4 call Smith 3 November 2025", 1440, date(2025, 11, 3), "A106", "Call Smith"),
        ("review letter of Nov 3", None, None, "A104", "Review letter of Nov 3"),
        ("call Smith re hearing at 10:30 0.2", 720, None, "A106", "Call Smith re hearing at 10:30"),
        ("0.5 prepare for hearing Nov 30", 1800, None, "A101", "Prepare for hearing Nov 30"),
        ("0.5 draft Monday letter", 1800, None, "A103", "Draft Monday letter"),
        ("0.5 review and revise responses", 1800, None, "A103", "Review and revise responses"),
        ("25h call", None, None, "A106", "25h call"),
        ("draft 3 letters 0.4", 1440, None, "A103", "Draft 3 letters"),
        ("", None, None, "", ""),
        ("0.3", 1080, None, "", ""),
    ],
)
def test_a_sentence_is_read_into_its_parts(text: str, seconds: int | None, day: date | None, code: str, narrative: str):
    found = read_sentence(text, today=MONDAY)
    assert (found.seconds, found.worked_on, found.activity_code, found.narrative) == (seconds, day, code, narrative)


def day_of(phrase: str, *, day_first: bool = False) -> date | None:
    found = spoken_day(phrase, today=MONDAY, day_first=day_first)
    return found.day if found else None


def test_slashes_are_read_in_the_order_of_the_reader():
    assert day_of("11/3") == date(2026, 11, 3)
    assert day_of("3/11", day_first=True) == date(2026, 11, 3)
    assert day_of("13/11") == date(2026, 11, 13)
    assert day_of("3.11.26") == date(2026, 11, 3)


@pytest.mark.parametrize("phrase", ["nov 31", "nov 30", "2027-01-01", "99/99", "0.0.", "feb 29", "monday monday", "may", "jan 1", "0 jan"])
def test_what_is_no_day_of_work_is_none(phrase: str):
    assert day_of(phrase) is None


@pytest.mark.parametrize(
    ("text", "trouble", "narrative"),
    [
        ("0.2 call bank #2026-0009 tomorrow", "Tomorrow is still to come", "Call bank tomorrow"),
        ("0.2 call bank tomorrow #2026-0009", "Tomorrow is still to come", "Call bank tomorrow"),
        ("0.2 call bank the day after tomorrow", "The day after tomorrow is still to come", "Call bank the day after tomorrow"),
        ("0.2 call bank #2026-0009 31.11.", "November has 30 days", "Call bank 31.11."),
        ("0.2 call bank #2026-0009 Feb 30", "February has 28 days", "Call bank Feb 30"),
        ("0.2 call bank Feb 30.", "February has 28 days", "Call bank Feb 30."),
        ("0.2 call bank 29 Feb 2025", "February 2025 has 28 days", "Call bank 29 Feb 2025"),
        ("0.2 call bank #2026-0009 12/31", "12/31 is still to come", "Call bank 12/31"),
        ("0.2 call bank 2026-11-31", "November 2026 has 30 days", "Call bank 2026-11-31"),
        ("2026-11-31 0.2 call bank", "November 2026 has 30 days", "2026-11-31 call bank"),
        ("0.2 call bank 2026-13-01", "A year has 12 months", "Call bank 2026-13-01"),
        ("on Feb 30 0.2 call bank", "February has 28 days", "Feb 30 call bank"),
        ("0.2 call bank next Friday", "Next Friday is still to come", "Call bank next Friday"),
        ("0.2 call bank on next friday", "Next friday is still to come", "Call bank on next friday"),
        ("0.2 call bank this Friday", "This Friday is still to come", "Call bank this Friday"),
        ("0.2 call bank next week", "Next week is still to come", "Call bank next week"),
        ("0.2 call bank Jan 2", "Jan 2 is long ago: write its year", "Call bank Jan 2"),
        ("0.2 call bank 1985-01-02", "1985-01-02 is too long ago", "Call bank 1985-01-02"),
        ("0.2 call bank 10000 days ago", "10000 days ago is too long ago", "Call bank 10000 days ago"),
        ("0.2 call bank 99999999999 days ago", "99999999999 days ago is too long ago", "Call bank 99999999999 days ago"),
        ("0.2 call bank -3 days ago", "-3 days ago is still to come", "Call bank -3 days ago"),
        ("0.2 call bank in 3 days", "In 3 days is still to come", "Call bank in 3 days"),
        ("0.2 call bank in 1 week", "In 1 week is still to come", "Call bank in 1 week"),
    ],
)
def test_a_day_that_cannot_be_is_asked_back_and_everything_typed_is_kept(text: str, trouble: str, narrative: str):
    found = read_sentence(text, today=MONDAY)
    assert (found.seconds, found.worked_on, found.day_trouble, found.narrative) == (720, None, trouble, narrative)


@pytest.mark.parametrize(
    ("text", "day", "narrative"),
    [
        ("0.2 call bank last friday", FRIDAY, "Call bank"),
        ("0.2 call bank friday", FRIDAY, "Call bank"),
        ("0.2 call bank Friday #2026-0009", FRIDAY, "Call bank"),
        ("0.2 call bank this monday", MONDAY, "Call bank"),
        ("0.2 call bank Nov 3.", date(2026, 11, 3), "Call bank"),
        ("on Nov 3 0.2 call bank", date(2026, 11, 3), "Call bank"),
        ("0.2 call bank the day before yesterday", MONDAY - timedelta(days=2), "Call bank"),
        ("0.2 prepare for hearing Nov 30 yesterday", SUNDAY, "Prepare for hearing Nov 30"),
        ("today 0.2 prepare hearing tomorrow", MONDAY, "Prepare hearing tomorrow"),
        ("0.2 draft reply due next friday", None, "Draft reply due next friday"),
        ("0.2 answer the email from yesterday", SUNDAY, "Answer the email from"),
        ("0.2 draft notice within an hour", None, "Draft notice within an hour"),
        ("0.2 letter of Feb 30", None, "Letter of Feb 30"),
        ("0.2 watch the server 24/42", None, "Watch the server 24/42"),
        ("0.2 plan tomorrow's hearing", None, "Plan tomorrow's hearing"),
    ],
)
def test_a_day_that_is_given_settles_it_and_a_day_of_the_work_itself_is_not_asked(text: str, day: date | None, narrative: str):
    found = read_sentence(text, today=MONDAY)
    assert (found.worked_on, found.day_trouble, found.narrative) == (day, "", narrative)


@pytest.mark.parametrize(
    ("spoken", "hours"),
    [
        ("half an hour", 0.5),
        ("Half hour", 0.5),
        ("½ hour", 0.5),
        ("½h", 0.5),
        ("1/2 hour", 0.5),
        ("a quarter of an hour", 0.25),
        ("quarter hour", 0.25),
        ("1/4 h", 0.25),
        ("three quarters of an hour", 0.75),
        ("¾ hours", 0.75),
        ("an hour", 1),
        ("one hour", 1),
        ("1½ hours", 1.5),
        ("1 1/2 hours", 1.5),
        ("an hour and a half", 1.5),
    ],
)
def test_parts_of_an_hour_are_understood_in_words(spoken: str, hours: float):
    for text in (f"{spoken} call bank yesterday", f"Call bank {spoken}, yesterday", f"call bank yesterday {spoken}."):
        found = read_sentence(text, today=MONDAY)
        assert (found.seconds, found.worked_on, found.narrative) == (hours * 3600, SUNDAY, "Call bank")


@given(st.text(max_size=700), st.dates(date(1995, 1, 1), date(2099, 1, 1)), st.booleans())
def test_any_text_is_read_and_what_is_read_can_be_recorded(text: str, today: date, day_first: bool):
    found = read_sentence(text, today=today, day_first=day_first)
    assert found.seconds is None or 0 < found.seconds <= DAY_SECONDS
    assert found.worked_on is None or (found.worked_on <= today and not found.day_trouble)
    assert found.activity_code == "" or found.activity_code in ACTIVITIES.codes
    typed = [one.lower() for one in text.split()]
    left = iter(typed)
    assert all(token in left for token in found.narrative.lower().split()) or not text.isascii()


WORDS = st.lists(st.sampled_from(("call", "Smith", "lease", "with", "motion", "Okonkwo-Brandt", "hearing")), min_size=1, max_size=6)
DURATIONS = st.integers(1, 240).flatmap(
    lambda tenths: st.sampled_from(
        [(f"{tenths / 10:.1f}", tenths * 360), (f"{tenths * 6}min", tenths * 360), (f"{tenths // 10}:{tenths % 10 * 6:02d}", tenths * 360)]
    )
)


@given(WORDS, DURATIONS, st.integers(0, 180), st.sampled_from(["iso", "named", "dotted", "slashed", "turned"]), st.permutations([0, 1, 2]))
def test_duration_day_and_words_are_found_in_whatever_order(
    words: list[str], duration: tuple[str, int], back: int, style: str, order: list[int]
):
    day = MONDAY - timedelta(days=back)
    written = {
        "iso": day.isoformat(),
        "named": f"{day:%b} {day.day}",
        "dotted": f"{day.day}.{day.month}.",
        "slashed": f"{day.month}/{day.day}",
        "turned": f"{day.day} {day:%B} {day.year}",
    }[style]
    parts = [" ".join(words), duration[0], written]
    found = read_sentence(" ".join(parts[place] for place in order), today=MONDAY)
    assert found.seconds == duration[1]
    assert found.worked_on == day
    assert found.narrative.lower() == " ".join(words).lower()


def test_a_hash_names_the_matter_and_leaves_the_narrative():
    found = read_sentence("0.3 call with client #2026-0147 today", today=MONDAY)
    assert found.narrative == "Call with client"
    assert "2026-0147" in found.words


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Call court clerk", "A108"),
        ("Conference with partner re lease", "A105"),
        ("Call Smith re expert", "A106"),
        ("Prepare motion", "A103"),
        ("Travel to hearing", "A112"),
        ("Lunch", ""),
    ],
)
def test_verbs_say_the_activity(text: str, code: str):
    assert activity_of(text.split()) == code


LEASE = NamedMatter(1, "2026-0001", "Smith Holdings, Inc.", "Lease of the pier")
DIVORCE = NamedMatter(2, "2026-0002", "Ann Smith", "Divorce")
FDA = NamedMatter(3, "2026-0003", "Northmere Biologics", "FDA deficiency response")


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("0.3 call Smith re lease yesterday", LEASE),
        ("0.3 call Smith yesterday", None),
        ("0.3 call Adeyemi-Strand re extension northmere", FDA),
        ("0.3 call re 2026-0002 Northmere", DIVORCE),
        ("0.3 call north", None),
        ("0.3 call", None),
    ],
)
def test_the_matter_is_the_one_that_fits_best_and_no_other_as_well(text: str, sure: NamedMatter | None):
    found = meant(read_sentence(text, today=MONDAY).words, [DIVORCE, LEASE, FDA])
    assert found.sure == sure


@given(st.text(max_size=200))
def test_any_words_are_weighed(text: str):
    found = meant(read_sentence(text, today=MONDAY).words, [LEASE, DIVORCE, FDA])
    assert found.sure is None or found.sure == found.fitting[0]
