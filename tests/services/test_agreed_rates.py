"""Rates by the hour that a fee agreement says: they hold while it does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Hourly, HourlyRate
from lexapp.domain.errors import Refused
from lexapp.models import FeeAgreement, Rate
from lexapp.services.fee_agreements import NewAgreement, agree_fees, remove_agreement
from lexapp.services.rates import AGREED, NewRate, add_rate, end_rate, remove_rate
from lexapp.services.time_entries import Work, record_time
from tests.agreed_fees import agree, refused
from tests.factories import NOW, TODAY, World, make_matter, make_rate, make_world


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


@pytest.mark.parametrize("before", [None, 29_000])
def test_a_rate_of_the_matter_that_begins_after_the_agreement_would_cut_it_and_is_refused(session: Session, before: int | None) -> None:
    world = make_world(session)
    matter_id = make_matter(session, world.owner).id
    later = {29_000: TODAY - timedelta(days=90), 31_000: TODAY}
    for minor in sorted({before or 31_000, 31_000}):
        of = {"matter_id": matter_id, "classification": "ASSOC", "effective_from": later[minor]}
        add_rate(session, actor=world.owner, rate=NewRate(rate_minor_per_hour=minor, **of))
    new = NewAgreement(matter_id=matter_id, effective_from=TODAY - timedelta(days=30), terms=(BY_CLASS,))
    told = refused(lambda: agree_fees(session, actor=world.owner, agreement=new))
    assert (told.field, "begins while this agreement holds" in told.message) == ("term_1_rate_2_minor", True)
    assert rates(session, TODAY) == {"ASSOC": 31_000}
    assert rates(session, TODAY - timedelta(days=30)) == ({"ASSOC": before} if before else {})


def test_a_rate_that_a_person_ended_on_the_eve_stays_ended_when_the_agreement_is_taken_back(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    new = NewRate(rate_minor_per_hour=31_000, effective_from=TODAY - timedelta(days=60), matter_id=matter.id, classification="ASSOC")
    row = add_rate(session, actor=world.owner, rate=new)
    end_rate(session, actor=world.owner, rate_id=row.id, version=row.version, effective_to=TODAY - timedelta(days=1))
    agreement = agree(session, world, matter, BY_CLASS, since=TODAY)
    remove_agreement(session, actor=world.owner, agreement_id=agreement.id, version=agreement.version)
    assert rates(session, TODAY - timedelta(days=1)) == {"ASSOC": 31_000}
    assert rates(session, TODAY) == {}


DAYS = st.integers(0, 40).map(lambda number: TODAY - timedelta(days=number))
RATES = st.lists(st.sampled_from(["", "PARTNR", "ASSOC"]), max_size=3, unique=True)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), DAYS, st.sampled_from(["", "PARTNR", "ASSOC"])),
        st.tuples(st.just("end"), DAYS, st.integers(0, 5)),
        st.tuples(st.just("remove"), DAYS, st.integers(0, 5)),
        st.tuples(st.just("agree"), DAYS, RATES),
        st.tuples(st.just("take back"), DAYS, st.integers(0, 5)),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=DEEDS, since=DAYS, said=RATES)
def test_to_agree_and_to_take_it_back_leaves_the_rates_as_they_stood(
    session: Session, deeds: list[tuple[str, date, object]], since: date, said: list[str]
) -> None:
    world = make_world(session)
    matter_id = make_matter(session, world.owner).id
    for deed in deeds:
        _do(session, world, matter_id, *deed)
    before = _rows(session, matter_id)
    agreement = _do(session, world, matter_id, "agree", since, said)
    if agreement is not None:
        remove_agreement(session, actor=world.owner, agreement_id=agreement.id, version=agreement.version)
    assert _rows(session, matter_id) == before


def _do(session: Session, world: World, matter_id: int, deed: str, day: date, what: object) -> FeeAgreement | None:
    """One deed of a person; one that is refused changes nothing."""
    try:
        if deed == "add":
            new = NewRate(rate_minor_per_hour=30_000, effective_from=day, matter_id=matter_id, classification=str(what) or None)
            add_rate(session, actor=world.owner, rate=new)
        elif deed == "agree":
            assert isinstance(what, list)
            terms = (Hourly(tuple(HourlyRate(one, 40_000) for one in what)),)
            return agree_fees(session, actor=world.owner, agreement=NewAgreement(matter_id=matter_id, effective_from=day, terms=terms))
        elif deed == "take back":
            row = _one_of(session, FeeAgreement, matter_id, what)
            remove_agreement(session, actor=world.owner, agreement_id=row[0], version=row[1])
        else:
            row = _one_of(session, Rate, matter_id, what)
            last = {"effective_to": day} if deed == "end" else {}
            command = end_rate if deed == "end" else remove_rate
            command(session, actor=world.owner, rate_id=row[0], version=row[1], **last)  # type: ignore[operator]
    except Refused:
        session.rollback()
    return None


def _one_of(session: Session, model: type[Rate] | type[FeeAgreement], matter_id: int, what: object) -> tuple[int, int]:
    """Id and version of one that stands; of none where there are fewer."""
    assert isinstance(what, int)
    query = select(model.id, model.version).where(model.matter_id == matter_id, model.removed_at.is_(None)).order_by(model.id)
    found = session.execute(query).all()
    session.rollback()
    return tuple(found[what]) if what < len(found) else (0, 0)


def _rows(session: Session, matter_id: int) -> list[tuple[object, ...]]:
    session.rollback()
    columns = (Rate.id, Rate.effective_from, Rate.effective_to, Rate.classification, Rate.rate_minor_per_hour, Rate.fee_agreement_id)
    query = select(*columns).where(Rate.matter_id == matter_id, Rate.removed_at.is_(None)).order_by(Rate.id)
    return [tuple(row) for row in session.execute(query)]
