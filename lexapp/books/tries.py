"""Wrong tries, counted so that guessing slows down and locks nobody out: `domain.throttling` says how long to wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, func, select, true
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import Refused
from lexapp.domain.throttling import WINDOW, Tries, free_tries, wait_for, wait_text
from lexapp.domain.tokens import hash_token
from lexapp.models import KnownDevice, SignInAttempt

_NUMBERS = {1: "One try is", 2: "Two tries are", 3: "Three tries are", 4: "Four tries are"}


class TooManyTries(Refused):
    """The next try is not looked at before `wait` is over."""

    default_code = "too_many_tries"

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"Too many tries. Wait {wait_text(wait)}, then try again.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a sign-in comes from. `device_token`: what the browser was given when somebody signed in there before."""

    remote_address: str
    user_agent: str
    device_token: str = ""

    @property
    def place(self) -> str:
        """The address by which tries are counted: of IPv6 the network of one customer."""
        try:
            found = ip_address(self.remote_address)
        except ValueError:
            return self.remote_address
        return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def known_device(session: Session, user_id: int | None, browser: Browser) -> str:
    """The hash of the browser's device token if this user signed in there before, else empty."""
    hashed = hash_token(browser.device_token)
    mine = (KnownDevice.user_id == (user_id or 0)) & (KnownDevice.token_hash == hashed)
    return hashed if session.scalar(select(KnownDevice.id).where(mine)) is not None else ""


def note_try(session: Session, identifier: str, browser: Browser, device: str, now: datetime) -> int:
    """Count this try, in a transaction of its own, before it is looked at, so that many at once are counted too.

    Returns how many are left after it. Raises TooManyTries.
    """
    keys = {"identifier_hash": identifier, "remote_address": browser.place, "device_hash": device}
    with transaction(session):
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - WINDOW))
        tries = _wrong_tries(session, **keys, since=now - WINDOW)
        wait = wait_for(tries, now)
        if wait:
            raise TooManyTries(wait)
        session.add(SignInAttempt(**keys, at=now))
    return max(free_tries(tries) - tries.here - 1, 0)


def _wrong_tries(session: Session, *, identifier_hash: str, remote_address: str, device_hash: str, since: datetime) -> Tries:
    """The tries since then: in this known browser, or with this name from this address; from this address; with this name elsewhere.

    One query.
    """
    one = SignInAttempt
    of_name, of_address = one.identifier_hash == identifier_hash, one.remote_address == remote_address
    here = of_name & (one.device_hash == device_hash) & (of_address if not device_hash else true())
    elsewhere = of_name & ~here
    columns = (
        func.count(one.id).filter(here),
        func.max(one.at).filter(here),
        func.count(one.id).filter(of_address),
        func.max(one.at).filter(of_address),
        func.count(one.id).filter(elsewhere),
    )
    found = session.execute(select(*columns).where(one.at > since, of_name | of_address)).one()
    return Tries(found[0], found[1], found[2], found[3], found[4], is_known_device=bool(device_hash))


def left_text(left: int) -> str:
    """How many tries are left, as a sentence."""
    told = _NUMBERS.get(left)
    return f"{told} left before you have to wait." if told else "Wait a little before the next try."


def forget_tries(session: Session, identifier: str, browser: Browser, device: str) -> None:
    """The tries of this place: what others try elsewhere goes on counting for them."""
    here = SignInAttempt.device_hash == device if device else SignInAttempt.remote_address == browser.place
    session.execute(delete(SignInAttempt).where(SignInAttempt.identifier_hash == identifier, here))
