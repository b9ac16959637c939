"""Firms, their bank accounts and their people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lexapp.books import audit, open_accounts, record_command, succeed
from lexapp.books.memberships import check_timekeeper, timekeeper_taken_meanwhile
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import scope_to_firm, today_in, transaction
from lexapp.domain.bank_accounts import check_last_four
from lexapp.domain.currencies import EXPONENTS
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.ledger import GENESIS_HASH
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.productivity import check_target
from lexapp.domain.rates import first_rate_from
from lexapp.models import BankAccount, ChainHead, Firm, Matter, Membership, RoundingRule, Timekeeper, TrustLedger, User

INTERNAL_MATTER_NUMBER = "INTERNAL"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ONCE_MEMBER = "uq_memberships_firm_id_user_id"
_FIRST_FIRM = 4_206_301_577  # an advisory lock that nothing else takes


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # which reads a few hundred files


@dataclass(frozen=True, slots=True)
class NewFirm:
    """What a firm begins with. `settings` are further columns of `firms` (paper, locale, address ...).

    `increment_seconds`: what time is rounded up to, for earlier work too; None for the usual six minutes.
    """

    name: str
    currency: str
    time_zone: str
    owner_name: str
    owner_email: str
    owner_password_hash: str
    opened_on: date
    settings: Mapping[str, object]
    increment_seconds: int | None = None

    def check(self) -> None:
        """Refuse, beside its field, what a firm cannot begin with."""
        if not self.name.strip():
            raise InvalidInput("Write the firm’s name.", field="name")
        if not self.owner_name.strip():
            raise InvalidInput("Write the owner’s name.", field="owner_name")
        if self.currency not in EXPONENTS:
            raise InvalidInput(
                f"{self.currency} is not a currency code that is known here. Use one such as USD, EUR or GBP.", field="currency"
            )
        if self.time_zone not in _time_zones():
            raise InvalidInput(f"{self.time_zone} is not a time zone. Use one such as America/New_York.", field="time_zone")
        if not _ADDRESS.fullmatch(self.owner_email.strip()):
            raise InvalidInput(f"{self.owner_email} is not an e-mail address.", field="owner_email")


def create_firm(session: Session, new: NewFirm, *, only_first: bool = False, key: str | None = None, now: datetime | None = None) -> Actor:
    """Create a firm with its owner, chart of accounts, journal chain and internal matter; returns the owner as actor.

    With `only_first` it is refused where there is a firm already, also to all but one of several who ask at once.
    """
    new.check()
    at = now or datetime.now(UTC)
    with transaction(session):
        if only_first:
            _require_no_firm(session)
        firm = Firm(name=new.name, currency=new.currency, time_zone=new.time_zone, created_at=at, **new.settings)
        session.add(firm)
        session.flush()
        scope_to_firm(session, firm.id)
        user = _user(session, new.owner_email, new.owner_name, new.owner_password_hash, at)
        membership = Membership(firm_id=firm.id, user_id=user.id, role=Role.OWNER.value, created_at=at)
        session.add(membership)
        session.add(ChainHead(firm_id=firm.id, sequence=0, hash=GENESIS_HASH))
        session.add(_internal_matter(firm.id, new.opened_on, at))
        if new.increment_seconds is not None:
            session.add(_first_rule(firm.id, new.increment_seconds, new.opened_on, at))
        session.flush()
        open_accounts(session, firm_id=firm.id)
        actor = Actor(user.id, firm.id, membership.id, Role.OWNER, name=user.name)
        command = record_command(session, actor=actor, name="firm.create", inputs={"name": new.name}, key=key, now=at)
        audit(session, command, action="firm.created", subject_kind="firm", subject_id=firm.id, after={"name": new.name})
        succeed(session, command, firm_id=firm.id)
    return actor


def _require_no_firm(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _FIRST_FIRM})
    if session.scalar(select(Firm.id).limit(1)) is not None:
        raise NotAllowed("This installation has a firm already. Sign in, or ask its owner to invite you.", code="firm_exists")


def _user(session: Session, email: str, name: str, password_hash: str, at: datetime) -> User:
    """The user with this address; a person who is already a member elsewhere keeps their password."""
    found = session.execute(select(User).where(User.email == email.strip().lower())).scalar()
    if found is not None:
        return found
    user = User(email=email.strip().lower(), name=name, password_hash=password_hash, created_at=at)
    session.add(user)
    session.flush()
    return user


def _first_rule(firm_id: int, increment_seconds: int, opened_on: date, at: datetime) -> RoundingRule:
    values = {"increment_seconds": increment_seconds, "effective_from": first_rate_from(opened_on), "created_at": at}
    return RoundingRule(firm_id=firm_id, level="firm", **values)


def _internal_matter(firm_id: int, opened_on: date, at: datetime) -> Matter:
    return Matter(
        firm_id=firm_id,
        number=INTERNAL_MATTER_NUMBER,
        name="Firm: time that is not billed",
        is_internal=True,
        opened_on=opened_on,
        created_at=at,
    )


def add_timekeeper(
    session: Session,
    *,
    actor: Actor,
    code: str,
    name: str,
    initials: str,
    classification: str,
    yearly_target_hours: int | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> Timekeeper:
    """Add someone whose time is recorded. `classification` is a UTBMS timekeeper classification, such as PARTNR."""
    actor.require("user.manage")
    words = {"code": code, "name": name, "initials": initials, "classification": classification}
    inputs = {**words, "yearly_target_hours": yearly_target_hours}
    check_target(yearly_target_hours)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timekeeper.add", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Timekeeper, command.result["timekeeper_id"])
        if session.scalar(select(Timekeeper.id).where(Timekeeper.firm_id == actor.firm_id, Timekeeper.code == code)):
            raise InvalidInput(f"A timekeeper with the id {code} exists already. Choose another id.", field="code")
        timekeeper = Timekeeper(firm_id=actor.firm_id, created_at=command.at, **inputs)
        session.add(timekeeper)
        session.flush()
        audit(session, command, action="timekeeper.added", subject_kind="timekeeper", subject_id=timekeeper.id, after=inputs)
        succeed(session, command, timekeeper_id=timekeeper.id)
    return timekeeper


def add_member(
    session: Session,
    *,
    actor: Actor,
    email: str,
    name: str,
    password_hash: str,
    role: Role,
    timekeeper_id: int | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> Membership:
    """Give a person a role in the firm; a new address becomes a new user with the given password hash."""
    actor.require("user.manage")
    inputs = {"email": email.strip().lower(), "role": role.value, "timekeeper_id": timekeeper_id}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="member.add", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Membership, command.result["membership_id"])
        user = _user(session, email, name, password_hash, command.at)
        taken = select(Membership.id).where(Membership.firm_id == actor.firm_id, Membership.user_id == user.id)
        if session.scalar(taken):
            raise _already_member(user.email)
        check_timekeeper(session, firm_id=actor.firm_id, timekeeper_id=timekeeper_id)
        membership = Membership(firm_id=actor.firm_id, user_id=user.id, role=role.value, timekeeper_id=timekeeper_id, created_at=command.at)
        session.add(membership)
        with timekeeper_taken_meanwhile(), taken_meanwhile(_ONCE_MEMBER, _already_member(user.email)):
            session.flush()
        audit(session, command, action="member.added", subject_kind="membership", subject_id=membership.id, after=inputs)
        succeed(session, command, membership_id=membership.id)
    return membership


def _already_member(email: str) -> InvalidInput:
    return InvalidInput(f"{email} is a member of the firm already.", field="email")


def open_bank_account(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    name: str,
    opened_on: date,
    bank_name: str = "",
    account_last4: str = "",
    payment_details: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> BankAccount:
    """Open an operating or trust bank account with its accounts in the books.

    A trust bank account also gets its ledgers for the firm's own funds (bank charges) and for unidentified receipts.
    The first open account of a kind is its default.
    """
    actor.require("settings.edit")
    inputs = {"kind": kind, "name": name, "bank_name": bank_name, "account_last4": account_last4, "payment_details": payment_details}
    with transaction(session, actor.firm_id):
        given = {**inputs, "opened_on": opened_on}
        command = record_command(session, actor=actor, name="bank_account.open", inputs=given, key=key, now=now)
        if command.result is not None:
            return session.get_one(BankAccount, command.result["bank_account_id"])
        mine = select(BankAccount.id).where(BankAccount.firm_id == actor.firm_id)
        if session.scalar(mine.where(BankAccount.name == name)):
            raise _name_taken(name)
        _check_account(opened_on, account_last4, today=today_in(session.get_one(Firm, actor.firm_id).time_zone, command.at))
        session.execute(select(Firm.id).where(Firm.id == actor.firm_id).with_for_update(key_share=True))
        is_first = session.scalar(mine.where(BankAccount.kind == kind, BankAccount.is_default)) is None
        account = BankAccount(firm_id=actor.firm_id, opened_on=opened_on, is_default=is_first, created_at=command.at, **inputs)
        session.add(account)
        with taken_meanwhile("uq_bank_accounts_firm_id_name", _name_taken(name)):
            session.flush()
        open_accounts(session, firm_id=actor.firm_id, bank_account=account)
        if kind == "trust":
            _open_own_ledgers(session, account)
        audit(session, command, action="bank_account.opened", subject_kind="bank_account", subject_id=account.id, after=inputs)
        succeed(session, command, bank_account_id=account.id)
    return account


def _name_taken(name: str) -> InvalidInput:
    return InvalidInput(f"A bank account called {name} exists already. Choose another name.", field="name")


def _check_account(opened_on: date, account_last4: str, *, today: date) -> None:
    if opened_on > today:
        sentence = f"The account is open already. Choose a date up to today, {day_text(today)}."
        raise InvalidInput(sentence, field="opened_on", code="date_in_future")
    check_last_four(account_last4)


def _open_own_ledgers(session: Session, account: BankAccount) -> None:
    for kind in ("firm_funds", "unidentified"):
        session.add(TrustLedger(firm_id=account.firm_id, bank_account_id=account.id, kind=kind, created_at=account.created_at))
    session.flush()


def link_timekeeper(
    session: Session, *, actor: Actor, membership_id: int, timekeeper_id: int, key: str | None = None, now: datetime | None = None
) -> Membership:
    """Say that a member records time as this timekeeper."""
    actor.require("user.manage")
    inputs = {"membership_id": membership_id, "timekeeper_id": timekeeper_id}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="member.link_timekeeper", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Membership, membership_id)
        mine = select(Membership).where(Membership.firm_id == actor.firm_id, Membership.id == membership_id).with_for_update(key_share=True)
        membership = session.scalars(mine).one_or_none()
        if membership is None:
            raise NotFound("There is no such member in this firm.")
        check_timekeeper(session, firm_id=actor.firm_id, timekeeper_id=timekeeper_id, membership_id=membership_id)
        before = {"timekeeper_id": membership.timekeeper_id}
        membership.timekeeper_id = timekeeper_id
        with timekeeper_taken_meanwhile():
            session.flush()
        after = {"timekeeper_id": timekeeper_id}
        audit(session, command, action="member.linked", subject_kind="membership", subject_id=membership_id, before=before, after=after)
        succeed(session, command, membership_id=membership_id)
    return membership
