"""A small firm to test with: rows that a test needs to exist, but does not test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any, TypeVar

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from lexapp.database import Base, today_in, transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.models import BankAccount, Client, Guideline, Matter, Rate, RoundingRule, Timekeeper, TrustLedger
from lexapp.services import firms
from tests.kept_worlds import KEPT, is_empty, keep, put

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TIME_ZONE = "America/New_York"
OPENED = date(2026, 1, 2)
PASSWORD = "correct horse battery staple"

Record = TypeVar("Record", bound=Base)
_serial = count(1)


@cache
def password_hash() -> str:
    """The hash of PASSWORD with the cheapest parameters: slow hashing is tested once, where it belongs."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def save(session: Session, record: Record, firm_id: int) -> Record:
    """Insert one row in a transaction of its own."""
    with transaction(session, firm_id):
        session.add(record)
    return record


@dataclass(frozen=True, slots=True)
class World:
    """A firm with an owner, two timekeepers, an operating and a trust account."""

    owner: Actor
    partner: Timekeeper
    associate: Timekeeper
    operating: BankAccount
    trust: BankAccount

    @property
    def firm_id(self) -> int:
        return self.owner.firm_id


def local_today() -> date:
    """Today by the clock where a firm of these is: its pages know no other day."""
    return today_in(TIME_ZONE, datetime.now(UTC))


def make_firm(session: Session, name: str = "Brannock Voss LLP", currency: str = "USD", now: datetime = NOW) -> Actor:
    email = f"owner{next(_serial)}@example.test"
    new = firms.NewFirm(name, currency, TIME_ZONE, "Marguerite Voss", email, password_hash(), OPENED, {})
    return firms.create_firm(session, new, now=now)


def make_world(session: Session, name: str = "Brannock Voss LLP", now: datetime = NOW) -> World:
    """As the services make it; what they wrote in the empty database of one test is put into that of the next."""
    if not is_empty(session):
        return _build_world(session, name, now)
    key = session.get_bind().dialect.name, name, now
    if key in KEPT:
        put(session, KEPT[key])
    else:
        made = _build_world(session, name, now)
        records = (made.partner, made.associate, made.operating, made.trust)
        KEPT[key] = keep(session, made.owner, tuple(one.id for one in records))
    kept = KEPT[key]
    partner, associate = (session.get_one(Timekeeper, id_) for id_ in kept.record_ids[:2])
    operating, trust = (session.get_one(BankAccount, id_) for id_ in kept.record_ids[2:])
    session.rollback()
    return World(kept.owner, partner, associate, operating, trust)


def _build_world(session: Session, name: str, now: datetime) -> World:
    owner = make_firm(session, name, now=now)
    partner = make_timekeeper(session, owner, "Marguerite Voss", "PARTNR", 50_000, now)
    associate = make_timekeeper(session, owner, "Ines Achterberg", "ASSOC", 30_000, now)
    operating = firms.open_bank_account(session, actor=owner, kind="operating", name="Operating", opened_on=OPENED, now=now)
    trust = firms.open_bank_account(session, actor=owner, kind="trust", name="IOLTA", opened_on=OPENED, now=now)
    return World(owner, partner, associate, operating, trust)


def make_timekeeper(
    session: Session, owner: Actor, name: str, classification: str, rate_minor: int | None = None, now: datetime = NOW
) -> Timekeeper:
    """A timekeeper, with their own rate since the firm opened when one is given."""
    initials = "".join(word[0] for word in name.split())
    timekeeper = firms.add_timekeeper(
        session, actor=owner, code=f"{initials}{next(_serial)}", name=name, initials=initials, classification=classification, now=now
    )
    if rate_minor is not None:
        make_rate(session, owner, "timekeeper", rate_minor, timekeeper_id=timekeeper.id)
    return timekeeper


def make_rate(session: Session, owner: Actor, level: str, rate_minor: int, effective_from: date = OPENED, **keys: int | str | None) -> Rate:
    rate = Rate(firm_id=owner.firm_id, level=level, rate_minor_per_hour=rate_minor, effective_from=effective_from, created_at=NOW, **keys)
    return save(session, rate, owner.firm_id)


def make_member(session: Session, owner: Actor, role: Role, timekeeper_id: int | None = None) -> Actor:
    """Another person of the firm, who signs in as `<role><number>@example.test` with PASSWORD."""
    email = f"{role.value}{next(_serial)}@example.test"
    membership = firms.add_member(
        session,
        actor=owner,
        email=email,
        name=role.label.title(),
        password_hash=password_hash(),
        role=role,
        timekeeper_id=timekeeper_id,
        now=NOW,
    )
    return Actor(membership.user_id, owner.firm_id, membership.id, role, timekeeper_id, role.label.title())


def make_client(session: Session, owner: Actor, name: str = "Castellane Shipping & Terminal Holdings, Inc.") -> Client:
    client = Client(firm_id=owner.firm_id, number=f"C{next(_serial):04}", name=name, email="ap@castellane.test", created_at=NOW)
    return save(session, client, owner.firm_id)


def make_matter(session: Session, owner: Actor, client: Client | None = None, name: str = "Port Authority claims") -> Matter:
    """An open matter whose one payer is its client."""
    client = client or make_client(session, owner)
    number = f"2026-{next(_serial):04}"
    matter = Matter(firm_id=owner.firm_id, client_id=client.id, number=number, name=name, opened_on=OPENED, created_at=NOW)
    return save(session, matter, owner.firm_id)


def make_trust_ledger(session: Session, world: World, matter: Matter) -> TrustLedger:
    ledger = TrustLedger(
        firm_id=world.firm_id,
        bank_account_id=world.trust.id,
        kind="matter",
        matter_id=matter.id,
        client_id=matter.client_id,
        created_at=NOW,
    )
    return save(session, ledger, world.firm_id)


def make_rounding(session: Session, owner: Actor, seconds: int, effective_from: date = OPENED, **values: Any) -> RoundingRule:
    """A rounding rule of the matter or client that is named, else of the firm."""
    level = "matter" if values.get("matter_id") else "client" if values.get("client_id") else "firm"
    given = {"level": level, "increment_seconds": seconds, "effective_from": effective_from, "created_at": NOW}
    return save(session, RoundingRule(firm_id=owner.firm_id, **given, **values), owner.firm_id)


def make_guideline(session: Session, owner: Actor, client_id: int | None = None, **values: Any) -> Guideline:
    """A guideline of the client, else of the matter that is named; it asks for nothing by itself."""
    given = {"title": "Outside counsel guidelines", "effective_from": OPENED, "created_at": NOW, "quotes": {}}
    return save(session, Guideline(firm_id=owner.firm_id, client_id=client_id, **(given | values)), owner.firm_id)
