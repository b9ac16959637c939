"""A walled-off matter, looked for everywhere by people who are not admitted to it.

The town is read before the matter is there and again behind its wall: every page has to say what it said before, so that neither a name
nor an amount in a total can tell. The addresses come from the URL map, so that a new screen is walked without a line being written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.domain.money import Money
from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from lexapp.models import Client, Invoice, Matter
from lexapp.services import payments, trust
from lexapp.services.walls import wall_matter
from tests import billing
from tests.databases import SqliteDatabase
from tests.factories import World, local_today, make_client, make_matter, make_rate
from tests.two_firms import ids_of
from tests.web.pages import readable_addresses
from tests.web.routes import routes, table_of, value_of
from tests.web.town import Town

SECRET = "Quokka"
SHUT_OUT = [role for role in Role if "matter.view" in ROLE_PERMISSIONS[role] and "matter.see_walled" not in ROLE_PERMISSIONS[role]]
SEE_ALL = [role for role in Role if "matter.see_walled" in ROLE_PERMISSIONS[role]]
# What differs from one reading to the next: tokens and keys, clocks, and drawings of the time of day.
CLOCK, DRAWING, TOLD = r"\b\d+:\d\d(:\d\d)?\b|minutes=\d+", "<svg.*?</svg>", '"(?:csrf|now)":"[^"]*"'
PASSING = re.compile(rf'(value|content)="[^"]{{30,}}"|{TOLD}|X-CSRFToken[^}}]*|{CLOCK}|data-[a-z-]+="[^"]*"|{DRAWING}', re.DOTALL)
SEARCHES = ("/search", "/time/matter-options", "/matters/options", "/clients/options")
ASKED = (*SEARCHES, "/matters", "/clients", "/time", "/invoices", "/payments")
ANEW = ("/account/codes", "/drafts/token", "/metrics", "/changes")  # made anew at every look; tests/events walks the changes
# Tables whose rows belong to no matter, although the secret one made some.
OF_NOBODY = {"sessions", "memberships", "journal_entries", "billing_runs", "timekeepers", "bank_accounts", "practice_areas"}


class Secret:
    """The walled town: what was read before, the matters behind the wall, and the ids of all that hangs on them."""

    def __init__(self, town: Town) -> None:
        self.town = town
        session, world = town.session, town.ours.world
        self.pages = [page for page in readable_addresses(town, most=2) if page not in ANEW]
        self.pages += [f"{page}?q={word}" for page in ASKED for word in (SECRET, "think", "divorce")]
        self.before = {role: self.read(role) for role in SHUT_OUT}
        known = session.scalars(select(Client).where(Client.firm_id == world.firm_id).order_by(Client.id)).first()
        assert known is not None
        clients = [make_client(session, world.owner, f"{SECRET} Holdings"), known]
        self.matters = [make_secret(session, world, client) for client in clients]
        now = ids_of(session, world.firm_id)
        self.ids = {table: [id_ for id_ in now[table] if id_ not in town.ours.ids[table]] for table in now}

    def read(self, role: Role) -> dict[str, str]:
        """Every page that the role may read, without what passes."""
        visitor = self.town.member(role)
        answers = {page: visitor.get(page) for page in self.pages}
        return {page: PASSING.sub("", text_of(answer)) for page, answer in answers.items() if answer.status_code == 200}


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True) if answer.mimetype.startswith(("text/", "application/json")) else ""


def make_secret(session: Session, world: World, client: Client) -> Matter:
    """A matter with work, an invoice, a pre-bill, trust money and a payment; behind a wall in the end."""
    matter = make_matter(session, world.owner, client, f"{SECRET} divorce")
    make_rate(session, world.owner, "matter", 61_700, matter_id=matter.id, name=f"{SECRET} rate")
    today = local_today()
    billing.work_time(session, world, matter, narrative=f"Meet {SECRET}", by=world.associate)
    billing.spend(session, world, matter, 3_700)
    billing.charge_fixed_fee(session, world, matter, 9_100)
    invoice = billing.issue(session, world, matter, issued_on=today, send=True)[0]
    billing.work_time(session, world, matter, narrative=f"Write to {SECRET}")
    billing.draft(session, world, matter, today)
    billing.work_time(session, world, matter, narrative=f"Think of {SECRET}", by=world.associate)
    billing.spend(session, world, matter, 4_100)
    money_of(session, world, matter, invoice)
    version = session.get_one(Matter, matter.id).version
    return wall_matter(session, actor=world.owner, matter_id=matter.id, version=version, membership_ids=[])


def money_of(session: Session, world: World, matter: Matter, invoice: Invoice) -> None:
    today, half = local_today(), Money(3_700, "USD")
    told = {"effective_on": today, "source": SECRET, "method": "cheque", "reference": SECRET, "purpose": SECRET}
    held = trust.deposit_to_trust(session, actor=world.owner, amount=Money(777_700, "USD"), matter_id=matter.id, **told)  # type: ignore[arg-type]
    applied = {"trust_ledger_id": held.trust_ledger_id, "invoice_id": invoice.id, "amount": half, "effective_on": today}
    trust.apply_trust_to_invoice(session, actor=world.owner, **applied)  # type: ignore[arg-type]
    paid = {"payer_id": invoice.payer_id, "amount": half, "allocations": {invoice.id: half}, "received_on": today, "method": "cheque"}
    payments.record_payment(session, actor=world.owner, reference=SECRET, memo=SECRET, **paid)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secret]:
    """On SQLite: the filter does not depend on the engine, and its own test runs on both."""
    town = Town(SqliteDatabase.in_memory_disk(), Path(tmp_path_factory.mktemp("walled")))
    yield Secret(town)
    town.close()


@pytest.mark.parametrize("role", SHUT_OUT)
def test_every_page_says_what_it_said_before_the_matter_was_there(secret: Secret, role: Role):
    before, after = secret.before[role], secret.read(role)
    wrong = [
        f"{role.value} at {page}: {difference(before[page], after.get(page, ''))}" for page in before if before[page] != after.get(page)
    ]
    assert not wrong, "\n".join(wrong)


def difference(before: str, after: str) -> str:
    """The first line that differs."""
    pairs = zip(before.splitlines(), [*after.splitlines(), ""], strict=False)
    return next((f"{mine.strip()[:150]!r} became {other.strip()[:150]!r}" for mine, other in pairs if mine != other), "longer")


@pytest.mark.parametrize("role", SHUT_OUT)
def test_the_ids_of_its_records_are_ids_that_do_not_exist(secret: Secret, role: Role):
    visitor, town, wrong = secret.town.member(role), secret.town, []
    for route in routes(town.app):
        if route.access.kind != "permission" or route.access.permission not in ROLE_PERMISSIONS[role]:
            continue
        for name in route.id_arguments:
            table = table_of(route.endpoint, name)
            if table in OF_NOBODY or not secret.ids.get(table or ""):
                continue
            for id_ in secret.ids[table or ""][:1]:
                values = {each: value_of(town, route, each, town.ours) for each in route.rule.arguments} | {name: id_}
                built = route.rule.build(values)
                assert built is not None
                answer = visitor.get(built[1]) if route.method == "GET" else visitor.post(built[1])
                wrong += [f"{role.value} {route.method} {built[1]}: {answer.status_code}"] if answer.status_code != 404 else []
    assert not wrong, "\n".join(wrong)
