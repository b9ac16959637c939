"""The list of matters, and the answers of a search field."""

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.domain.lifecycles import MATTER
from lexapp.models import Client
from lexapp.queries.matters import COLUMNS, MatterFilter, count_matters, matter_options, matter_rows, practice_areas
from lexapp.queries.timekeepers import timekeeper_choices
from lexapp.web.access import current_actor, load, requires
from lexapp.web.htmx import render
from lexapp.web.lists import asked_choice, asked_id, asked_order, asked_text, page_of, search_words
from lexapp.web.standing import shown_figures

blueprint = Blueprint("matters", __name__)


@blueprint.get("/matters")
@requires("matter.view")
def index() -> Response:
    session, firm_id = db.session(), current_actor().firm_id
    order, shown = asked_order(COLUMNS, "-number"), shown_figures()
    wanted = MatterFilter(
        words=search_words(asked_text()),
        status=asked_choice("status", MATTER.states),
        responsible_id=asked_id("responsible"),
        practice_area_id=asked_id("practice"),
        client_id=asked_id("client"),
    )
    page = page_of(count_matters(session, firm_id=firm_id, wanted=wanted))
    part = {"column": order.column, "descending": order.descending, "limit": page.limit, "offset": page.offset}
    rows = matter_rows(session, firm_id=firm_id, wanted=wanted, shown=shown, **part)
    choices = {"people": timekeeper_choices(session, firm_id=firm_id), "areas": practice_areas(session, firm_id=firm_id)}
    client = load(Client, wanted.client_id) if wanted.client_id else None
    context = {"rows": rows, "pages": page, "order": order, "wanted": wanted, "q": asked_text(), "shown": shown, "client": client}
    return render(page="matters/index.html", fragment="matters/_matter_list.html", **context, **choices)


@blueprint.get("/matters/options")
@requires("matter.view")
def options() -> Response:
    actor, only_open = current_actor(), asked_choice("for", ("time",)) == "time"
    keys = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id, "only_open": only_open}
    found = matter_options(db.session(), words=search_words(asked_text()), **keys)
    return render(page="matters/_matter_options.html", matters=found)
