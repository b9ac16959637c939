"""Who shares the originating and the responsible credit of a matter, from which day: the list, a new split, taking one back."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from lexapp.database import db
from lexapp.domain.credits import MOST_SHARES, CreditKind, CreditShare
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.shares import parse_percent
from lexapp.models import Matter, MatterCredit
from lexapp.services.matter_credits import NewCreditSplit, agree_credit_split, remove_credit_split
from lexapp.web.access import current_actor, load, requires
from lexapp.web.credit_pages import KINDS, beginning, credits_shown, people_to_credit
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, LastDayField, RecordField, TextField, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_choice

blueprint = Blueprint("matter_credits", __name__)


BESIDE = {"share_count": "timekeeper", "timekeeper_twice": "timekeeper", "share_size": "share", "share_sum": "share"}
"""Refusals of all the lines together, and the column in which they stand."""


class SplitForm(CommandForm):
    """One line for each timekeeper; those that stay empty are nobody."""

    kind = ChoiceField("Credit", choices=KINDS, default="originating")
    effective_from = FirstDayField("From", needed="Write the first day.", hint="The day money is collected decides")
    effective_to = LastDayField("Until", hint="Empty: until a new split starts")

    @property
    def pairs(self) -> list[tuple[RecordField, TextField]]:
        return [(self[f"timekeeper_{n}"], self[f"share_{n}"]) for n in range(1, MOST_SHARES + 1)]

    def split(self) -> NewCreditSplit:
        """What was typed, as the service takes it. Raises InvalidInput beside the field that cannot be read."""
        dates = {"effective_from": self.effective_from.data, "effective_to": self.effective_to.data}
        return NewCreditSplit(kind=CreditKind(self.kind.data), shares=tuple(self._shares()), **dates)

    def refuse(self, error: Refused) -> None:
        """What is wrong with the lines together stands beside the last of those that it is about."""
        if error.field is None and error.code in BESIDE:
            error.field = f"{BESIDE[error.code]}_{self._line_of(error.code)}"
        super().refuse(error)

    def _line_of(self, code: str) -> int:
        named = [person.data for person, _ in self.pairs]
        found = [n for n, id_ in enumerate(named, 1) if id_ is not None and (code != "timekeeper_twice" or id_ in named[: n - 1])]
        return found[-1] if found else 1

    def _shares(self) -> list[CreditShare]:
        found = []
        for person, share in self.pairs:
            if person.data is None and not share.data:
                continue
            if person.data is None:
                raise InvalidInput("Pick the timekeeper, or empty the share.", field=person.name)
            try:
                found.append(CreditShare(person.data, parse_percent(share.data or "")))
            except InvalidInput as error:
                raise InvalidInput(error.message, field=share.name) from error
        return found


for _n in range(1, MOST_SHARES + 1):
    setattr(SplitForm, f"timekeeper_{_n}", RecordField(f"Timekeeper {_n}", empty="Nobody"))
    setattr(SplitForm, f"share_{_n}", TextField("Share", longest=10))


@blueprint.get("/matters/<int:matter_id>/credits")
@requires("matter.view")
def index(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    return render(page="matter_credits/index.html", fragment="matter_credits/_splits.html", matter=matter, **credits_shown(matter))


@blueprint.get("/matters/<int:matter_id>/credits/new")
@requires("matter.edit")
def new(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    kind = CreditKind(asked_choice("kind", tuple(CreditKind), "originating"))
    return _form_page(SplitForm(None, data=beginning(matter, kind) | {"effective_from": today_here()}), matter)


@blueprint.post("/matters/<int:matter_id>/credits")
@requires("matter.edit")
def create(matter_id: int) -> Response:
    matter, form = load(Matter, matter_id), SplitForm()
    people_to_credit(form.pairs, matter)
    if request.form.get("act") == "lines":
        return _form_page(form, matter, lines=MOST_SHARES)
    if form.validate_on_submit():
        try:
            agree_credit_split(db.session(), actor=current_actor(), matter_id=matter_id, split=form.split(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Split agreed. Money collected from that day on is credited by it.")
            return redirect_after(url_for(".index", matter_id=matter_id))
    return _form_page(form, matter)


def _form_page(form: SplitForm, matter: Matter, lines: int = 0) -> Response:
    people_to_credit(form.pairs, matter)
    lines = max(_filled(form) + 1, 3, lines)
    page = {"page": "matter_credits/form.html", "fragment": "matter_credits/_split_form.html", "status": form.status}
    return render(**page, form=form, matter=matter, lines=min(lines, MOST_SHARES))


def _filled(form: SplitForm) -> int:
    """The last line that holds something, or has something wrong."""
    used = [n for n, pair in enumerate(form.pairs, 1) if any(field.data or field.errors for field in pair)]
    return max(used, default=0)


@blueprint.post("/matter-credits/<int:matter_credit_id>/removal")
@requires("matter.edit")
def remove(matter_credit_id: int) -> Response:
    row = load(MatterCredit, matter_credit_id)
    matter_id = row.matter_id
    remove_credit_split(db.session(), actor=current_actor(), matter_credit_id=matter_credit_id, version=sent_version())
    toast("Split removed. Where no split holds, the matter’s own timekeeper has the credit.")
    return redirect_after(url_for(".index", matter_id=matter_id))
