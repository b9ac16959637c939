"""The pages of expenses and of fixed fees: the same lists, forms and answers over other queries and other commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.queries.expense_entries import CostLine, CostTotals
from lexapp.queries.timers import matter_option
from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import VersionedForm, today
from lexapp.web.forms import sent_version
from lexapp.web.htmx import fragments, redirect_after, render, toast, wants_fragment
from lexapp.web.lists import asked_id, list_stands_at, page_of
from lexapp.web.matter_page import tabs_of_matter
from lexapp.web.paths import came_from
from lexapp.web.time_lists import COST_STATUSES, PERIODS, Asked, asked_time, kept_filters


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPages:
    """One kind of cost: who may see its list (`see`) and change it (`permission`), its form, queries and commands.

    `record`, `edit`, `discard` and `restore` are its commands; `facts` reads the form as the first two take it, `shown` fills the form.
    """

    blueprint: str
    noun: str
    see: str
    permission: str
    form: type[VersionedForm]
    line: Callable[..., CostLine | None]
    lines: Callable[..., list[CostLine]]
    totals: Callable[..., CostTotals]
    facts: Callable[[Any], dict[str, Any]]
    shown: Callable[[CostLine], dict[str, Any]]
    record: Callable[..., Any]
    edit: Callable[..., Any]
    discard: Callable[..., Any]
    restore: Callable[..., Any]
    statuses: Sequence[tuple[str, str]] = COST_STATUSES
    vendors: Callable[[], Sequence[tuple[int, str]]] = tuple
    categories: Callable[[], Sequence[tuple[int, str]]] = tuple

    @property
    def ids(self) -> str:
        """What the ids of the fields and rows begin with: `expense`, `fee`."""
        return self.noun.rpartition(" ")[2]

    @property
    def plural(self) -> str:
        return f"{self.noun}s"

    def url(self, view: str, **values: Any) -> str:
        """The address of one of the blueprint's views."""
        return url_for(f"{self.blueprint}.{view}", **values)

    def index(self) -> Response:
        return render(page="costs/index.html", fragment="costs/_list.html", **self._list())

    def new(self) -> Response:
        form = self.form(None, ids=self.ids)
        form["matter_id"].data = asked_id("matter")
        return self._page(form)

    def create(self) -> Response:
        form = self.form(ids=self.ids)
        if form.validate():
            try:
                entry = self.record(db.session(), actor=current_actor(), **self.facts(form), key=form.key.data)
            except Refused as error:
                form.refuse(error)
            else:
                toast(f"{self.noun.capitalize()} recorded", undo=self.url("discard", entry_id=entry.id, version=entry.version))
                return redirect_after(self.url("index", **kept_filters()))
        return self._page(form, status=422)

    def open(self, entry_id: int) -> Response:
        entry = self._load(entry_id)
        names = ("matter_id", "billing_status", "description", "version")
        values = {name: getattr(entry, name) for name in names} | self.shown(entry)
        return self._page(self.form(None, ids=self.ids, data=values), entry=entry)

    def update(self, entry_id: int) -> Response:
        self._load(entry_id)
        form, status = self.form(ids=self.ids), 422
        if form.validate():
            try:
                values = {"version": form.shown_version, **self.facts(form), "key": form.key.data}
                self.edit(db.session(), actor=current_actor(), entry_id=entry_id, **values)
            except Refused as error:
                form.refuse(error)
                status = 409 if isinstance(error, Conflict) else 422
            else:
                toast(f"{self.noun.capitalize()} saved")
                return redirect_after(self.url("index", **kept_filters()))
        return self._page(form, entry=self._load(entry_id), status=status)

    def take_out(self, entry_id: int) -> Response:
        self._load(entry_id)
        entry = self.discard(db.session(), actor=current_actor(), entry_id=entry_id, version=sent_version())
        toast(f"{self.noun.capitalize()} discarded", undo=self.url("restore", entry_id=entry_id, version=entry.version))
        return self._after()

    def bring_back(self, entry_id: int) -> Response:
        self._load(entry_id)
        self.restore(db.session(), actor=current_actor(), entry_id=entry_id, version=sent_version())
        toast(f"{self.noun.capitalize()} is back")
        return self._after()

    def listed(self, asked: Asked) -> dict[str, Any]:
        """What `costs/_list.html` shows. Two queries."""
        mine = {"actor": current_actor(), "currency": current_user.currency, "chosen": asked.chosen}
        totals = self.totals(db.session(), **mine)
        page = page_of(totals.count)
        lines = self.lines(db.session(), **mine, limit=page.limit, offset=page.offset)
        found = {"costs": self, "asked": asked, "totals": totals, "shown": page, "lines": lines, "kept": kept_filters()}
        return found | {"periods": PERIODS, "statuses": self.statuses}

    def _list(self) -> dict[str, Any]:
        asked = asked_time(today(), default_period="year", statuses=self.statuses)
        chosen = asked.chosen.matter_id
        matter = matter_option(db.session(), firm_id=current_actor().firm_id, matter_id=chosen) if chosen else None
        return self.listed(asked) | {"matter": matter}

    def _after(self) -> Response:
        if not wants_fragment():
            return redirect_after(came_from(self.url("index")))
        list_stands_at(self.url("index"))
        tabs = tabs_of_matter("matters.expenses")
        shown = ("matters/_tabs.html",) if tabs else ()
        return fragments("costs/_list.html", *shown, otherwise=self.url("index"), **self._list() | tabs)

    def _page(self, form: VersionedForm, *, entry: CostLine | None = None, status: int = 200) -> Response:
        if status == 409 and entry:
            form.version.data, form.version.raw_data = str(entry.version), None
        found = {"costs": self, "form": form, "entry": entry, "kept": kept_filters()}
        return render(page="costs/form.html", fragment="costs/_form.html", status=status, **found)

    def _load(self, entry_id: int) -> CostLine:
        return self.line(db.session(), actor=current_actor(), currency=current_user.currency, entry_id=entry_id) or abort(404)


def cost_blueprint(pages: CostPages, path: str) -> Blueprint:
    """The routes of one kind of cost below `path`."""
    made, one = Blueprint(pages.blueprint, __name__), f"{path}/<int:entry_id>"
    routes: tuple[tuple[str, str, str, Callable[..., Response]], ...] = (
        ("GET", path, "index", pages.index),
        ("GET", f"{path}/new", "new", pages.new),
        ("POST", path, "create", pages.create),
        ("GET", one, "edit", pages.open),
        ("POST", one, "update", pages.update),
        ("POST", f"{one}/discard", "discard", pages.take_out),
        ("POST", f"{one}/restoration", "restore", pages.bring_back),
    )
    for method, rule, name, answer in routes:
        permission = pages.see if name == "index" else pages.permission
        made.add_url_rule(rule, name, requires(permission)(_view(answer)), methods=[method])
    return made


def _view(answer: Callable[..., Response]) -> Callable[..., Response]:
    return lambda **ids: answer(**ids)
