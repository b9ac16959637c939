"""The forms by which a person answers what a timer asks: whether it was forgotten, and what idle minutes were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from wtforms import HiddenField, ValidationError

from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import parse_instant
from lexapp.domain.timer_quiet import seconds_within
from lexapp.queries.timer_checks import LastSeen
from lexapp.queries.timers import TimerLine
from lexapp.web.entry_forms import MatterField
from lexapp.web.filters import clock, clock_minutes, lately
from lexapp.web.forms import ChoiceField, CommandForm, FlagField
from lexapp.web.forms.past_times import PastTimeField

KEEP, PROPOSED, OTHER, NOW = "keep", "proposed", "other", "now"
KEEP_MINUTES, TAKE_OFF, ELSEWHERE = "keep", "take_off", "elsewhere"
MOST_TIMERS = 500
LOST = "This form has lost its times. Close it; nothing was changed."


class InstantField(HiddenField):
    """An instant that the form was shown with."""

    def read(self) -> datetime:
        """In UTC. Raises InvalidInput."""
        return parse_instant(self.data).astimezone(UTC)

    @property
    def moment(self) -> datetime | None:
        """The same, or None where it was not sent as it was shown."""
        try:
            return self.read()
        except InvalidInput:
            return None


class ShownTimersField(HiddenField):
    """The timers that a question is about, with the versions that were shown: `3:1 7:4`."""

    def hold(self, timers: Iterable[TimerLine]) -> None:
        self.data, self.raw_data = " ".join(f"{timer.id}:{timer.version}" for timer in timers), None

    def read(self) -> dict[int, int]:
        """Versions by id; without what cannot be read."""
        pairs = (pair.partition(":") for pair in (self.data or "").split()[:MOST_TIMERS])
        return {int(id_): int(version) for id_, _, version in pairs if _is_number(id_) and _is_number(version)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class CheckForm(CommandForm):
    """Whether a running timer was forgotten."""

    choice = ChoiceField("What shall become of it?", choices=[(KEEP, "")], needed="Choose one.")
    proposed_at = InstantField()
    stop_at = PastTimeField("Another time", hint="For example 5:12 pm or Nov 22, 5:12 pm")
    matter_id = MatterField(empty="Choose…")

    def offer(self, timer: TimerLine, proposed: datetime | None) -> None:
        """The choices there are for this timer and what comes of them; without script all stand on the page."""
        stop = [(PROPOSED, f"Stop it at {lately(proposed)}: {_comes_to(timer, proposed)}")] if proposed else []
        now = (NOW, f"Stop it now: {_comes_to(timer, None)}")
        self.choice.pairs = [(KEEP, "Keep it running"), *stop, (OTHER, "Stop it at another time"), now]
        if timer.matter_id is not None:
            del self.matter_id

    def worked_until(self) -> datetime | None:
        """Until when there was work; None for until now. Raises InvalidInput beside a field."""
        if self.choice.data == PROPOSED:
            return self.proposed_at.moment
        if self.choice.data == OTHER and self.stop_at.data is None:
            raise InvalidInput("Write the time at which the work ended.", field="stop_at")
        found: datetime | None = self.stop_at.data if self.choice.data == OTHER else None
        return found


def _comes_to(timer: TimerLine, until: datetime | None) -> str:
    """What is recorded of a timer that ends at a moment (None: now), and what is taken off."""
    if until is None:
        return f"{clock_minutes(clock(timer.seconds))} recorded"
    kept = seconds_within(timer.segments, datetime.min.replace(tzinfo=UTC), until)
    return f"{clock_minutes(clock(kept))} recorded, {clock_minutes(clock(timer.seconds - kept))} taken off"


class IdleForm(CommandForm):
    """What the minutes were in which no key and no pointer moved."""

    since, until, timers = InstantField(), InstantField(), ShownTimersField()
    choice = ChoiceField(
        "What shall become of these minutes?",
        choices=[
            (KEEP_MINUTES, "Keep them: it was work"),
            (TAKE_OFF, "Take them off"),
            (ELSEWHERE, "Take them off, and start another timer"),
        ],
        default=KEEP_MINUTES,
    )
    matter_id = MatterField("For the other timer", empty="No matter yet")
    with_minutes = FlagField("The other timer begins with these minutes", hint="Else it begins now")

    def validate_until(self, field: InstantField) -> None:
        try:
            past = self.since.read() < field.read() <= datetime.now(UTC)
        except InvalidInput:
            past = False
        if not past:
            self.form_errors.append(LOST)
            raise ValidationError(LOST)


def check_form(timer: TimerLine, seen: LastSeen | None) -> CheckForm:
    """The form as it is first shown, with what is proposed chosen already."""
    values: dict[str, Any] = {"choice": PROPOSED if seen else KEEP}
    if seen:
        values |= {"proposed_at": seen.at.isoformat(), "stop_at": seen.at}
    form = CheckForm(None, ids="check", data=values)
    form.offer(timer, seen.at if seen else None)
    return form
