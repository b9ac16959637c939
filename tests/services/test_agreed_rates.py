"""Rates by the hour that a fee agreement says: they hold while it does."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Hourly, HourlyRate
from lexapp.models import Rate
from lexapp.services.fee_agreements import remove_agreement
from lexapp.services.rates import AGREED, NewRate, add_rate, end_rate, remove_rate
from lexapp.services.time_entries import Work, record_time
from tests.agreed_fees import agree, refused
from tests.factories import NOW, TODAY, make_matter, make_rate, make_world


def rates(session: Session, on: date) -> dict[str, int]:
    """The rates of matters in force on a day, by class; "" is everybody."""
    session.rollback()
    rows = session.scalars(select(Rate).where(Rate.matter_id.is_not(None), Rate.removed_at.is_(None)))
    return {row.classification or "": row.rate_minor_per_hour for row in rows if row.effective_from <= on <= (row.effective_to or on)}


BY_CLASS = Hourly((HourlyRate("PARTNR", 45_000), HourlyRate("ASSOC", 30_000)))


def test_agreed_rates_hold_while_the_agreement_does_and_those_not_named_again_end(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    make_rate(session, world.owner, "matter", 39_900, matter_id=matter.id)
    agree(session, world, matter, BY_CLASS)
    agree(session, world, matter, Hourly((HourlyRate("PARTNR", 48_000),)), since=TODAY)
    yesterday = TODAY - timedelta(days=1)
    assert rates(session, yesterday) == {"": 39_900, "PARTNR": 45_000, "ASSOC": 30_000}
    assert rates(session, TODAY) == {"": 39_900, "PARTNR": 48_000}
    work = Work(matter.id, world.partner.id, TODAY, 3_600, "Reply brief")
    assert record_time(session, actor=world.owner, work=work, now=NOW).rate_minor_per_hour == 48_000


def test_an_agreement_taken_back_takes_its_rates_and_what_it_ended_goes_on(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    make_rate(session, world.owner, "matter", 39_900, matter_id=matter.id)
    agree(session, world, matter, BY_CLASS)
    before = rates(session, TODAY)
    second = agree(session, world, matter, Hourly((HourlyRate("PARTNR", 48_000), HourlyRate("", 20_000))), since=TODAY)
    assert rates(session, TODAY) == {"": 20_000, "PARTNR": 48_000}
    remove_agreement(session, actor=world.owner, agreement_id=second.id, version=second.version)
    assert rates(session, TODAY) == before
    assert rates(session, TODAY + timedelta(days=900)) == before


def test_an_agreement_put_between_two_ends_its_rates_where_the_next_begins(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agree(session, world, matter, BY_CLASS)
    agree(session, world, matter, BY_CLASS, since=TODAY)
    between = agree(session, world, matter, Hourly((HourlyRate("ASSOC", 28_000),)), since=TODAY - timedelta(days=10))
    assert rates(session, TODAY - timedelta(days=11)) == {"PARTNR": 45_000, "ASSOC": 30_000}
    assert rates(session, TODAY - timedelta(days=1)) == {"ASSOC": 28_000}
    assert rates(session, TODAY) == {"PARTNR": 45_000, "ASSOC": 30_000}
    remove_agreement(session, actor=world.owner, agreement_id=between.id, version=between.version)
    assert rates(session, TODAY - timedelta(days=1)) == {"PARTNR": 45_000, "ASSOC": 30_000}


def test_an_agreed_rate_is_changed_by_agreeing_anew_only(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agree(session, world, matter, BY_CLASS)
    row = session.scalars(select(Rate).where(Rate.fee_agreement_id.is_not(None))).first()
    assert row is not None
    id_, version = row.id, row.version
    session.rollback()
    ended = refused(lambda: end_rate(session, actor=world.owner, rate_id=id_, version=version, effective_to=TODAY))
    removed = refused(lambda: remove_rate(session, actor=world.owner, rate_id=id_, version=version))
    new = NewRate(rate_minor_per_hour=1, effective_from=TODAY, matter_id=matter.id, classification="ASSOC")
    added = refused(lambda: add_rate(session, actor=world.owner, rate=new))
    assert {ended.message, removed.message, added.message} == {AGREED}
    assert added.field == "effective_from"


def test_a_rate_of_the_matter_that_begins_within_the_agreement_is_named_beside_the_line(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    later = NewRate(rate_minor_per_hour=31_000, effective_from=TODAY, matter_id=matter.id, classification="ASSOC")
    add_rate(session, actor=world.owner, rate=later)
    told = refused(lambda: agree(session, world, matter, BY_CLASS, since=TODAY))
    assert told.field == "term_1_rate_2_minor"
    assert rates(session, TODAY) == {"ASSOC": 31_000}
