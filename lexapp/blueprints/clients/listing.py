"""The list of clients, and the options of a field that searches for one."""

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.queries.clients import COLUMNS, client_options, client_rows, count_clients
from lexapp.web.access import current_actor, requires
from lexapp.web.htmx import render
from lexapp.web.lists import asked_choice, asked_order, asked_text, page_of, search_words
from lexapp.web.standing import shown_figures

blueprint = Blueprint("clients", __name__)


@blueprint.get("/clients")
@requires("client.view")
def index() -> Response:
    firm_id, words = current_actor().firm_id, search_words(asked_text())
    archived = asked_choice("show", ("archived",)) == "archived"
    order = asked_order(COLUMNS, "name")
    page = page_of(count_clients(db.session(), firm_id=firm_id, words=words, archived=archived))
    rows = client_rows(
        db.session(),
        firm_id=firm_id,
        shown=shown_figures(),
        words=words,
        archived=archived,
        column=order.column,
        descending=order.descending,
        limit=page.limit,
        offset=page.offset,
    )
    context = {"rows": rows, "pages": page, "order": order, "q": asked_text(), "archived": archived, "shown": shown_figures()}
    return render(page="clients/index.html", fragment="clients/_client_list.html", **context)


@blueprint.get("/clients/options")
@requires("client.view")
def options() -> Response:
    found = client_options(db.session(), firm_id=current_actor().firm_id, words=search_words(asked_text()))
    return render(page="clients/_client_options.html", clients=found)
