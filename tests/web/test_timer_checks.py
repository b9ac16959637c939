"""What timers ask: whether one was forgotten, and what idle minutes were. Nothing is trimmed without an answer, and both values stay."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import today_in
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter, TimeEntry, Timer, TimerEventRow
from lexapp.queries.timers import one_timer
from lexapp.services.matters import change_matter_status
from lexapp.services.time_entries import Work, record_time
from lexapp.services.timers import TimerNote, start_timer
from lexapp.web.forms.past_times import parse_past_time
from tests.devices import key
from tests.factories import TIME_ZONE, World, make_matter, make_member
from tests.web.visitor import Visitor, signed_in

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def partner(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def me(app: Flask, session: Session, partner: Actor) -> Visitor:
    return signed_in(app, session, partner)


@pytest.fixture
def colleague(app: Flask, session: Session, world: World) -> Visitor:
    return signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))


def text(answer: Any) -> str:
    return " ".join(html.unescape(answer.get_data(as_text=True)).split())


def ago(**span: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**span)


def record_letter(session: Session, actor: Actor, matter: Matter, at: datetime) -> None:
    record_time(session, actor=actor, work=Work(matter.id, actor.timekeeper_id or 0, today_in(TIME_ZONE, at), 600, "Letter"), now=at)


def started(session: Session, actor: Actor, matter_id: int | None, **span: float) -> int:
    return start_timer(session, actor=actor, note=TimerNote(matter_id, "Prepare for deposition"), now=ago(**span)).id


def only_entry(session: Session) -> TimeEntry:
    session.rollback()
    return session.scalars(select(TimeEntry).where(TimeEntry.timer_id.is_not(None))).one()


def kinds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(TimerEventRow.kind).order_by(TimerEventRow.id)))


def ask_after(owner: Visitor, session: Session, hours: int) -> None:
    """What the settings screen says of timers."""
    session.rollback()
    version = str(session.scalars(select(Firm.version)).one())
    sent = {
        "key": key(),
        "version": version,
        "forgotten_after_seconds": str(hours * 3600),
        "idle_after_seconds": "600",
        "shared_minutes": "split",
    }
    assert owner.post("/settings/time", sent).status_code == 303


def test_the_bar_and_the_phone_ask_once_a_timer_ran_beyond_what_the_settings_say(
    session: Session, owner: Visitor, partner: Actor, me: Visitor, matter: Matter
):
    started(session, partner, matter.id, hours=3, minutes=59)
    assert "Still running?" not in text(me.get("/time"))
    assert "data-stale-in" in text(me.get("/timers/bar", htmx=True))
    ask_after(owner, session, 2)
    for page in ("/time", "/today", "/timers/bar"):
        assert "Still running?" in text(me.get(page))
    assert 'data-idle="600"' in text(me.get("/timers/bar"))
    assert me.get("/phone/state").get_json()["firm"]["forgotten_after"] == 7200
    ask_after(owner, session, 0)
    assert "Still running?" not in text(me.get("/time"))
    assert me.get("/phone/state").get_json()["firm"]["forgotten_after"] == 0


def test_the_phone_is_told_what_is_known_of_who_a_timer_asks(session: Session, partner: Actor, me: Visitor, matter: Matter):
    started(session, partner, matter.id, hours=9)
    assert [one["seen"] for one in me.get("/phone/state").get_json()["timers"]] == [None]
    record_letter(session, partner, matter, at=ago(hours=7))
    (seen,) = [one["seen"] for one in me.get("/phone/state").get_json()["timers"]]
    assert seen["what"] == "you saved a time entry"
    assert abs(datetime.fromisoformat(seen["at"]) - ago(hours=7)) < timedelta(seconds=5)


def test_it_proposes_the_last_thing_done_before_the_longest_silence(session: Session, partner: Actor, me: Visitor, matter: Matter):
    timer = started(session, partner, matter.id, hours=9)
    record_letter(session, partner, matter, at=ago(hours=7))
    page = text(me.get(f"/timers/{timer}/check"))
    assert "you saved a time entry at" in page
    assert "Work outside lexapp leaves no trace here." in page
    assert "2:00 recorded, 7:00 taken off" in page
    proposed = ago(hours=7)
    answer = me.post(f"/timers/{timer}/check", {"key": key(), "choice": "proposed", "proposed_at": proposed.isoformat()}, htmx=True)
    assert answer.status_code == 200, text(answer)
    entry = only_entry(session)
    assert entry.measured_seconds is not None
    assert entry.measured_seconds >= 9 * 3600
    assert entry.recorded_seconds == entry.counted_seconds
    assert abs(entry.recorded_seconds - 2 * 3600) <= 3
    assert kinds(session) == ["start", "trim", "stop"]


def test_to_keep_it_running_is_kept_as_an_event_and_it_asks_no_more_for_a_while(
    session: Session, partner: Actor, me: Visitor, matter: Matter
):
    timer = started(session, partner, matter.id, hours=9)
    assert "Nothing else is known of you here" in text(me.get(f"/timers/{timer}/check"))
    assert me.post(f"/timers/{timer}/check", {"key": key(), "choice": "keep"}).status_code == 303
    assert "Still running?" not in text(me.get("/time"))
    assert kinds(session) == ["start", "keep"]
    assert session.get_one(Timer, timer).state == "running"


def test_nothing_is_asked_of_one_that_was_stopped_meanwhile(session: Session, partner: Actor, me: Visitor, matter: Matter):
    address, sent = f"/timers/{started(session, partner, matter.id, hours=9)}/check", {"key": key(), "choice": "now"}
    assert [me.post(address, sent).status_code for _ in range(2)] == [303, 303], "the same press twice is one"
    assert me.get(address).location == "/today"
    refused = me.post(address, {"key": key(), "choice": "keep"}, htmx=True)
    assert (refused.status_code, "does not run any more" in text(refused)) == (422, True)


@pytest.mark.parametrize("typed", ["", "half past", "25:00", "yesterday noon"])
def test_another_time_that_is_none_is_refused_beside_its_field(session: Session, partner: Actor, me: Visitor, matter: Matter, typed: str):
    timer = started(session, partner, matter.id, hours=9)
    answer = me.post(f"/timers/{timer}/check", {"key": key(), "choice": "other", "stop_at": typed}, htmx=True)
    assert answer.status_code == 422
    assert 'id="check-stop_at-error"' in text(answer)
    assert kinds(session) == ["start"]


@pytest.mark.parametrize(("minutes", "words"), [(-10, "has not come yet"), (10 * 60, "after the timer was started")])
def test_a_time_outside_the_run_is_refused(session: Session, partner: Actor, me: Visitor, matter: Matter, minutes: int, words: str):
    timer = started(session, partner, matter.id, hours=9)
    sent = {"key": key(), "choice": "proposed", "proposed_at": ago(minutes=minutes).isoformat()}
    answer = me.post(f"/timers/{timer}/check", sent, htmx=True)
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert kinds(session) == ["start"]


def test_one_without_a_matter_asks_for_it_beside_the_choices(session: Session, partner: Actor, me: Visitor, matter: Matter):
    timer = started(session, partner, None, hours=9)
    answer = me.post(f"/timers/{timer}/check", {"key": key(), "choice": "now"}, htmx=True)
    assert (answer.status_code, "Choose the matter" in text(answer)) == (422, True)
    assert me.post(f"/timers/{timer}/check", {"key": key(), "choice": "now", "matter_id": str(matter.id)}).status_code == 303
    assert only_entry(session).matter_id == matter.id


def test_nobody_else_is_asked_or_answers(session: Session, partner: Actor, colleague: Visitor, matter: Matter):
    timer = started(session, partner, matter.id, hours=9)
    assert colleague.get(f"/timers/{timer}/check").status_code == 404
    assert colleague.post(f"/timers/{timer}/check", {"key": key(), "choice": "keep"}).status_code == 404


def idle(session: Session, choice: str, **more: str) -> dict[str, str]:
    """What the form sends that was shown over the timers that run now."""
    session.rollback()
    running = session.scalars(select(Timer).where(Timer.state == "running").order_by(Timer.id))
    shown = {"timers": " ".join(f"{timer.id}:{timer.version}" for timer in running)}
    return {"key": key(), "choice": choice, "since": ago(minutes=40).isoformat(), "until": ago(minutes=5).isoformat(), **shown, **more}


def test_idle_minutes_are_asked_about_with_their_times(session: Session, partner: Actor, me: Visitor, matter: Matter):
    started(session, partner, matter.id, hours=1)
    page = text(me.get("/timers/idle?since=2400&until=300", htmx=True))
    assert "No key and no pointer moved in lexapp from" in page
    assert 'id="timer-panel"' in page


def test_idle_minutes_taken_off_stay_measured_and_the_timer_runs_on(session: Session, partner: Actor, me: Visitor, matter: Matter):
    timer = started(session, partner, matter.id, hours=1)
    assert me.post("/timers/idle", idle(session, "take_off"), htmx=True).status_code == 200
    session.rollback()
    assert session.get_one(Timer, timer).state == "running"
    me.post(f"/timers/{timer}/stop", htmx=True)
    entry = only_entry(session)
    assert entry.measured_seconds is not None
    assert entry.measured_seconds - entry.recorded_seconds == 35 * 60


def test_idle_minutes_that_were_work_are_kept_and_said_so(session: Session, partner: Actor, me: Visitor, matter: Matter):
    started(session, partner, matter.id, hours=1)
    assert me.post("/timers/idle", idle(session, "keep")).status_code == 303
    assert kinds(session) == ["start", "keep"]


@pytest.mark.parametrize("with_minutes", [True, False])
def test_idle_minutes_go_to_another_timer(session: Session, partner: Actor, me: Visitor, matter: Matter, with_minutes: bool):
    first = started(session, partner, matter.id, hours=1)
    form = idle(session, "elsewhere", matter_id=str(matter.id), **({"with_minutes": "y"} if with_minutes else {}))
    assert me.post("/timers/idle", form).status_code == 303
    assert me.post("/timers/idle", form).status_code == 303  # a second press starts no second timer
    session.rollback()
    old, new = session.scalars(select(Timer).order_by(Timer.id))
    assert (old.id, old.state, new.state) == (first, "paused", "running")
    me.post(f"/timers/{new.id}/stop")
    if with_minutes:
        assert abs(only_entry(session).recorded_seconds - 40 * 60) <= 3
    session.rollback()
    assert abs(sum(one.seconds for one in _lines(session, partner, first)) - 25 * 60) <= 3


def test_an_answer_about_timers_that_do_not_run_any_more_is_shown_anew_and_takes_nothing(
    session: Session, partner: Actor, me: Visitor, matter: Matter
):
    started(session, partner, matter.id, hours=1)
    second_tab = idle(session, "take_off")
    assert me.post("/timers/idle", idle(session, "elsewhere", with_minutes="y")).status_code == 303
    kept = kinds(session)
    answer = me.post("/timers/idle", second_tab, htmx=True)
    assert (answer.status_code, "Your timers changed" in text(answer)) == (409, True)
    assert kinds(session) == kept
    new = session.scalars(select(Timer).where(Timer.state == "running")).one()
    assert f'name="timers" value="{new.id}:{new.version}"' in text(answer)


def test_where_the_other_timer_cannot_begin_nothing_is_taken_off_and_another_answer_is_taken(
    session: Session, world: World, partner: Actor, me: Visitor, matter: Matter
):
    timer = started(session, partner, matter.id, hours=1)
    closed = make_matter(session, world.owner, name="Over")
    change_matter_status(session, actor=world.owner, matter_id=closed.id, action="close", version=closed.version)
    form = idle(session, "elsewhere", matter_id=str(closed.id))
    answer = me.post("/timers/idle", form, htmx=True)
    assert (answer.status_code, "is closed" in text(answer)) == (422, True)
    assert (kinds(session), session.get_one(Timer, timer).state) == (["start"], "running")
    assert me.post("/timers/idle", form | {"choice": "keep"}, htmx=True).status_code == 200
    assert kinds(session) == ["start", "keep"]


def test_idle_times_of_ages_ago_are_asked_about_as_a_week(session: Session, partner: Actor, me: Visitor, matter: Matter):
    started(session, partner, matter.id, hours=1)
    assert me.get("/timers/idle?since=99999999999999&until=1").status_code == 200


def _lines(session: Session, partner: Actor, timer: int) -> list[Any]:
    found = one_timer(session, firm_id=partner.firm_id, timekeeper_id=partner.timekeeper_id or 0, timer_id=timer)
    return [found] if found else []


@pytest.mark.parametrize("since", ["", "x", "2026-01-01", "9999-01-01T00:00:00+00:00"])
def test_idle_times_that_are_none_change_nothing(session: Session, partner: Actor, me: Visitor, matter: Matter, since: str):
    started(session, partner, matter.id, hours=1)
    answer = me.post("/timers/idle", idle(session, "take_off") | {"since": since}, htmx=True)
    assert answer.status_code == 422
    assert kinds(session) == ["start"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("5:12 pm", (2026, 11, 2, 22, 12)),  # still to come today: yesterday's
        ("9:30", (2026, 11, 3, 14, 30)),
        ("9am", (2026, 11, 3, 14, 0)),
        ("12 am", (2026, 11, 3, 5, 0)),
        ("Nov 1, 2026, 12:30 am", (2026, 11, 1, 4, 30)),
        ("Nov 1 1:30 am", (2026, 11, 1, 5, 30)),  # comes twice that night: the first
        ("Nov 1 3:00", (2026, 11, 1, 8, 0)),
        ("yesterday 17:12", (2026, 11, 2, 22, 12)),
    ],
)
def test_past_times_as_people_write_them(typed: str, found: tuple[int, ...]):
    now = datetime(2026, 11, 3, 16, 0, tzinfo=UTC)
    assert parse_past_time(typed, now=now, zone=NEW_YORK) == datetime(*found, tzinfo=UTC)  # type: ignore[misc]


def test_a_time_that_the_clocks_skip_is_refused():
    with pytest.raises(InvalidInput, match="skip"):
        parse_past_time("Mar 8, 2:30 am", now=datetime(2026, 3, 8, 20, tzinfo=UTC), zone=NEW_YORK)
