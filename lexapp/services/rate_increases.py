"""Raising many rates at once from a day on: which, by how much, what unbilled work would be worth, and then doing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import must_exist
from lexapp.books.dated_rows import ONE_DAY
from lexapp.books.rate_effects import RatePreview, RateScope
from lexapp.books.rate_what_ifs import Standing, what_if
from lexapp.database import transaction
from lexapp.domain.amounts import check_rate
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.rate_cards import CardRate, check_change, raised
from lexapp.domain.rates import RateLevel, RateRule
from lexapp.domain.utbms import CLASSIFICATIONS, classification_plural
from lexapp.models import Firm, Rate, RateCard, Timekeeper

Rule = TypeVar("Rule", RateRule, CardRate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Increase:
    """Hundredths of a percent added from a day on, rounded to whole steps of minor units.

    To the amounts of a card; or of the firm's own rates to those of a class and its timekeepers; or to those of all of them.
    """

    change_hundredths: int
    effective_from: date
    step_minor: int = 1
    classification: str | None = None
    rate_card_id: int | None = None


@dataclass(frozen=True, slots=True)
class RaisedRate:
    """A rate in force on the day, and what it becomes from then on, in minor units per hour. `whom`: a name or a class in words."""

    rate_id: int
    version: int
    whom: str
    of_class: bool
    old_minor: int
    new_minor: int


class IncreasePlan(NamedTuple):
    """What would be raised, by for whom it is, and how many others have a rate of their own from that very day already."""

    raised: list[RaisedRate]
    already: int

    @property
    def total_minor(self) -> int:
        return sum(one.new_minor for one in self.raised)


def plan_increase(session: Session, *, actor: Actor, increase: Increase) -> IncreasePlan:
    """Which rates would become what. Raises InvalidInput beside its field. Two queries."""
    actor.require("rate.edit")
    _check(session, actor.firm_id, increase)
    currency = session.get_one(Firm, actor.firm_id).currency
    rows = session.execute(_in_force(actor.firm_id, increase)).all()
    older = [row for row in rows if row[0].effective_from < increase.effective_from]
    found = [_raised(row, increase, currency) for row in older]
    changing = sorted(
        (one for one in found if one.new_minor != one.old_minor), key=lambda one: (one.of_class, one.whom.lower(), one.rate_id)
    )
    for one in changing:
        check_rate(one.new_minor, currency, field="percent")
    return IncreasePlan(changing, len(rows) - len(older))


def _check(session: Session, firm_id: int, increase: Increase) -> None:
    check_change(increase.change_hundredths, field="percent")
    if increase.step_minor < 1:
        raise InvalidInput("Choose a step of the list.", field="step")
    if increase.classification is not None and increase.classification not in CLASSIFICATIONS:
        raise InvalidInput("Choose the class of the list.", field="whose")
    sentence = "Pick the rate card out of the list."
    must_exist(session, RateCard, firm_id=firm_id, record_id=increase.rate_card_id, field="whose", sentence=sentence)


def _in_force(firm_id: int, increase: Increase) -> Any:
    on = increase.effective_from
    standing = (Rate.firm_id == firm_id, Rate.removed_at.is_(None), Rate.effective_from <= on)
    lasting = Rate.effective_to.is_(None) | (Rate.effective_to >= on)
    person = (Timekeeper.firm_id == Rate.firm_id) & (Timekeeper.id == Rate.timekeeper_id)
    query = select(Rate, Timekeeper.name, Timekeeper.classification).outerjoin(Timekeeper, person)
    return query.where(*standing, lasting, *_meant(increase)).order_by(Rate.id).with_for_update(of=Rate)


def _meant(increase: Increase) -> list[ColumnElement[bool]]:
    if increase.rate_card_id is not None:
        return [Rate.rate_card_id == increase.rate_card_id, Rate.change_hundredths.is_(None)]
    active = Timekeeper.id.is_(None) | Timekeeper.is_active
    found: list[ColumnElement[bool]] = [Rate.level.in_([RateLevel.TIMEKEEPER.value, RateLevel.CLASS.value]), active]
    if increase.classification is not None:
        found.append((Rate.classification == increase.classification) | (Timekeeper.classification == increase.classification))
    return found


def _raised(row: Any, increase: Increase, currency: str) -> RaisedRate:
    rate, name, _ = row
    new = raised(Money(rate.rate_minor_per_hour, currency), increase.change_hundredths, step_minor=increase.step_minor)
    whom = name or (classification_plural(rate.classification) if rate.classification else "everybody")
    return RaisedRate(rate.id, rate.version, whom, name is None, rate.rate_minor_per_hour, new.minor)


def what_if_raised(session: Session, *, actor: Actor, increase: Increase, plan: IncreasePlan, now: datetime | None = None) -> RatePreview:
    """What unbilled work of that day and later would be worth at the raised rates."""
    news = {one.rate_id: one.new_minor for one in plan.raised}

    def change(standing: Standing) -> Standing:
        own, cards = _succeeded(standing.own, news, increase), _succeeded(standing.cards, news, increase)
        return Standing(own, cards, standing.given)

    scope = RateScope(rate_card_id=increase.rate_card_id, worked_from=increase.effective_from)
    return what_if(session, actor=actor, scope=scope, change=change, now=now)


def _succeeded(rules: list[Rule], news: dict[int, int], increase: Increase) -> list[Rule]:
    """Every rule that is raised ended the day before, with its successor."""
    found: list[Rule] = []
    for rule in rules:
        new = news.get(rule.id or 0)
        if new is None:
            found.append(rule)
            continue
        found.append(replace(rule, effective_to=increase.effective_from - ONE_DAY))
        found.append(replace(rule, rate=Money(new, rule.rate.currency), effective_from=increase.effective_from))
    return found


def raise_rates(
    session: Session,
    *,
    actor: Actor,
    increase: Increase,
    rates: int,
    total_minor: int,
    key: str | None = None,
    now: datetime | None = None,
) -> int:
    """Do what the plan showed: `rates` rates that add up to `total_minor`. How many were raised. Unbilled entries keep what they have.

    Raises Conflict where rates changed since, and nothing is done.
    """
    actor.require("rate.edit")
    inputs = asdict(increase) | {"rates": rates, "total_minor": total_minor}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rate.raise", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["rates"])
        # The firm's row first, as who adds a single rate does.
        session.execute(select(Firm.id).where(Firm.id == actor.firm_id).with_for_update(key_share=True))
        plan = plan_increase(session, actor=actor, increase=increase)
        if (len(plan.raised), plan.total_minor) != (rates, total_minor):
            raise Conflict("Rates changed since you looked. Look at the new list, then decide again.")
        if not plan.raised:
            raise InvalidInput("There is no rate to raise from that day. Choose another day, or other rates.")
        _write(session, command, increase, plan)
        _audit(session, command, increase, plan)
        succeed(session, command, rates=len(plan.raised))
    return len(plan.raised)


def _write(session: Session, command: CommandRecord, increase: Increase, plan: IncreasePlan) -> None:
    """The successors with what their predecessors are for, and the predecessors ended. One statement each."""
    table = Rate.__table__
    old = {row.id: row for row in session.scalars(select(Rate).where(Rate.id.in_([one.rate_id for one in plan.raised])))}
    kept = ("level", "rate_card_id", "timekeeper_id", "classification", "name", "effective_to")
    made = {"firm_id": command.actor.firm_id, "created_at": command.at, "created_by_user_id": command.actor.user_id}
    made |= {"effective_from": increase.effective_from}
    rows = [made | {name: getattr(old[one.rate_id], name) for name in kept} | {"rate_minor_per_hour": one.new_minor} for one in plan.raised]
    ended = update(table).where(table.c.id == bindparam("rate_id"), table.c.firm_id == command.actor.firm_id)  # type: ignore[arg-type]
    values = {"effective_to": increase.effective_from - ONE_DAY, "version": table.c.version + 1}
    session.connection().execute(ended.values(**values), [{"rate_id": one.rate_id} for one in plan.raised])
    session.connection().execute(insert(Rate), rows)
    session.expire_all()


def _audit(session: Session, command: CommandRecord, increase: Increase, plan: IncreasePlan) -> None:
    card = increase.rate_card_id
    kind, subject_id = ("rate_card", card) if card is not None else ("firm", command.actor.firm_id)
    after = asdict(increase) | {"count": len(plan.raised), "rates": [[one.rate_id, one.old_minor, one.new_minor] for one in plan.raised]}
    audit(session, command, action="rate.raised", subject_kind=kind, subject_id=subject_id, after=after)
