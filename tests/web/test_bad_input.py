"""Bad values in every field of every form, in every address and in the query of every list: refused in words, never a broken page.

Forms are found by reading the pages. All fields of a form get a bad value at once, which shows what the fields refuse; what a field
lets through is then sent alone, in a form that is otherwise in order, and meets the service and the database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

import pytest
import time_machine
from werkzeug.test import TestResponse

from lexapp.database import Base
from tests.client import MalformedHtml, check_ids, parse
from tests.web.bad_values import BY_KIND, MEGABYTE
from tests.web.pages import Control, Form, Site, filled, readable_addresses
from tests.web.routes import address, routes
from tests.web.town import Town

pytestmark = pytest.mark.timeout(900)  # hundreds of forms, one after the other: on a busy machine that is no hanging test
ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r"(?:asked_\w+|args\.get\w*)\(\"(\w+)\"")
ODD = ["-1", str(2**63), "9" * 400, "id desc; drop table matters", "%%%%_'\"\\;--\x00", "9999-12-31"]
COUNTS_TRIES = {"sessions.create": {"sign_in_attempts", "known_devices", "sessions"}} | dict.fromkeys(
    ("account.change_password", "account.renew_recovery", "account.turn_off", "account.turn_on", "account.update"),
    frozenset({"sign_in_attempts"}),
)
"""Forms that ask for a password, and the tables in which a wrong one is counted."""
NUMBERED_BY_ID = "accounts"
TYPED = ("money", "duration", "date", "text", "note", "email")
MONEY_OR_PLACE = re.compile(r"^(firm_id|role)$|_minor|rate|amount|user_id|membership_id")
SHOWS_AS_TYPED = {"settings.preview_typed"}
"""Pages of what is being typed: they show it with its faults, and keep nothing."""
VOLATILE = re.compile(
    r"(^|_)(id|at|wall|key|hash|sealed|result|payload|before|after|ids)$|^(client_key|dedupe_key|public_id|data|sha256|rate_reason)$"
)


@pytest.fixture(scope="module")
def let_through() -> dict[str, set[tuple[str, str]]]:
    """The values that fields let through: what they refuse is the same on every database, and is tried on one."""
    return {}


def test_every_field_of_every_form_refuses_in_words_what_it_cannot_take(
    town: Town, site: Site, let_through: dict[str, set[tuple[str, str]]]
):
    wrong: list[str] = []
    for form in site.forms.values():
        trial = Trial(town, form, taken=let_through.setdefault(form.endpoint, set()))
        if not trial.taken:
            trial.all_at_once()
        trial.one_by_one()
        wrong += trial.wrong
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize("engine", ["sqlite"])  # no field lets it through to a database
def test_far_too_much_text_is_refused_in_words(town: Town, site: Site):
    wrong: list[str] = []
    for form in site.forms.values():
        for one in [one for one in form.controls if one.kind in ("text", "note")][:1]:
            much = MEGABYTE if form.endpoint == "matters.create" else MEGABYTE[:50_000]
            answer = post(town, form, filled(form, town.ours) | {one.name: much})
            told = answer.status_code == 422 and (b"field-error" in answer.data or b"cell-error" in answer.data)
            shown = form.endpoint in SHOWS_AS_TYPED and answer.status_code == 200
            wrong += [] if (told or shown) and not town.watch.changed() else [f"{form.endpoint}, {one.name}: {answer.status_code}"]
            town.watch.restore()
    assert not wrong, "\n".join(wrong)


def test_columns_that_a_form_does_not_have_cannot_be_set_through_it(town: Town, site: Site):
    columns = {column.name: "777" for table in Base.metadata.tables.values() for column in table.c}
    columns |= {"firm_id": str(town.theirs.world.firm_id), "role": "owner", "is_active": "y"}
    money = {name: value for name, value in columns.items() if MONEY_OR_PLACE.search(name)}
    wrong = []
    for form in site.forms.values():
        data, own = filled(form, town.ours), {one.name for one in form.controls}
        with time_machine.travel(datetime.now(UTC), tick=False):  # what a timer measures until now is the same
            plain_rows, all_rows = kept_rows(town, form, data), kept_rows(town, form, without(columns, own) | data)
            # a column that the form knows but does not show may have been refused
            rows = all_rows or kept_rows(town, form, without(money, own) | data)
        wrong += [f"{form.endpoint}: {table}" for table in {*plain_rows, *rows} if plain_rows.get(table) != rows.get(table)]
    assert not wrong, "\n".join(wrong)


def test_addresses_take_no_ids_that_are_none(town: Town):
    wrong = []
    for route in routes(town.app):
        for name in route.id_arguments if route.access.kind != "public" else ():
            good = address(town, route, town.ours)
            template = re.sub(rf"<[^<>]*\b{name}>", "@", route.rule.rule)
            for value in ("0", "-1", str(2**63), str(2**63 - 1), "1 OR 1=1", "../", "%00"):
                url = re.sub(r"<[^<>]*>", "1", template).replace("@", quote(value, safe="%./"))
                answer = town.owner.get(url, htmx=True) if route.method == "GET" else town.owner.post(url, htmx=True)
                wrong += [] if answer.status_code in (404, 405, 308) else [f"{route.method} {url} (like {good}): {answer.status_code}"]
    wrong += town.watch.changed()
    assert not wrong, "\n".join(wrong)


def test_lists_read_what_they_can_of_an_odd_query_and_leave_the_rest(town: Town):
    wrong = []
    for url in readable_addresses(town, most=1):
        for query in odd_queries():
            answer = town.owner.get(f"{url}?{query}", htmx=True)
            if answer.status_code not in (200, 204, 303, 404, 422) and url != "/ready":
                wrong.append(f"{url}?{query[:80]}: {answer.status_code}")
    wrong += town.watch.changed()
    assert not wrong, "\n".join(wrong)


# ── one form ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Trial:
    """One form under bad values. `taken` are the values that fields let through, to be sent alone."""

    town: Town
    form: Form
    wrong: list[str] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)

    @property
    def fields(self) -> list[Control]:
        return [one for one in self.form.controls if one.kind in BY_KIND and one.name != "csrf_token"]

    def all_at_once(self) -> None:
        """Every visible field bad at the same time, as often as the longest list of values needs."""
        shown = [one for one in self.fields if one.kind not in ("hidden", "record")]  # a strange id answers 404 before the rest is read
        for turn in range(max((len(BY_KIND[one.kind]) for one in shown), default=0)):
            values = {one.name: BY_KIND[one.kind][turn % len(BY_KIND[one.kind])] for one in shown}
            refused = self.send(values, f"bad values {turn}")
            self.taken |= {(name, value) for name, value in values.items() if refused is not None and name not in refused}

    def one_by_one(self) -> None:
        """What fields let through: figures, dates, ids and hidden values alone, texts together."""
        texts: dict[int, dict[str, str]] = {}
        for one in self.fields:
            for turn, value in enumerate(BY_KIND[one.kind]):
                if one.kind in ("text", "note", "email", "password", "flag") and (one.name, value) in self.taken:
                    texts.setdefault(turn, {})[one.name] = value
                elif one.kind in ("hidden", "record") or (one.name, value) in self.taken:
                    self.send({one.name: value}, f"{one.name}={value[:40]!r}", reading=one.kind != "hidden")
        for turn, values in texts.items():
            self.send(values, f"texts {turn}")

    def send(self, values: dict[str, str], what: str, *, reading: bool = True) -> set[str] | None:
        """Post the form with these values; the names of the fields that stand beside an error, None when all was well."""
        answer = post(self.town, self.form, filled(self.form, self.town.ours) | values)
        told = f"{self.form.endpoint}, {what}: "
        refused: set[str] = set()
        if answer.status_code >= 500:
            self.wrong.append(told + str(answer.status_code))
        elif answer.status_code == 422 and reading:
            problems, refused = self._read(answer, values)
            self.wrong += [told + problem for problem in problems]
        if answer.status_code != 422 or self.town.watch.changed():
            counted = COUNTS_TRIES.get(self.form.endpoint, set())
            broken = answer.status_code >= 400 and set(self.town.watch.changed()) - counted
            self.wrong += [told + "changed rows and was refused"] if broken else []
            self.town.watch.restore()
        return refused if answer.status_code >= 400 else None

    def _read(self, answer: TestResponse, values: dict[str, str]) -> tuple[list[str], set[str]]:
        text = answer.get_data(as_text=True)
        try:
            tree = parse(text, is_page=text.lstrip()[:9].lower() == "<!doctype")
            check_ids(tree)
        except MalformedHtml as error:
            return [f"malformed answer: {error}"], set()
        found = {element.get("id", ""): element for element in tree.iter()}
        refused = {element.get("name", "") for element in tree.iter() if element.get("aria-invalid") == "true"}
        problems = [problem for element in tree.iter() if element.get("aria-invalid") for problem in unexplained(element, found)]
        if not refused and not any("notice--wrong" in element.get("class", "") for element in tree.iter()) and "field-error" not in text:
            problems.append("refused without a reason on the form")
        return problems + list(self._lost(tree, values)), refused

    def _lost(self, tree: Element, values: dict[str, str]) -> Iterator[str]:
        """Values that were typed and are not in their fields any more."""
        for one in self.fields:
            if one.name in values and one.kind in TYPED:
                now = [shown_in(element) for element in tree.iter() if element.get("name") == one.name]
                if plain(values[one.name]) not in map(plain, now):
                    yield f"{one.name} held {values[one.name][:40]!r} and now shows {now}"


def shown_in(element: Element) -> str:
    return element.get("value", "") if element.tag == "input" else "".join(element.itertext())


def unexplained(element: Element, found: dict[str, Element]) -> list[str]:
    """A refused field names the element that says why."""
    named = [found[id_] for id_ in (element.get("aria-describedby") or "").split() if id_ in found]
    says = "".join("".join(one.itertext()) for one in named).strip()
    return [] if says else [f"{element.get('name')} is refused and no text says why"]


def plain(text: str) -> str:
    """What can be compared after a way through HTML: line ends as HTML has them, and without what no HTML can hold."""
    text = unicodedata.normalize("NFC", text.replace("%ED%A0%80", " ")).replace("\x00", "\ufffd").encode(errors="replace").decode()
    return re.sub(r"[\ufffd?\s\x1b]+", " ", text).strip()


def post(town: Town, form: Form, data: dict[str, Any]) -> TestResponse:
    """As the browser sends the form; half a surrogate pair goes over the wire as it is."""
    body = urlencode(data, errors="surrogatepass", doseq=True).encode()
    return town.owner.post(form.url, body, htmx=form.htmx, content_type="application/x-www-form-urlencoded")  # type: ignore[arg-type]


def without(columns: dict[str, str], names: set[str]) -> dict[str, str]:
    return {name: value for name, value in columns.items() if name not in names}


def kept_rows(town: Town, form: Form, data: dict[str, Any]) -> dict[str, list[str]]:
    """The rows of every table that the form changes, without ids and instants."""
    post(town, form, data)
    found = {table: sorted(map(steady, town.watch.rows(table))) for table in town.watch.changed() if table != NUMBERED_BY_ID}
    town.watch.restore()
    return found


def steady(row: dict[str, object]) -> str:
    return repr({name: value for name, value in row.items() if name == "firm_id" or not VOLATILE.search(name)})


# ── queries ──────────────────────────────────────────────────────────────────────────────────────


def odd_queries() -> Iterator[str]:
    """Every name that the source reads from a query, with one bad value at a time; and a thousand that it does not."""
    sources = [path.read_text() for folder in ("blueprints", "web") for path in (ROOT / "lexapp" / folder).rglob("*.py")]
    names = sorted({name for text in sources for name in ASKED.findall(text)} | {"sort", "page", "q", "per_page", "size"})
    for value in ODD:
        yield urlencode(dict.fromkeys(names, value))
    yield urlencode([(name, value) for name in names for value in ("1", "2")])
    yield "&".join([f"{name}=%ED%A0%80" for name in names] + [f"x{n}=1" for n in range(1_000)])
