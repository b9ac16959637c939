"""Snippets: words that expand while a narrative is typed."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Snippet
from lexapp.queries.snippets import SnippetLine, snippets_of
from lexapp.services import snippets as service
from lexapp.services.snippets import LONGEST_ABBREVIATION, LONGEST_EXPANSION
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.forms import CommandForm, FlagField, NoteField, TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("snippets", __name__)
ABBREVIATION = "Write what is typed, such as ;tc."
EXPANSION = "Write what it becomes, such as: Telephone conference with"


class NewSnippetForm(CommandForm):
    abbreviation = TextField("Type", longest=LONGEST_ABBREVIATION, needed=ABBREVIATION)
    expansion = NoteField("It becomes", longest=LONGEST_EXPANSION, needed=EXPANSION)
    for_firm = FlagField("For everybody in the firm")


class SnippetForm(VersionedForm):
    abbreviation = TextField("Type", longest=LONGEST_ABBREVIATION, needed=ABBREVIATION)
    expansion = NoteField("It becomes", longest=LONGEST_EXPANSION, needed=EXPANSION)


@blueprint.get("/snippets")
@requires("time.record")
def index() -> Response:
    return _list(NewSnippetForm(None))


@blueprint.get("/snippets.json")
@requires("time.record")
def words() -> Response:
    """What a narrative field expands: abbreviation to text, one's own before the firm's. Kept by no cache."""
    found = {one.abbreviation: one.expansion for one in reversed(_mine())}
    answer = jsonify(found)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/snippets")
@requires("time.record")
def create() -> Response:
    form = NewSnippetForm()
    if form.validate_on_submit():
        try:
            said = {"abbreviation": form.abbreviation.data, "expansion": form.expansion.data, "for_firm": bool(form.for_firm.data)}
            service.add_snippet(db.session(), actor=current_actor(), key=form.key.data, **said)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{form.abbreviation.data} expands from now on")
            return redirect_after(url_for(".index"))
    return _list(form)


@blueprint.get("/snippets/<int:snippet_id>")
@requires("time.record")
def edit(snippet_id: int) -> Response:
    snippet = _load(snippet_id)
    return _form_page(SnippetForm(None, obj=snippet), snippet)


@blueprint.post("/snippets/<int:snippet_id>")
@requires("time.record")
def update(snippet_id: int) -> Response:
    form, status = SnippetForm(), None
    _load(snippet_id)
    if form.validate_on_submit():
        try:
            said = {"abbreviation": form.abbreviation.data, "expansion": form.expansion.data, "version": form.version_seen}
            service.change_snippet(db.session(), actor=current_actor(), snippet_id=snippet_id, key=form.key.data, **said)
        except Refused as error:
            form.refuse(error)
            if isinstance(error, Conflict):
                form.compare(SnippetForm(None, obj=_load(snippet_id)))
                status = 409
        else:
            toast("Snippet saved")
            return redirect_after(url_for(".index"))
    return _form_page(form, _load(snippet_id), status)


@blueprint.post("/snippets/<int:snippet_id>/removal")
@requires("time.record")
def remove(snippet_id: int) -> Response:
    snippet = _load(snippet_id)
    abbreviation = snippet.abbreviation
    service.remove_snippet(db.session(), actor=current_actor(), snippet_id=snippet_id)
    toast(f"{abbreviation} expands no more")
    return redirect_after(url_for(".index"))


def _load(snippet_id: int) -> Snippet:
    """One's own or the firm's; a colleague's is not there, and the firm's is changed by who may change its settings."""
    snippet = load(Snippet, snippet_id)
    if snippet.user_id is None and not may("settings.edit"):
        abort(403)
    return snippet if snippet.user_id in (None, current_actor().user_id) else abort(404)


def _mine() -> list[SnippetLine]:
    return snippets_of(db.session(), firm_id=current_actor().firm_id, user_id=current_actor().user_id)


def _list(form: NewSnippetForm) -> Response:
    shown = {"form": form, "rows": _mine()}
    return render(page="snippets/index.html", fragment="snippets/_list.html", status=form.status, **shown)


def _form_page(form: SnippetForm, snippet: Snippet, status: int | None = None) -> Response:
    page = {"page": "snippets/form.html", "fragment": "snippets/_snippet_form.html"}
    return render(**page, status=status or form.status, form=form, snippet=snippet)
