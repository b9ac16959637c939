"""Time in a sentence: what is understood is shown, recorded when it is clear, and otherwise stands in a form; walls hold."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry
from lexapp.services.walls import wall_matter
from tests.factories import World, make_client, make_matter, make_member
from tests.web.time_forms import count, text
from tests.web.visitor import Visitor, signed_in

LEASE = "0.3 call Smith re lease today"


@pytest.fixture
def lawyer(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)


@pytest.fixture
def me(app: Flask, session: Session, lawyer: Actor) -> Visitor:
    return signed_in(app, session, lawyer)


@pytest.fixture
def lease(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, make_client(session, world.owner, "Smith Holdings"), "Lease of the pier")


@pytest.fixture
def divorce(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, make_client(session, world.owner, "Ann Smith"), "Divorce")


def sent(sentence: str, **others: str) -> dict[str, str]:
    return {"sentence": sentence, "key": "key-sentence-1", **others}


def seen(me: Visitor, sentence: str, **others: str) -> dict[str, str]:
    """What the form sends after its reading was shown."""
    reading = me.post("/time/sentence/reading", sent(sentence, **others), htmx=True)
    (found,) = re.findall(r'name="seen" value="([^"]*)"', text(reading))
    return sent(sentence, seen=html.unescape(found), **others)


def entries(session: Session) -> list[TimeEntry]:
    session.rollback()
    return list(session.scalars(select(TimeEntry)))


def test_the_reading_shows_every_part_before_anything_is_written(session: Session, me: Visitor, lease: Matter):
    shown = text(me.post("/time/sentence/reading", sent(LEASE), htmx=True))
    for part in ("0.30 h", "Smith Holdings · Lease of the pier", "A106", 'value="worked_on"', "Call Smith re lease"):
        assert part in shown
    assert not entries(session)


def test_a_sentence_whose_reading_was_seen_is_recorded_once(session: Session, me: Visitor, lease: Matter, lawyer: Actor):
    for _ in range(2):
        assert me.post("/time/sentence", seen(me, LEASE), htmx=True).status_code == 200
    (entry,) = entries(session)
    assert (entry.matter_id, entry.timekeeper_id, entry.recorded_seconds) == (lease.id, lawyer.timekeeper_id, 1080)
    assert (entry.activity_code, entry.narrative) == ("A106", "Call Smith re lease")


def test_a_sentence_that_was_changed_since_it_was_read_is_shown_again(session: Session, me: Visitor, lease: Matter):
    answer = me.post("/time/sentence", sent(LEASE, seen="0.2 call"), htmx=True)
    assert answer.headers["HX-Retarget"] == "#reading"
    assert not entries(session)


def test_a_matter_that_was_not_shown_takes_nothing(session: Session, world: World, me: Visitor, lease: Matter):
    shown = seen(me, "0.3 call Smith re lease")
    make_matter(session, world.owner, make_client(session, world.owner, "Smith Lease"), "Smith call lease renewal")
    lease.status, lease.closed_on = "closed", lease.opened_on
    session.commit()
    answer = me.post("/time/sentence", shown, htmx=True)
    assert answer.headers["HX-Retarget"] == "#reading"
    assert "reads otherwise by now" in text(answer)
    assert "Smith call lease renewal" in text(answer)
    assert not entries(session)


def test_today_is_the_day_that_was_shown(session: Session, me: Visitor, lease: Matter):
    shown = seen(me, LEASE)
    (day,) = re.findall(r"\|(\d{4}-\d\d-\d\d)\|", shown["seen"])
    before_midnight = shown["seen"].replace(day, str(date.fromisoformat(day) - timedelta(days=1)))
    answer = me.post("/time/sentence", shown | {"seen": before_midnight}, htmx=True)
    assert (answer.headers["HX-Retarget"], "reads otherwise" in text(answer)) == ("#reading", True)
    assert not entries(session)


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "next friday"])
def test_a_day_that_cannot_be_is_asked_and_nothing_is_recorded(session: Session, me: Visitor, lease: Matter, day: str):
    wrong = "February 2026 has 28 days" if day == "2026-02-30" else f"{day.capitalize()} is still to come"
    sentence = f"0.3 call Smith re lease {day}"
    shown = text(me.post("/time/sentence/reading", sent(sentence), htmx=True))
    assert "Which day?" in shown
    assert wrong in shown
    asked = me.post("/time/sentence", seen(me, sentence), htmx=True)
    assert asked.headers["HX-Retarget"] == "#line"
    assert wrong in text(asked)
    assert f"Call Smith re lease {day}" in text(asked)
    assert re.search(r'name="worked_on"[^>]* value=""', text(asked))
    assert not entries(session)
    me.post("/time/sentence", seen(me, f"today {sentence}"), htmx=True)
    assert [one.narrative for one in entries(session)] == [f"Call Smith re lease {day}"]


def test_the_reading_says_what_is_billed_where_that_is_not_what_is_recorded(me: Visitor, lease: Matter):
    assert "0.33 h, bills 0.40" in text(me.post("/time/sentence/reading", sent("20min call Smith re lease today"), htmx=True))


def test_a_sentence_that_no_page_can_hold_has_no_reading(me: Visitor, lease: Matter):
    answer = me.post("/time/sentence/reading", sent("0.3 call \x00Smith"), htmx=True)
    assert answer.status_code == 200
    assert 'name="seen"' not in text(answer)


def test_where_two_matters_fit_it_asks_and_takes_the_one_that_is_pressed(session: Session, me: Visitor, lease: Matter, divorce: Matter):
    shown = text(me.post("/time/sentence/reading", sent("0.3 call Smith"), htmx=True))
    assert "Which matter?" in shown
    assert "Lease of the pier" in shown
    asked = me.post("/time/sentence", seen(me, "0.3 call Smith"), htmx=True)
    assert asked.headers["HX-Retarget"] == "#line"
    assert "2 matters fit" in text(asked)
    me.post("/time/sentence", seen(me, "0.3 call Smith") | {"matter_id": str(divorce.id)}, htmx=True)
    assert [one.matter_id for one in entries(session)] == [divorce.id]


def test_without_script_the_form_stands_filled_in_and_records(session: Session, me: Visitor, lease: Matter):
    page = text(me.post("/time/sentence", sent(LEASE)))
    assert "Is this right?" in page
    assert 'value="0.30"' in page
    form = {
        "worked_on": "today",
        "matter_id": str(lease.id),
        "recorded_seconds": "0.3",
        "billing_status": "billable",
        "key": "key-sentence-2",
    }
    assert me.post("/time", form | {"narrative": "Call"}).status_code == 303
    assert len(entries(session)) == 1
    wrong = me.post("/time", form | {"recorded_seconds": "long", "key": "key-sentence-3"})
    assert wrong.status_code == 422
    assert "That is not a duration" in text(wrong)


def test_an_empty_sentence_is_asked_for(me: Visitor):
    answer = me.post("/time/sentence", sent(" "))
    assert answer.status_code == 422
    assert "Write what was done" in text(answer)


def test_a_refused_sentence_stays_to_be_corrected(session: Session, me: Visitor, lease: Matter):
    me.post("/time/sentence", seen(me, "24h draft lease today"), htmx=True)
    answer = me.post("/time/sentence", seen(me, LEASE) | {"key": "key-sentence-9"}, htmx=True)
    assert answer.status_code == 422
    assert "24 hours" in text(answer)
    assert count(session) == 1


def test_a_walled_matter_is_never_meant(session: Session, world: World, me: Visitor, lease: Matter):
    wall_matter(session, actor=world.owner, matter_id=lease.id, version=lease.version, membership_ids=[])
    shown = text(me.post("/time/sentence/reading", sent(LEASE), htmx=True))
    assert "Lease of the pier" not in shown
    answer = me.post("/time/sentence", sent(LEASE, seen=LEASE, matter_id=str(lease.id)), htmx=True)
    assert "Lease of the pier" not in text(answer)
    assert not entries(session)


def test_strangers_of_another_firm_are_not_understood(outsider: Visitor, lease: Matter):
    assert "Lease of the pier" not in text(outsider.post("/time/sentence/reading", sent(LEASE), htmx=True))


def test_the_palette_offers_to_record_a_sentence(me: Visitor, lease: Matter):
    assert 'data-sentence="0.3 call Smith re lease today"' in text(me.get(f"/search?q={LEASE}", htmx=True))
    assert "data-sentence" not in text(me.get("/search?q=Smith", htmx=True))
