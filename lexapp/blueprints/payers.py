"""Who pays for a matter, and for which share."""

from collections.abc import Sequence

from flask import Blueprint, Response, request, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.domain.shares import MOST_PAYERS, PayerShare, parse_percent, percent_text
from lexapp.models import Matter
from lexapp.queries.matters import PayerLine, payers_of
from lexapp.services.matters import set_payers
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import RecordField, TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.record_names import client_name

blueprint = Blueprint("payers", __name__)
SPARE_LINES = 2


class PayersForm(VersionedForm):
    """One line for each payer, with some to spare; `lines` says how many the browser was given."""

    lines: int

    @property
    def pairs(self) -> list[tuple[RecordField, TextField]]:
        return [(self[f"payer_{n}"], self[f"share_{n}"]) for n in range(1, self.lines + 1)]

    def shares(self) -> list[PayerShare]:
        """The lines that are filled. Raises InvalidInput beside the field that cannot be read."""
        found = []
        for payer, share in self.pairs:
            if payer.data is None and not share.data:
                continue
            if payer.data is None:
                raise InvalidInput("Pick the payer, or empty the share.", field=payer.name)
            try:
                found.append(PayerShare(payer.data, parse_percent(share.data or "")))
            except InvalidInput as error:
                raise InvalidInput(error.message, field=share.name) from error
        return found


def _form(lines: int, payers: Sequence[PayerLine] = (), version: int | None = None) -> PayersForm:
    """The form with that many lines, filled from the payers when they are given, else from what was sent."""
    fields: dict[str, object] = {"lines": lines}
    for n in range(1, lines + 1):
        fields[f"payer_{n}"] = RecordField(f"Payer {n}", empty="Nobody", named=client_name)
        fields[f"share_{n}"] = TextField("Share", longest=10)
    kind = type("PayersForm", (PayersForm,), fields)
    if version is None:
        return kind()
    values = {f"share_{n}": percent_text(payer.share_basis_points) for n, payer in enumerate(payers, 1)}
    values |= {f"payer_{n}": payer.client_id for n, payer in enumerate(payers, 1)}
    form: PayersForm = kind(None, data={**values, "version": str(version)})
    return form


def _offer(form: PayersForm, payers: Sequence[PayerLine]) -> PayersForm:
    for payer, _ in form.pairs:
        payer.pairs = [(one.client_id, one.name) for one in payers]
    return form


def _of(matter: Matter) -> list[PayerLine]:
    return payers_of(db.session(), firm_id=matter.firm_id, matter_id=matter.id)


def _lines_for(payers: Sequence[PayerLine]) -> int:
    return min(len(payers) + SPARE_LINES, MOST_PAYERS)


@blueprint.get("/matters/<int:matter_id>/payers")
@requires("matter.edit")
def edit(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    payers = _of(matter)
    return _page(_offer(_form(_lines_for(payers), payers, matter.version), payers), matter)


@blueprint.post("/matters/<int:matter_id>/payers")
@requires("matter.edit")
def update(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    payers = _of(matter)
    form = _offer(_form(_lines_sent() or _lines_for(payers)), payers)
    status = None
    if form.validate_on_submit():
        try:
            values = {"matter_id": matter_id, "version": form.version_seen, "shares": form.shares(), "key": form.key.data}
            set_payers(db.session(), actor=current_actor(), **values)
        except Conflict as error:
            matter = load(Matter, matter_id)
            form.refuse(error)
            form.compare(_offer(_form(form.lines, _of(matter)[: form.lines], matter.version), _of(matter)))
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Payers saved")
            return redirect_after(url_for("matters.show", matter_id=matter_id))
    return _page(form, matter, status)


def _lines_sent() -> int:
    return sum(f"share_{n}" in request.form for n in range(1, MOST_PAYERS + 1))


def _page(form: PayersForm, matter: Matter, status: int | None = None) -> Response:
    page = {"page": "matters/payers.html", "fragment": "matters/_payers_form.html", "status": status or form.status}
    return render(**page, form=form, matter=matter)
