"""The forms of timers, time, expenses and fixed fees, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g
from flask_login import current_user
from wtforms import HiddenField, ValidationError

from lexapp.books.budgets import HELD
from lexapp.books.time_entries import Work
from lexapp.books.work_terms import firm_terms, matter_terms
from lexapp.database import db
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.domain.quantities import parse_hundredths
from lexapp.domain.rounding import IncrementRule
from lexapp.domain.rounding_rules import kept_rounding
from lexapp.domain.utbms import ACTIVITIES, LITIGATION_TASKS, CodeSet
from lexapp.models import TimeEntry
from lexapp.queries.people import active_timekeepers
from lexapp.queries.timers import matter_option, matter_options
from lexapp.web.dates import today_in_zone
from lexapp.web.forms import (
    ChoiceField,
    DateField,
    DurationField,
    MoneyField,
    NoteField,
    RateField,
    RecordField,
    versions,
)
from lexapp.web.forms.figures import FigureField

BILLING = (("billable", "Billable"), ("non_billable", "Non-billable"), ("no_charge", "No charge"))
MOST_MATTERS = 100
MATTER_NEEDED = "Choose a matter: type a few letters of its name."


def today() -> date:
    """The day where the firm is."""
    return today_in_zone(current_user.time_zone)


def code_choices(codes: CodeSet) -> list[tuple[str, str]]:
    """Codes with their names, as a list offers them."""
    return [(code.code, f"{code.code} {code.name}") for code in codes.codes.values()]


class CodeField(ChoiceField):
    """A UTBMS code. One that came from elsewhere and is not in the list stays what it is."""

    def __init__(self, label: str, codes: CodeSet, **options: Any) -> None:
        super().__init__(label, choices=code_choices(codes), empty="None", default="", **options)
        self.type = "ChoiceField"

    def labels(self) -> dict[Any, str]:
        found = super().labels()
        if self.object_data:
            found.setdefault(self.object_data, str(self.object_data))
        return found


def recent_matters() -> dict[int, str]:
    """The matters that one worked on or looked at last, for a browser without script. One query for all the forms of a page."""
    if "recent_matters" not in g:
        actor = current_user.actor
        mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id, "user_id": actor.user_id}
        g.recent_matters = {one.id: one.label for one in matter_options(db.session(), **mine, words=(), limit=MOST_MATTERS)}
    found: dict[int, str] = g.recent_matters
    return found


class MatterField(RecordField):
    """A matter that takes work, searched for while typing. `offers` is off where the form opens by script only."""

    offers = True

    def __init__(self, label: str = "Matter", **options: Any) -> None:
        super().__init__(label, **options)
        self.type = "RecordField"

    def labels(self) -> dict[Any, str]:
        return dict(recent_matters()) if self.offers else {}

    def iter_choices(self) -> Any:
        if self.data is not None and not self.picked_label and self.data not in self.labels():
            found = matter_option(db.session(), firm_id=current_user.actor.firm_id, matter_id=self.data)
            self.picked_label = found.label if found else ""
        yield from super().iter_choices()


class QuantityField(FigureField):
    """A number with up to two decimals, in hundredths: `24` is 2400."""

    def parse(self, text: str) -> int:
        found = parse_hundredths(text, maximum=10**9)
        if found == 0:
            raise InvalidInput("Write how many there were: more than nothing.")
        return found

    def show(self, data: int) -> str:
        return f"{data // 100}" if data % 100 == 0 else f"{data // 100}.{data % 100:02d}"


class VersionedForm(versions.VersionedForm):
    """A form of a record that others may change meanwhile; empty for a new one."""

    version = HiddenField()

    def validate_version(self, field: HiddenField) -> None:
        if field.data and not (field.data.isascii() and field.data.isdigit() and len(field.data) < 10):
            raise ValidationError("This form has lost its version. Reload the page.")

    @property
    def shown_version(self) -> int:
        return int(self.version.data or 0)


class BillingField(ChoiceField):
    """How time is billed. Once it was refused for a budget it can also be held: kept, non-billable, until somebody decides."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, choices=BILLING, default="billable", **options)
        self.type = "ChoiceField"

    def labels(self) -> dict[Any, str]:
        return super().labels() | ({HELD: "Held beyond the budget"} if self.errors or self.data == HELD else {})


class TimeForm(VersionedForm):
    """A time entry, new or changed. Without the right, the fields for another person and for a typed rate are not there."""

    worked_on = DateField("Date", needed="Write the day of the work, for example today or Nov 19.", latest=today, default=today)
    matter_id = MatterField(needed=MATTER_NEEDED)
    timekeeper_id = ChoiceField("Timekeeper", needed="Choose whose time this is.", empty="Choose…", coerce=str)
    recorded_seconds = DurationField("Time", needed="Write how long it took, for example 1h 12m, 1:12 or 1.2.")
    task_code = CodeField("Task", LITIGATION_TASKS)
    activity_code = CodeField("Activity", ACTIVITIES)
    billing_status = BillingField("Billing")
    rate_minor = RateField("Rate", zero=True, hint="Empty: the rate in force")
    narrative = NoteField("Narrative", longest=4000)
    rounding_reason: Mapping[str, Any] | None = None

    @property
    def rule(self) -> IncrementRule | None:
        """How the time is rounded for the bill, as far as this form knows it; None where a day's entries are rounded together.

        An entry that is changed keeps the rule it was rounded by.
        """
        kept = kept_rounding(self.rounding_reason)
        if kept is not None:
            return None if kept.per_day else kept.increment
        firm, on = firm_terms(db.session(), current_user.actor.firm_id), self.worked_on.data or today()
        matter_id = self.matter_id.data if self.matter_id.object_data else None
        found = matter_terms(db.session(), firm, [matter_id])[matter_id].rounding(on) if matter_id else firm.rounding(on)
        return None if found.per_day else found.increment

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not actor.may("rate.edit"):
            del self.rate_minor
        if not actor.may("time.record_others"):
            del self.timekeeper_id
        else:
            offer_timekeepers(self.timekeeper_id, actor)
            if self.timekeeper_id.data in (None, "") and not self.timekeeper_id.raw_data:
                self.timekeeper_id.data = str(actor.timekeeper_id or "")


class TimerForm(VersionedForm):
    """What a timer is for, and the time it is stopped with."""

    matter_id = MatterField(empty="No matter yet")
    recorded_seconds = DurationField("Time to record", hint="Empty: as measured")
    task_code = CodeField("Task", LITIGATION_TASKS)
    activity_code = CodeField("Activity", ACTIVITIES)
    billing_status = ChoiceField("Billing", choices=BILLING, default="billable")
    narrative = NoteField("Narrative", longest=4000)


class StartForm(TimerForm):
    """A timer to start. A button elsewhere (`fields={"matter_id": …}`) may send it without a key."""

    def validate_key(self, field: HiddenField) -> None:
        if field.data:
            super().validate_key(field)


class FixedFeeForm(VersionedForm):
    """A fixed-fee entry."""

    charged_on = DateField("Date", needed="Write the day of the fee, for example today or Nov 30.", default=today)
    matter_id = MatterField(needed=MATTER_NEEDED)
    amount_minor = MoneyField("Amount", needed="Write the amount.")
    billing_status = ChoiceField("Billing", choices=BILLING, default="billable")
    description = NoteField("Description", longest=1000, needed="Write what the fee is for.")


def people_here() -> list[tuple[int, str]]:
    """Id and name of those who record time. One query for all the lists of a page."""
    if "people_here" not in g:
        g.people_here = active_timekeepers(db.session(), firm_id=current_user.actor.firm_id)
    found: list[tuple[int, str]] = g.people_here
    return found


def offer_timekeepers(field: ChoiceField, actor: Actor) -> None:
    """The firm's timekeepers, and whoever the entry has already."""
    besides = _number(field)
    people = active_timekeepers(db.session(), firm_id=actor.firm_id, also_id=besides) if besides else people_here()
    field.pairs = [(str(id_), name) for id_, name in people]


def _number(field: ChoiceField) -> int | None:
    text = str(field.object_data or "")
    return int(text) if text.isdigit() else None


def entry_work(form: TimeForm, entry: TimeEntry | None = None) -> Work:
    """What the form says; what the person may not say stays as it was."""
    timekeeper_id = entry.timekeeper_id if entry else current_user.actor.timekeeper_id
    rate = entry.rate_minor_per_hour if entry and entry.rate_is_typed else None
    if form.timekeeper_id is not None:
        timekeeper_id = int(form.timekeeper_id.data)
    if form.rate_minor is not None:
        rate = form.rate_minor.data.minor if form.rate_minor.data else None
    return Work(
        matter_id=form.matter_id.data,
        timekeeper_id=timekeeper_id or 0,
        worked_on=form.worked_on.data,
        recorded_seconds=form.recorded_seconds.data,
        narrative=form.narrative.data or "",
        task_code=form.task_code.data or "",
        activity_code=form.activity_code.data or "",
        billing_status=form.billing_status.data,
        rate_minor=rate,
    )
