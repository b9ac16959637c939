"""The firm itself: bank accounts, people, rates, clients and matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.passwords import hash_password
from lexapp.demo.seeding import cast
from lexapp.demo.seeding.cast import Person
from lexapp.demo.seeding.plan import MatterPlan, Plan
from lexapp.demo.sign_ins import PASSWORD
from lexapp.domain.credits import CreditKind, CreditShare
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.tax.sets import EU_REVERSE_CHARGE
from lexapp.models import Matter, Membership
from lexapp.queries.matters import ledgers_of
from lexapp.services import firms
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.guidelines import GuidelineFacts, add_guideline
from lexapp.services.invitations import Invitee, invite
from lexapp.services.matter_credits import NewCreditSplit, agree_credit_split
from lexapp.services.matters import MatterFacts, change_matter_status, open_matter
from lexapp.services.rates import NewRate, add_rate
from lexapp.services.tax_exemptions import NewExemption, add_exemption
from lexapp.services.trust import refund_trust
from lexapp.services.walls import wall_matter


def at(day: date, hour: int = 14) -> datetime:
    """A moment of that day, the same in every run."""
    return datetime.combine(day, time(hour), UTC)


@dataclass(slots=True)
class Seeded:
    """The rows that the rest of the seeding refers to, by their position in the plan."""

    session: Session
    actor: Actor
    plan: Plan
    timekeepers: list[int]
    clients: list[int]
    matters: list[int]
    internal_matter_id: int


def make_firm(session: Session, plan: Plan, progress: Callable[[str], None]) -> Seeded:
    """Everything that stands before the first hour is worked."""
    now = at(plan.first_day, 12)
    password_hash = hash_password(PASSWORD)
    owner = cast.OWNER
    terms = (cast.CURRENCY, "America/New_York")
    new = firms.NewFirm(cast.FIRM_NAME, *terms, owner.name, owner.email, password_hash, plan.first_day, cast.FIRM)
    actor = firms.create_firm(session, new, now=now)
    for kind, (name, bank, last4, details) in (("operating", cast.OPERATING), ("trust", cast.TRUST)):
        firms.open_bank_account(
            session,
            actor=actor,
            kind=kind,
            name=name,
            bank_name=bank,
            account_last4=last4,
            payment_details=details,
            opened_on=plan.first_day,
            now=now,
        )
    seeded = Seeded(session, actor, plan, [], [], [], _internal_matter(session, actor))
    _hire(seeded, password_hash, now)
    progress("clients and matters")
    _clients_and_matters(seeded, now)
    return seeded


def _internal_matter(session: Session, actor: Actor) -> int:
    return session.scalars(select(Matter.id).where(Matter.firm_id == actor.firm_id, Matter.is_internal)).one()


def _hire(seeded: Seeded, password_hash: str, now: datetime) -> None:
    session, actor = seeded.session, seeded.actor
    for number, person in enumerate(seeded.plan.people, start=1):
        timekeeper = firms.add_timekeeper(
            session,
            actor=actor,
            code=f"{person.initials}{number:02}",
            name=person.name,
            initials=person.initials,
            classification=person.classification,
            now=now,
        )
        seeded.timekeepers.append(timekeeper.id)
        rate = NewRate(rate_minor_per_hour=person.rate_minor, effective_from=seeded.plan.first_day, timekeeper_id=timekeeper.id)
        add_rate(session, actor=actor, rate=rate, now=now)
        if person is cast.OWNER:
            firms.link_timekeeper(session, actor=actor, membership_id=actor.membership_id, timekeeper_id=timekeeper.id, now=now)
            seeded.actor = replace(actor, timekeeper_id=timekeeper.id)
        elif person.role:
            _join(seeded, person, person.role, password_hash, timekeeper.id, now)
    for person in cast.OTHERS:
        _join(seeded, person, person.role or Role.TIMEKEEPER, password_hash, None, now)


def _join(seeded: Seeded, person: Person, role: Role, password_hash: str, timekeeper_id: int | None, now: datetime) -> None:
    firms.add_member(
        seeded.session,
        actor=seeded.actor,
        email=person.email,
        name=person.name,
        password_hash=password_hash,
        role=role,
        timekeeper_id=timekeeper_id,
        now=now,
    )


def _clients_and_matters(seeded: Seeded, now: datetime) -> None:
    for client in seeded.plan.clients:
        place = cast.ABROAD if client.name == cast.REVERSE_CHARGE_OF else {"address": client.address}
        facts = ClientFacts(name=client.name, kind=client.kind, email=client.email, **place)
        seeded.clients.append(add_client(seeded.session, actor=seeded.actor, facts=facts, now=now).id)
    _agree_guidelines(seeded, now)
    _agree_discounts(seeded, now)
    _exempt(seeded, now)
    for matter in seeded.plan.matters:
        seeded.matters.append(_open(seeded, matter))


def _agree_guidelines(seeded: Seeded, now: datetime) -> None:
    """One client says what it accepts on its bills; in a smaller firm than has that client nobody does."""
    place = next((place for place, client in enumerate(seeded.plan.clients) if client.name == cast.GUIDELINES_OF), None)
    if place is not None:
        facts = GuidelineFacts(effective_from=seeded.plan.first_day, **cast.GUIDELINES)
        add_guideline(seeded.session, actor=seeded.actor, client_id=seeded.clients[place], facts=facts, now=now)


def _agree_discounts(seeded: Seeded, now: datetime) -> None:
    """The client with guidelines is given something for much work in a year, and for paying early."""
    place = next((place for place, client in enumerate(seeded.plan.clients) if client.name == cast.GUIDELINES_OF), None)
    for terms in cast.DISCOUNTS if place is not None else ():
        discount = NewDiscount(client_id=seeded.clients[place or 0], terms=terms, effective_from=seeded.plan.first_day)
        agree_discount(seeded.session, actor=seeded.actor, discount=discount, now=now)


def _exempt(seeded: Seeded, now: datetime) -> None:
    """A client in the European Union owes the tax itself: its invoices say so. In a smaller firm than has that client nobody does."""
    place = next((place for place, client in enumerate(seeded.plan.clients) if client.name == cast.REVERSE_CHARGE_OF), None)
    if place is not None:
        exemption = NewExemption(
            client_id=seeded.clients[place],
            kind=EU_REVERSE_CHARGE.kind.value,
            words=EU_REVERSE_CHARGE.words,
            client_tax_number=cast.REVERSE_CHARGE_NUMBER,
            effective_from=seeded.plan.first_day,
        )
        add_exemption(seeded.session, actor=seeded.actor, exemption=exemption, now=now)


def _open(seeded: Seeded, matter: MatterPlan) -> int:
    facts = MatterFacts(
        name=matter.name,
        practice_area=matter.area.name,
        responsible_timekeeper_id=seeded.timekeepers[matter.team[0]],
        originating_timekeeper_id=seeded.timekeepers[matter.team[-1]],
        opened_on=matter.opened_on,
        trust_minimum_minor=matter.trust_minor // 2 or None,
    )
    moment = at(matter.opened_on, 13)
    row = open_matter(seeded.session, actor=seeded.actor, client_id=seeded.clients[matter.client], facts=facts, now=moment)
    matter_id = row.id
    if matter.matter_rate_minor:
        rate = NewRate(
            rate_minor_per_hour=matter.matter_rate_minor, effective_from=matter.opened_on, matter_id=matter_id, classification="PARTNR"
        )
        add_rate(seeded.session, actor=seeded.actor, rate=rate, now=moment)
    return matter_id


def share_credit(seeded: Seeded) -> None:
    """The first matter of two or more people: who brought it shares with a colleague, and by other shares from the middle of its time."""
    found = ((id_, plan) for id_, plan in zip(seeded.matters, seeded.plan.matters, strict=True) if len(set(plan.team)) > 1)
    matter_id, plan = next(found, (0, None))
    if plan is None:
        return
    first, second = (seeded.timekeepers[place] for place in (plan.team[-1], plan.team[0]))
    middle = max(plan.opened_on, seeded.plan.first_day) + (seeded.plan.last_day - max(plan.opened_on, seeded.plan.first_day)) / 2
    for on, shares in ((plan.opened_on, (6_000, 4_000)), (middle, (2_500, 7_500))):
        credit = tuple(CreditShare(id_, points) for id_, points in zip((first, second), shares, strict=True))
        split = NewCreditSplit(kind=CreditKind.ORIGINATING, shares=credit, effective_from=on)
        agree_credit_split(seeded.session, actor=seeded.actor, matter_id=matter_id, split=split, now=at(on, 14))


def close_ended_matters(seeded: Seeded) -> None:
    """What ended is closed at the end, so that its last work could still be billed; what is left in trust goes back to the client."""
    session, actor, now = seeded.session, seeded.actor, at(seeded.plan.last_day)
    ended = [id_ for id_, matter in zip(seeded.matters, seeded.plan.matters, strict=True) if matter.closed_on]
    for matter_id in ended:
        for ledger in ledgers_of(session, firm_id=actor.firm_id, matter_id=matter_id):
            if ledger.balance_minor:
                amount, on = Money(ledger.balance_minor, cast.CURRENCY), seeded.plan.last_day
                refund_trust(session, actor=actor, trust_ledger_id=ledger.id, amount=amount, effective_on=on, method="cheque", now=now)
        version = session.get_one(Matter, matter_id).version
        change_matter_status(session, actor=actor, matter_id=matter_id, action="close", version=version, anyway=True, now=now)


def wall_off_and_invite(seeded: Seeded) -> None:
    """The youngest open matter is for its team only, and somebody is invited who has not answered yet."""
    session, actor, now = seeded.session, seeded.actor, at(seeded.plan.last_day, 13)
    matter_id, plan = next(one for one in zip(reversed(seeded.matters), reversed(seeded.plan.matters), strict=True) if not one[1].closed_on)
    team = [seeded.timekeepers[place] for place in plan.team]
    theirs = (Membership.firm_id == actor.firm_id) & Membership.timekeeper_id.in_(team) & (Membership.id != actor.membership_id)
    members = list(session.scalars(select(Membership.id).where(theirs).order_by(Membership.id)))
    version = session.get_one(Matter, matter_id).version
    wall_matter(session, actor=actor, matter_id=matter_id, version=version, membership_ids=members, now=now)
    name, email = cast.INVITED
    invite(session, actor=actor, invitee=Invitee(email=email, name=name, role=Role.ASSISTANT), now=now)
