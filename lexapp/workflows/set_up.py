"""The first run: the firm and its owner, then what the owner asked for besides. The firm is made once; the rest may be done again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.rates import first_rate_from
from lexapp.integrations.logos import clean_logo
from lexapp.integrations.storage import Storage
from lexapp.services.firms import NewFirm, add_timekeeper, create_firm, link_timekeeper
from lexapp.services.logos import LogoFile, set_logo
from lexapp.services.rates import NewRate, add_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What is set up. `initials` empty: the owner records no time; `rate` None: their rate comes later; `logo` None: there is none yet."""

    firm: NewFirm
    initials: str = ""
    rate: Money | None = None
    logo: bytes | None = None


def set_up_firm(session: Session, storage: Storage, beginning: Beginning) -> Actor:
    """Make the first firm of an installation. Raises InvalidInput beside its field, NotAllowed where there is a firm already.

    The logo is looked at before anything is made: a file that cannot be one must not leave half a set-up behind.
    """
    logo = clean_logo(beginning.logo) if beginning.logo is not None else None
    owner = create_firm(session, beginning.firm, only_first=True)
    if beginning.initials:
        _record_time(session, owner, beginning.initials, beginning.rate, beginning.firm.opened_on)
    if logo is not None:
        kept, media_type = logo
        digest = storage.put(kept, firm_id=owner.firm_id)
        set_logo(session, actor=owner, file=LogoFile(sha256=digest, media_type=media_type, size_bytes=len(kept)))
    return owner


def _record_time(session: Session, owner: Actor, initials: str, rate: Money | None, since: date) -> None:
    facts = {"code": initials, "name": owner.name, "initials": initials, "classification": "PARTNR"}
    timekeeper = add_timekeeper(session, actor=owner, **facts)
    timekeeper_id = timekeeper.id
    link_timekeeper(session, actor=owner, membership_id=owner.membership_id, timekeeper_id=timekeeper_id)
    if rate is not None:
        first = NewRate(rate_minor_per_hour=rate.minor, effective_from=first_rate_from(since), timekeeper_id=timekeeper_id)
        add_rate(session, actor=owner, rate=first)
