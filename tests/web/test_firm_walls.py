"""Every route of the application, walked: what it does with ids of another firm, for every role, for strangers, and on reading.

The routes come from the URL map, so that a new one is walked without a line being written here. Each test collects what it finds
wrong and names it all at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from tests.web.pages import Form, Site, filled, id_table, readable_addresses
from tests.web.routes import TABLES, Route, address, routes, value_of
from tests.web.town import MARK, Town
from tests.web.visitor import Visitor

pytestmark = pytest.mark.timeout(900)  # hundreds of forms, one after the other: on a busy machine that is no hanging test
ROOT = Path(__file__).resolve().parents[2]
# A query parameter that lists and forms read as the id of a record.
ASKED_ID = re.compile(r"asked_ids?\(\"(\w+)\"\)|args\.get(?:list)?\(\"(\w*_ids?)\"")
# Reached by the undo of a toast, not from a page.
UNDONE = {
    "tasks.restore",
    "contacts.restore",
    "expenses.restore",
    "fixed_fees.restore",
    "recurring_entries.unskip",
    "time.restore",
    "time_changes.take_back",
    "timers.restore",
}
# A held line, an invoice that was never printed, a credit note whose PDF failed, a firm with a logo, and an installation without a firm
# would show these. So would a mailed link, one-time codes, somebody who left, and two devices that wrote at once.
RARE = {
    "account.renew_recovery",
    "client_invoices.ask",
    "credit_notes.make_document",
    "invitations.accept",
    "invoices.print_document",
    "people.reactivate",
    "pre_bills.take_back",
    "sessions.give_code",
    "set_up.create",
    "settings.take_logo_away",
    "timer_tray.take_other",
}
# The page itself sends these.
SCRIPTED = {"drafts.save", "drafts.remove", "search.visit", "timer_sync.sync"}
# The seeded people sign in without a password; no link was mailed with the token of the address; a code holds for half a minute.
NOT_ACCEPTED = {"account.turn_on", "fee_agreements.attach", "mail_servers.try_out", "password_resets.update", "sessions.create"}
# Public, and nothing without a session to go on with: these lead to the sign-in.
SIGNING_IN = ("sessions.ask_code", "sessions.choose", "sessions.end_own", "sessions.firms", "sessions.give_code")
WITHOUT_TOKEN = {"health.csp_report"}  # browsers tell of themselves; it moves a counter and nothing else
PUBLIC = {
    "client_invoices.ask",
    "client_invoices.logo",
    "client_invoices.pdf",
    "client_invoices.show",
    "health.alive",
    "health.csp_report",
    "health.metrics",
    "invitations.accept",
    "invitations.show",
    "phone.index",
    "phone.manifest",
    "phone.worker",
    "password_resets.create",
    "password_resets.edit",
    "password_resets.new",
    "password_resets.sent",
    "password_resets.update",
    "health.ready",
    "sessions.ask_code",
    "sessions.choose",
    "sessions.create",
    "sessions.end_own",
    "sessions.firms",
    "sessions.give_code",
    "sessions.new",
    "set_up.create",
    "set_up.index",
    "static",
    "script",
    "stylesheet",
}


def test_both_firms_have_a_record_of_every_kind(town: Town):
    empty = [table for firm in (town.ours, town.theirs) for table, ids in firm.ids.items() if not ids]
    assert empty == [], "seed these in tests/two_firms.py"


def test_ids_of_another_firm_in_an_address_are_ids_that_do_not_exist(town: Town):
    wrong = [problem for route in walled_routes(town) for url in foreign_addresses(town, route) for problem in refused(town, route, url)]
    assert not wrong, listed(wrong)


def test_every_form_is_accepted_as_the_other_tests_fill_it_in(town: Town, site: Site):
    wrong = []
    for form in site.forms.values():
        data = filled(form, town.ours)
        status = town.owner.post(form.url, data).status_code
        town.watch.restore()
        wrong += [f"{form.endpoint} from {form.page}: {status} for {data}"] if status >= 400 and form.endpoint not in NOT_ACCEPTED else []
    assert not wrong, "add what these need to RECIPES in tests/web/recipes.py:\n" + listed(wrong)


def test_every_address_that_takes_a_form_has_one_on_a_page(town: Town, site: Site):
    taking = {route.endpoint for route in routes(town.app) if route.method == "POST"}
    assert taking - set(site.forms) == UNDONE | RARE | SCRIPTED | WITHOUT_TOKEN


def test_ids_of_another_firm_in_a_form_are_refused_and_change_nothing(town: Town, site: Site):
    wrong = []
    for form in site.forms.values():
        for name, table in id_fields(form):
            data = filled(form, town.ours) | {name: str(town.theirs.first(table))}
            wrong += unharmed(town, f"POST {form.url} with {name} of another firm", form.url, data)
    assert not wrong, listed(wrong)


def test_ids_of_another_firm_in_a_query_show_nothing_of_it(town: Town):
    names = {**TABLES, **{name: f"{name}s" for name in asked_ids()}}
    foreign = {name: town.theirs.first(table) for name, table in names.items() if table in town.theirs.ids}
    wrong = []
    for url in readable_addresses(town):
        answer = town.owner.get(url, query_string=foreign)
        wrong += [f"{url}?… shows another firm"] if MARK in answer.get_data(as_text=True) else []
        wrong += [f"{url}?… answers {answer.status_code}"] if answer.status_code >= 500 and url != "/ready" else []
    wrong += town.watch.changed()
    assert not wrong, listed(wrong)


def test_a_link_of_which_a_letter_was_changed_opens_nothing(town: Town):
    wrong = []
    for route in routes(town.app):
        if "signed" in route.rule.arguments:
            url = address(town, route, town.theirs)
            answer = getattr(town.stranger, route.method.lower())(url.replace("/i/I", "/i/J"))
            wrong += [f"{url} answers {answer.status_code}"] if answer.status_code != 404 else []
    wrong += town.watch.changed()
    assert not wrong, listed(wrong)


def test_every_page_can_be_read_and_reading_changes_nothing(town: Town, site: Site):
    assert not site.wrong, listed(site.wrong)
    assert town.watch.changed() == []


def test_nothing_is_posted_without_the_token_of_the_page(town: Town):
    wrong = []
    for route in routes(town.app):
        if route.method == "GET" or route.endpoint in WITHOUT_TOKEN:
            continue
        url = address(town, route, town.ours)
        answer = town.owner.post(url, csrf=False)
        told = "This page is out of date" in answer.get_data(as_text=True)
        wrong += [] if answer.status_code == 400 and told and not town.watch.changed() else [f"{route}: {answer.status_code}"]
        town.watch.restore()
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_call_exactly_what_the_table_of_permissions_says(town: Town, role: Role):
    """Who is stopped is decided from the role and the route, before a view asks the database anything: one engine says it for both."""
    wrong, member = [], town.member(role)
    for route in routes(town.app):
        if route.access.kind == "public":
            continue
        needed = route.access.permission
        allowed = needed is None or needed in ROLE_PERMISSIONS[role]
        answer = send(town, member, route)
        town.watch.restore()
        stopped = answer.status_code == 403 and f"It needs the permission “{needed}”" in answer.get_data(as_text=True)
        if stopped == allowed:
            wrong.append(f"{role.value} at {route}, which needs {needed}: {answer.status_code}")
    assert not wrong, listed(wrong)


def test_strangers_are_asked_to_sign_in_but_for_the_public_routes(town: Town):
    wrong = []
    for route in routes(town.app):
        url = address(town, route, town.ours)
        answer = town.stranger.get(url) if route.method == "GET" else town.stranger.post(url)
        asked = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
        if (route.endpoint in PUBLIC) == (asked and route.endpoint not in SIGNING_IN):
            wrong.append(f"{route}: {answer.status_code}")
    wrong += town.watch.changed()
    assert not wrong, listed(wrong)


def test_the_public_routes_are_the_ones_listed_here(town: Town):
    assert {route.endpoint for route in routes(town.app) if route.access.kind == "public"} == PUBLIC


# ── how they are walked ──────────────────────────────────────────────────────────────────────────


def walled_routes(town: Town) -> list[Route]:
    return [route for route in routes(town.app) if route.id_arguments and route.access.kind != "public"]


def foreign_addresses(town: Town, route: Route) -> Iterator[str]:
    """The route's address with one id after the other taken from the other firm, and with all of them."""
    for name in route.id_arguments:
        values = {each: value_of(town, route, each, town.theirs if each == name else town.ours) for each in route.rule.arguments}
        built = route.rule.build(values)
        assert built is not None
        yield built[1]
    if len(route.id_arguments) > 1:
        yield address(town, route, town.theirs)


def refused(town: Town, route: Route, url: str) -> list[str]:
    """What is wrong with the answer to a foreign id: it has to be 404, show nothing and change nothing."""
    answer = town.owner.get(url) if route.method == "GET" else town.owner.post(url)
    changed = town.watch.changed()
    town.watch.restore()
    shown = MARK in answer.get_data(as_text=True)
    fine = answer.status_code == 404 and not changed and not shown
    return [] if fine else [described(f"{route.method} {url}", answer.status_code, changed, shown=shown)]


def unharmed(town: Town, what: str, url: str, data: dict[str, Any]) -> list[str]:
    """What is wrong with the answer to a form: it has to be refused with a sentence, show nothing and change nothing."""
    answer = town.owner.post(url, data)
    changed = town.watch.changed()
    town.watch.restore()
    text = answer.get_data(as_text=True)
    shown = MARK in text
    told = answer.status_code == 404 or 'class="field-error"' in text or 'class="notice notice--wrong"' in text or "<p>" in text
    fine = answer.status_code in (404, 422) and told and not changed and not shown
    return [] if fine else [described(what, answer.status_code, changed, shown=shown)]


def listed(wrong: list[str]) -> str:
    return "\n".join(wrong)


def described(what: str, status: int, changed: list[str], *, shown: bool) -> str:
    return f"{what}: {status}, " + "shows the other firm, " * shown + f"changed {changed or 'nothing'}"


def id_fields(form: Form) -> list[tuple[str, str]]:
    """The fields of a form that take the id of a record, with the table."""
    found = [(one.name, id_table(form.endpoint, one.name)) for one in form.controls if one.kind in ("record", "hidden", "flag")]
    return [(name, table) for name, table in found if table]


def asked_ids() -> set[str]:
    """The names of query parameters that the source reads as ids."""
    sources = [path.read_text() for folder in ("blueprints", "web") for path in (ROOT / "lexapp" / folder).rglob("*.py")]
    return {first or second for text in sources for first, second in ASKED_ID.findall(text)}


def send(town: Town, visitor: Visitor, route: Route) -> TestResponse:
    url = address(town, route, town.ours)
    return visitor.get(url) if route.method == "GET" else visitor.post(url)
