"""The form of recurring time."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_login import current_user

from lexapp.domain.recurrences import WEEKDAYS, Recurrence, weekdays_of
from lexapp.domain.utbms import ACTIVITIES
from lexapp.models import RecurringEntry
from lexapp.services.recurring_entries import RecurringWork
from lexapp.web.access import current_actor
from lexapp.web.entry_forms import BILLING, MATTER_NEEDED, CodeField, MatterField, VersionedForm, offer_timekeepers, today
from lexapp.web.forms import ChoiceField, DurationField, FirstDayField, LastDayField, NoteField, RecordsField

ASKS = (("asks", "Ask me to confirm it"), ("records", "Record it without asking"))
MONTHLY = [(str(day), Recurrence(0, day, date.min).words) for day in range(1, 32)]


class RecurringForm(VersionedForm):
    """Work that comes again; `month_day` is empty where it comes on days of the week (Monday 1)."""

    matter_id = MatterField(needed=MATTER_NEEDED)
    timekeeper_id = ChoiceField("Timekeeper", needed="Choose whose time this is.", empty="Choose…", coerce=str)
    recorded_seconds = DurationField("Time", needed="Write how long it takes, for example 0.5 or 30m.")
    activity_code = CodeField("Activity", ACTIVITIES)
    billing_status = ChoiceField("Billing", choices=BILLING, default="billable")
    narrative = NoteField("Narrative", longest=4000)
    month_day = ChoiceField("Comes", choices=MONTHLY, empty="Every week, on the days ticked")
    weekdays = RecordsField("Days of the week")
    first_on = FirstDayField("From", needed="Write the first day, for example today or Nov 30.", default=today)
    last_on = LastDayField("Through", hint="Empty: until you end it")
    asks = ChoiceField("When its day comes", choices=ASKS, default="asks")

    week = tuple(enumerate(WEEKDAYS, start=1))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not current_actor().may("time.record_others"):
            del self.timekeeper_id
        else:
            offer_timekeepers(self.timekeeper_id, current_actor())
            if self.timekeeper_id.data in (None, "") and not self.timekeeper_id.raw_data:
                self.timekeeper_id.data = str(current_actor().timekeeper_id or "")

    def work(self, rule: RecurringEntry | None = None) -> RecurringWork:
        """What the form says; the first day of a rule that has begun stays."""
        whose = rule.timekeeper_id if rule else current_user.actor.timekeeper_id or 0
        monthly = int(self.month_day.data) if self.month_day.data else None
        return RecurringWork(
            matter_id=self.matter_id.data,
            timekeeper_id=int(self.timekeeper_id.data) if self.timekeeper_id is not None else whose,
            recorded_seconds=self.recorded_seconds.data,
            narrative=self.narrative.data or "",
            activity_code=self.activity_code.data or "",
            billing_status=self.billing_status.data,
            weekdays=0 if monthly else weekdays_of([one - 1 for one in self.weekdays.data]),
            month_day=monthly,
            first_on=rule.first_on if rule and rule.made_through >= rule.first_on else self.first_on.data,
            last_on=self.last_on.data,
            asks=self.asks.data == "asks",
        )
