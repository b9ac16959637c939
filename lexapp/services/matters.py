"""Opening matters, changing them and their states."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, next_number, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown, must_exist
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import today_in, transaction
from lexapp.domain.amounts import check_size
from lexapp.domain.closings import check_agreed, check_closing
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.lifecycles import MATTER
from lexapp.domain.money import Money
from lexapp.domain.numbering import NumberPattern
from lexapp.domain.permissions import Actor
from lexapp.domain.tax import parse_place
from lexapp.models import Client, Firm, Matter, PracticeArea, Timekeeper
from lexapp.queries.closings import agreed_left
from lexapp.queries.standing import Shown, standing_of_matters

_PAST = {"open": "opened", "close": "closed", "reopen": "reopened"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterFacts:
    """What is known of a matter. `number` empty: the next of the firm's pattern. `practice_area` is a name; a new one is added.

    `trust_minimum_minor` is the trust balance below which the client is asked for more, in the firm's currency. `country` and `region` say
    where it is taxed, if not where its client is.
    """

    number: str = ""
    name: str
    client_matter_number: str = ""
    description: str = ""
    practice_area: str = ""
    responsible_timekeeper_id: int | None = None
    originating_timekeeper_id: int | None = None
    opened_on: date
    trust_minimum_minor: int | None = None
    country: str = ""
    region: str = ""


def open_matter(
    session: Session,
    *,
    actor: Actor,
    client_id: int,
    facts: MatterFacts,
    status: str = "open",
    key: str | None = None,
    now: datetime | None = None,
) -> Matter:
    """Open a matter (or note it as pending). Its client pays for it until other payers are agreed (services.payers)."""
    actor.require("matter.edit")
    with transaction(session, actor.firm_id):
        inputs = {"client_id": client_id, "status": status, **asdict(facts)}
        command = record_command(session, actor=actor, name="matter.open", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Matter, command.result["matter_id"])
        _refuse_client(session, actor.firm_id, client_id)
        matter = Matter(firm_id=actor.firm_id, client_id=client_id, status=status, created_at=command.at)
        values = _columns(session, command, facts)
        values["number"] = facts.number or _free_number(session, command, facts.opened_on)
        _refuse_taken(session, actor.firm_id, str(values["number"]))
        for name, value in values.items():
            setattr(matter, name, value)
        session.add(matter)
        _flush(session, matter)
        audit(session, command, action="matter.opened", subject_kind="matter", subject_id=matter.id, after={"number": matter.number})
        succeed(session, command, matter_id=matter.id)
    return matter


def _refuse_client(session: Session, firm_id: int, client_id: int) -> None:
    client = session.scalar(select(Client).where(Client.firm_id == firm_id, Client.id == client_id))
    if client is None:
        raise InvalidInput("Pick the client out of the list.", field="client_id")
    if client.is_archived:
        raise InvalidInput(f"{client.name} is archived. Restore the client first, or pick another.", field="client_id")


def _columns(session: Session, command: CommandRecord, facts: MatterFacts, present_area_id: int | None = None) -> dict[str, object]:
    """The facts as columns, with every reference checked. A matter may keep the practice area that it has."""
    firm_id = command.actor.firm_id
    for field in ("responsible_timekeeper_id", "originating_timekeeper_id"):
        sentence = "Pick a timekeeper out of the list."
        must_exist(session, Timekeeper, firm_id=firm_id, record_id=getattr(facts, field), field=field, sentence=sentence)
    _check_trust_minimum(session, firm_id, facts.trust_minimum_minor)
    place = parse_place(facts.country, facts.region)
    values = asdict(facts) | {"country": place.country, "region": place.region}
    values["practice_area_id"] = _practice_area_id(session, firm_id, values.pop("practice_area"), present_area_id)
    return values


def _check_trust_minimum(session: Session, firm_id: int, minor: int | None) -> None:
    if minor is None:
        return
    if minor <= 0:
        raise InvalidInput("Write an amount above zero, or leave it empty to ask for nothing.", field="trust_minimum")
    check_size(minor, session.get_one(Firm, firm_id).currency, field="trust_minimum")


def _practice_area_id(session: Session, firm_id: int, name: str, present_id: int | None) -> int | None:
    if not name:
        return None
    same = (PracticeArea.firm_id == firm_id) & (func.lower(PracticeArea.name) == name.lower())
    found = session.scalar(select(PracticeArea).where(same))
    if found is not None and found.retired_at is not None and found.id != present_id:
        raise InvalidInput(f"{found.name} is retired. Choose another, or bring it back in the settings.", field="practice_area")
    if found is not None:
        return found.id
    area = PracticeArea(firm_id=firm_id, name=name)
    session.add(area)
    again = InvalidInput("Somebody added this practice area in the same moment. Save again.", field="practice_area")
    with taken_meanwhile("uq_practice_areas_firm_id_name", again):
        session.flush()
    return area.id


def _taken(number: str) -> InvalidInput:
    return InvalidInput(f"Another matter has the number {number}. Choose another, or leave it empty for the next one.", field="number")


def _refuse_taken(session: Session, firm_id: int, number: str, *, besides: int | None = None) -> None:
    found = _with_number(session, firm_id, number)
    if found is not None and found != besides:
        raise _taken(number)


def _free_number(session: Session, command: CommandRecord, on: date) -> str:
    """The next number of the firm's pattern that nobody typed for a matter before."""
    firm_id = command.actor.firm_id
    pattern = NumberPattern.parse(session.get_one(Firm, firm_id).matter_number_pattern)
    while True:
        number = pattern.text(next_number(session, firm_id=firm_id, series=pattern.series("matter", on)), on)
        if _with_number(session, firm_id, number) is None:
            return number


def _with_number(session: Session, firm_id: int, number: str) -> int | None:
    """The matter that has the number already; of those behind walls too."""
    same = select(Matter.id).where(Matter.firm_id == firm_id, Matter.number == number)
    return session.scalar(same.execution_options(through_walls=True))


def _flush(session: Session, matter: Matter) -> None:
    with taken_meanwhile("uq_matters_firm_id_number", _taken(matter.number)):
        session.flush()


def edit_matter(
    session: Session, *, actor: Actor, matter_id: int, version: int, facts: MatterFacts, key: str | None = None, now: datetime | None = None
) -> Matter:
    """Change a matter; its client stays. Raises Conflict when `version` is no longer the present one."""
    actor.require("matter.edit")
    with transaction(session, actor.firm_id):
        inputs = {"matter_id": matter_id, "version": version, **asdict(facts)}
        command = record_command(session, actor=actor, name="matter.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Matter, matter_id)
        matter = lock_record(session, Matter, firm_id=actor.firm_id, record_id=matter_id, version=version, noun="matter")
        values = _columns(session, command, facts, matter.practice_area_id)
        values["number"] = facts.number or matter.number
        _refuse_taken(session, actor.firm_id, str(values["number"]), besides=matter_id)
        if matter.closed_on and facts.opened_on > matter.closed_on:
            raise InvalidInput(
                f"The matter was closed on {matter.closed_on:%b} {matter.closed_on.day}: write that day or an earlier one.",
                field="opened_on",
            )
        changed = change(matter, values)
        _flush(session, matter)
        _audit(session, command, "matter.edited", matter_id, changed.before, changed.after)
        succeed(session, command, matter_id=matter_id)
    return matter


def _audit(
    session: Session, command: CommandRecord, action: str, matter_id: int, before: dict[str, object], after: dict[str, object]
) -> None:
    audit(session, command, action=action, subject_kind="matter", subject_id=matter_id, before=before, after=after)


def change_matter_status(
    session: Session,
    *,
    actor: Actor,
    matter_id: int,
    action: str,
    version: int,
    anyway: bool = False,
    key: str | None = None,
    now: datetime | None = None,
) -> Matter:
    """`action` is open, close or reopen (domain.lifecycles.MATTER). Raises NotAllowed where the state does not have it.

    A matter with client money in trust, or something left of its agreed fees, is not closed; one with unbilled work or open invoices only
    `anyway` (domain.closings).
    Raises Conflict when `version` is no longer the present one.
    """
    actor.require("matter.edit")
    with transaction(session, actor.firm_id):
        inputs = {"matter_id": matter_id, "action": action, "version": version, "anyway": anyway}
        command = record_command(session, actor=actor, name="matter.status", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Matter, matter_id)
        matter = lock_record(session, Matter, firm_id=actor.firm_id, record_id=matter_id, noun="matter")
        if matter.is_internal:
            raise NotAllowed("This matter takes the firm’s own time and is always open.")
        status = MATTER.next(matter.status, action)
        lock_shown(session, Matter, firm_id=actor.firm_id, record_id=matter_id, noun="matter", version=version)
        today = today_in(session.get_one(Firm, actor.firm_id).time_zone, command.at)
        if action == "close":
            _check_closing(session, actor, matter, today, anyway=anyway)
        closed_on = max(today, matter.opened_on) if status == "closed" else None
        changed = change(matter, {"status": status, "closed_on": closed_on})
        _audit(session, command, f"matter.{_PAST[action]}", matter_id, changed.before, changed.after)
        succeed(session, command, matter_id=matter_id)
    return matter


def _check_closing(session: Session, actor: Actor, matter: Matter, today: date, *, anyway: bool) -> None:
    shown = Shown(unbilled=True, invoices=True, trust=True)
    stands = standing_of_matters(session, firm_id=matter.firm_id, matter_ids=[matter.id], shown=shown)[matter.id]
    currency = session.get_one(Firm, matter.firm_id).currency
    check_agreed(agreed_left(session, firm_id=matter.firm_id, matter_id=matter.id, today=today), currency)
    if stands.trust_minor and not actor.may("trust.view"):
        raise NotAllowed("Client money is held in trust for this matter. Ask a bookkeeper to return it first.", code="matter_holds_trust")
    check_closing(
        held=Money(stands.trust_minor or 0, currency),
        unbilled=Money(stands.unbilled_minor or 0, currency),
        unbilled_hundredths=stands.quantity_hundredths or 0,
        owed=Money(stands.open_minor or 0, currency),
        anyway=anyway,
    )
