"""Closed days: what is closed, and the exceptions that were signed."""

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.time_locks import TimeLock
from lexapp.models import Firm, TimeLockException
from lexapp.queries.time_locks import exception_rows, who_enters
from lexapp.services import time_locks as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, DateField, NoteField, RecordField
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("time_locks", __name__)


class ExceptionForm(CommandForm):
    membership_id = RecordField("For", needed="Choose who may enter.")
    until_on = DateField("May enter until", needed="Write the last day on which they may enter.")
    first_day = DateField("First day", needed="Write the first day that is opened.")
    last_day = DateField("Last day", needed="Write the last day that is opened.")
    reason = NoteField("Why", longest=500, needed="Write why, so that it can be understood later.")

    def offer(self) -> None:
        self.membership_id.pairs = who_enters(db.session(), firm_id=current_actor().firm_id)

    def new_exception(self) -> service.NewException:
        """What was typed, as the service takes it. Only after validation."""
        days = {"first_day": self.first_day.data, "last_day": self.last_day.data, "until_on": self.until_on.data}
        return service.NewException(membership_id=self.membership_id.data, reason=self.reason.data or "", **days)


@blueprint.get("/time-locks")
@requires("time.unlock")
def index() -> Response:
    firm, today = db.session().get_one(Firm, current_actor().firm_id), today_here()
    last = TimeLock(firm.time_closed_through, firm.time_open_days).last_closed(today)
    rows = exception_rows(db.session(), firm_id=firm.id)
    return render(page="time_locks/index.html", rows=rows, firm=firm, last=last, today=today)


@blueprint.get("/time-locks/new")
@requires("time.unlock")
def new() -> Response:
    return _form_page(ExceptionForm(None, data={"until_on": today_here()}))


@blueprint.post("/time-locks")
@requires("time.unlock")
def create() -> Response:
    form = ExceptionForm()
    form.offer()
    if form.validate_on_submit():
        try:
            service.sign_exception(db.session(), actor=current_actor(), new=form.new_exception(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Exception signed")
            return redirect_after(url_for(".index"))
    return _form_page(form)


def _form_page(form: ExceptionForm) -> Response:
    form.offer()
    return render(page="time_locks/form.html", fragment="time_locks/_exception_form.html", status=form.status, form=form)


@blueprint.post("/time-locks/<int:time_lock_exception_id>/ending")
@requires("time.unlock")
def end(time_lock_exception_id: int) -> Response:
    load(TimeLockException, time_lock_exception_id)
    service.end_exception(db.session(), actor=current_actor(), exception_id=time_lock_exception_id)
    toast("Exception ended")
    return redirect_after(url_for(".index"))
