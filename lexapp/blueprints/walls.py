"""The wall of a matter: who may see it."""

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Matter
from lexapp.queries.admissions import WallMember, wall_members
from lexapp.services.walls import lift_wall, wall_matter
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import RecordsField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("walls", __name__)


class WallForm(VersionedForm):
    membership_ids = RecordsField("Who may see it")

    def describe(self, people: list[WallMember]) -> list[tuple[int, str, str, bool]]:
        """Everybody for the `checks` macro."""
        return [(one.membership_id, one.name, _why(one), one.sees_all) for one in people]


def _why(one: WallMember) -> str:
    if one.sees_all:
        return f"{one.role.label.capitalize()}: sees every matter, walled off or not"
    return one.role.label.capitalize() + (", works on this matter" if one.has_part else "")


def _filled(matter: Matter, people: list[WallMember]) -> WallForm:
    """Who is admitted; before there is a wall, those who have a part in the matter."""
    chosen = [one for one in people if (one.is_admitted if matter.is_walled else one.has_part) and not one.sees_all]
    return WallForm(None, data={"version": str(matter.version), "membership_ids": [one.membership_id for one in chosen]})


@blueprint.get("/matters/<int:matter_id>/wall")
@requires("matter.wall")
def edit(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    people = wall_members(db.session(), matter=matter)
    return _page(_filled(matter, people), matter, people)


@blueprint.post("/matters/<int:matter_id>/wall")
@requires("matter.wall")
def update(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    form, status = WallForm(), None
    if form.validate_on_submit():
        chosen = {"membership_ids": form.membership_ids.data, "version": form.version_seen, "key": form.key.data}
        try:
            wall_matter(db.session(), actor=current_actor(), matter_id=matter_id, **chosen)
        except Conflict as error:
            form.refuse(error)
            matter = load(Matter, matter_id)
            form.version.data, status = str(matter.version), 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Wall saved")
            return redirect_after(url_for("matters.show", matter_id=matter_id))
    return _page(form, matter, wall_members(db.session(), matter=matter), status)


@blueprint.post("/matters/<int:matter_id>/wall/removal")
@requires("matter.wall")
def lift(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    lift_wall(db.session(), actor=current_actor(), matter_id=matter.id)
    toast("Wall taken down")
    return redirect_after(url_for("matters.show", matter_id=matter_id))


def _page(form: WallForm, matter: Matter, people: list[WallMember], status: int | None = None) -> Response:
    page = {"page": "walls/edit.html", "fragment": "walls/_wall_form.html", "status": status or form.status}
    return render(**page, form=form, matter=matter, options=form.describe(people))
