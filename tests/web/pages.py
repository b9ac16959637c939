"""Forms as a browser sees them: found in the pages of the application, filled in, sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.client import MalformedHtml, check_ids, check_references, parse
from tests.factories import local_today
from tests.web.recipes import FILLED, INSTEAD, RECIPES
from tests.web.routes import address, ids_on_pages, routes, table_of
from tests.web.town import SeededFirm, Town

TAGS = ("input", "select", "textarea", "button")
SCRIPTED = "/"  # the address of a form that a behaviour fills in: the undo of a toast
SIGN_IN = "/sign-in"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
MOST_RECORDS = 8  # of a kind are looked at: in different states they show different forms


@dataclass(frozen=True)
class Control:
    """One named control of a form, with what it holds."""

    name: str
    kind: str
    id: str
    value: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form that posts to one endpoint."""

    endpoint: str
    url: str
    controls: tuple[Control, ...]
    page: str
    htmx: bool  # whether htmx sends it, and is answered with a fragment

    def held(self) -> dict[str, str]:
        """What the browser would send if nobody typed anything: an unticked box is left out."""
        kept = [one for one in self.controls if one.name != "csrf_token" and (one.kind not in ("flag", "radio", "button") or one.value)]
        return {one.name: one.value for one in kept if one.kind != "button"}


@dataclass
class Site:
    """Every page that the owner can read, every form that stands on one (by the endpoint it posts to), and what is wrong with them.

    `ids` are those of the firm's records, which stand in the forms.
    """

    ids: dict[str, list[int]]
    found: dict[str, list[Form]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def crawl(town: Town) -> Site:
    """Read every page with ids of our own firm. An endpoint with several forms is represented by one that is accepted."""
    site = Site(ids_on_pages(town))
    for url, answer in _answers(town, site):
        if answer.mimetype == "text/html" and answer.status_code == 200:
            _read(town, site, url, answer.get_data(as_text=True))
    site.forms = {endpoint: accepted(town, forms) for endpoint, forms in site.found.items()}
    return site


def answers_alike(town: Town, known: Site) -> Site:
    """The site of a town whose records are those of another that is known: the same pages, all read anew, with the same forms."""
    site = Site(known.ids, known.found, known.forms)
    for url, answer in _answers(town, site):
        if answer.mimetype == "text/html" and answer.status_code == 200:
            site.pages.append(url)
    return site


def _answers(town: Town, site: Site) -> Iterator[tuple[str, TestResponse]]:
    for url in [*readable_addresses(town), *pages_asked_for(town), SIGN_IN]:
        answer = (town.stranger if url == SIGN_IN else town.owner).get(url)
        if answer.status_code >= 500 and url != "/ready":
            site.wrong.append(f"{url} answers {answer.status_code}")
        yield url, answer


def pages_asked_for(town: Town) -> list[str]:
    """Pages that show their form only when the query says for what."""
    asked = [("/payments/new?payer_id=", "clients"), ("/time/changes?ids=", "time_entries"), ("/invoices/new?ids=", "pre_bills")]
    asked += [("/guidelines/new?client=", "clients"), ("/tax-exemptions?client=", "clients"), ("/tax-exemptions/new?client=", "clients")]
    return ["/timers/idle?since=2400&until=300", *(f"{path}{id_}" for path, table in asked for id_ in town.ours.ids[table][:MOST_RECORDS])]


def accepted(town: Town, forms: list[Form]) -> Form:
    """The first of the forms that goes through when it is filled in: in another state of the record it might not."""
    for form in sorted(forms, key=lambda one: -len(one.controls)):
        status = town.owner.post(form.url, filled(form, town.ours)).status_code
        town.watch.restore()
        if status < 400:
            return form
    return forms[0]


def _read(town: Town, site: Site, url: str, html: str) -> None:
    try:
        tree = parse(html, is_page=html.lstrip()[:9].lower() == "<!doctype")
        check_ids(tree)
        if tree.tag == "html":
            check_references(tree)
    except MalformedHtml as error:
        site.wrong.append(f"{url}: {error}")
        return
    site.pages.append(url)
    for form in forms_of(town, url, tree):
        if form.url not in {known.url for known in site.found.setdefault(form.endpoint, [])} or form.controls:
            site.found[form.endpoint].append(form)


def readable_addresses(town: Town, *, most: int = MOST_RECORDS) -> list[str]:
    """An address for every GET route and record (so many of a kind), without repetitions."""
    found: dict[str, None] = {}
    for route in routes(town.app):
        if route.method != "GET" or route.endpoint in ("static", "stylesheet", "script"):
            continue
        for pick in range(most):
            found[address(town, route, town.ours, pick)] = None
    return list(found)


def forms_of(town: Town, page: str, tree: Element) -> Iterator[Form]:
    """The forms of a page and the buttons that post without one."""
    for element in tree.iter("form"):
        if element.get("method", "get").lower() == "post" or element.get("hx-post"):
            action = element.get("action") or element.get("hx-post") or page
            yield from _form(town, page, action, _controls(tree, element), htmx=bool(element.get("hx-post")))
        outside = [one for one in tree.iter("button") if one.get("form") and one.get("form") == element.get("id")]
        for button in [*element.iter("button"), *outside]:
            if button.get("formaction") and button.get("formmethod", "post").lower() == "post":
                yield from _form(town, page, button.get("formaction", ""), _pressed(button, _controls(tree, element)), htmx=False)
    for element in tree.iter():
        if element.tag != "form" and element.get("hx-post"):
            yield from _form(town, page, element.get("hx-post", ""), (), htmx=True)


def _form(town: Town, page: str, action: str, controls: tuple[Control, ...], *, htmx: bool) -> Iterator[Form]:
    if action == SCRIPTED:
        return
    try:
        endpoint, _ = town.app.url_map.bind("localhost").match(urlsplit(action).path, method="POST")
    except HTTPException as error:
        raise AssertionError(f"{page} has a form that posts to {action}, which answers {error}") from error
    yield Form(endpoint, action, controls, page, htmx)


def _pressed(button: Element, controls: tuple[Control, ...]) -> tuple[Control, ...]:
    """What a form sends when this button of it is pressed: of the buttons, only this one's value."""
    name = button.get("name", "")
    others = tuple(one for one in controls if one.kind != "button" and one.name != name)
    return (*others, Control(name, "hidden", "", button.get("value", ""), ())) if name else others


def _controls(tree: Element, form: Element) -> tuple[Control, ...]:
    outside = [one for one in tree.iter() if one.get("form") and one.get("form") == form.get("id")]
    inside = [one for one in form.iter() if not one.get("form")]
    named = [one for one in [*inside, *outside] if one.get("name") and one.tag in TAGS]
    radios = {
        one.get("name", ""): [other for other in named if other.get("name") == one.get("name")] for one in named if _kind(one) == "radio"
    }
    return (*(_control(one) for one in named if _kind(one) != "radio"), *(_radios(name, buttons) for name, buttons in radios.items()))


def _radios(name: str, buttons: list[Element]) -> Control:
    ticked = [one.get("value", "") for one in buttons if one.get("checked") is not None]
    return Control(name, "radio", buttons[0].get("id", ""), (ticked or [""])[0], tuple(one.get("value", "") for one in buttons))


def _control(element: Element) -> Control:
    options = tuple(str(one.get("value") or "") for one in element.iter("option"))
    if element.get("type") == "checkbox":
        options = (element.get("value", "on"),)
    chosen = [str(one.get("value") or "") for one in element.iter("option") if one.get("selected") is not None]
    value = {"select": (chosen or list(options) or [""])[0], "textarea": "".join(element.itertext()).removeprefix("\n")}
    return Control(
        name=element.get("name", ""),
        kind=_kind(element),
        id=element.get("id", ""),
        value=value.get(element.tag, _input_value(element)),
        options=options,
    )


def _input_value(element: Element) -> str:
    if element.get("type") == "checkbox" and element.get("checked") is None:
        return ""
    return element.get("value", "on" if element.get("type") == "checkbox" else "")


def _kind(element: Element) -> str:
    """money, duration, date, email, password, text, note, choice, record, radio, flag, hidden or button."""
    if element.tag in ("textarea", "button"):
        return {"textarea": "note", "button": "button"}[element.tag]
    if element.tag == "select":
        return "record" if element.get("data-combobox") or element.get("name", "").endswith("_id") else "choice"
    typed = element.get("type", "text")
    shown = {
        "checkbox": "flag",
        "radio": "radio",
        "hidden": "hidden",
        "email": "email",
        "password": "password",
        "file": "file",
        "submit": "button",
    }
    return element.get("data-reads") or shown.get(typed, "text")


# ── filling in ───────────────────────────────────────────────────────────────────────────────────


def filled(form: Form, firm: SeededFirm) -> dict[str, Any]:
    """What the form holds, with every empty control filled by its kind, so that it would be accepted."""
    found = {one.name: _filling(form, one, firm) for one in form.controls if one.kind != "button" and not one.value}
    unticked = {one.name for one in form.controls if one.kind == "flag" and not found.get(one.name, "x")}
    held = form.held() | INSTEAD.get(form.endpoint, {})
    return {name: value for name, value in (held | found).items() if name not in unticked}


def _filling(form: Form, one: Control, firm: SeededFirm) -> Any:
    if (form.endpoint, one.name) in RECIPES:
        return RECIPES[form.endpoint, one.name]
    if one.kind == "flag":
        return one.options[0] if one.options[0].isdigit() else ""
    if one.kind == "date":
        return local_today().isoformat()
    if one.kind == "file":
        return BytesIO(DRAWING), "drawing.svg"
    table = id_table(form.endpoint, one.name)
    if one.kind in ("record", "hidden", "flag") and table:
        return str(firm.first(table)) if one.kind == "record" else one.value
    if one.options:
        return next((option for option in one.options if option), "")
    return FILLED.get(one.kind, "")


def id_table(endpoint: str, name: str) -> str | None:
    """The table whose ids a field takes: by its name, `matter_id` or `matter_ids`."""
    return table_of(endpoint, name) or table_of(endpoint, name.removesuffix("s")) or table_of(endpoint, f"{name}_id")


__all__ = ["Control", "Form", "Site", "crawl", "filled", "forms_of", "id_table", "readable_addresses"]
