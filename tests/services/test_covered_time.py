"""Time that an agreed fee pays for: recorded and valued, never billed, not work in progress."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Coverage, Covers, EarnedBasis, Flat, Hourly
from lexapp.domain.periods import Period
from lexapp.models import FeeTerm, PreBillLine, TimeEntry
from lexapp.queries.matters import unbilled_work
from lexapp.queries.reports.productivity import productivity, sum_productivity
from lexapp.queries.reports.scope import Scope
from lexapp.queries.reports.wip import recorded_and_billed, sum_wip, wip_by
from lexapp.queries.standing import Shown, standing_of_matters
from lexapp.queries.time_entries import TimeFilter, time_lines
from lexapp.queries.unbilled import unbilled_matters
from lexapp.services.fee_agreements import Cancellation, preview_cancellation
from lexapp.services.fee_coverages import apply_coverage, preview_coverage
from lexapp.services.pre_bills import draft_pre_bill
from lexapp.services.time_entries import Work, edit_time, record_time
from tests.agreed_fees import FLAT, agree, milestones, reach, refused
from tests.factories import NOW, OPENED, TODAY, World, make_matter, make_world

PHASE = Flat(name="Assessment", amount_minor=500_000, pays_for=Coverage(Covers.PHASES, ("L100",)))


def work(session: Session, world: World, matter_id: int, *, on: date = TODAY, task: str = "") -> TimeEntry:
    said = Work(matter_id, world.partner.id, on, 3_600, "Draft motion", task)
    return record_time(session, actor=world.owner, work=said, now=NOW)


def test_time_under_a_flat_fee_is_valued_and_not_billed(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, FLAT)
    entry = work(session, world, matter.id)
    assert entry.fee_term_id == session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == agreement.id)).one()
    assert entry.amount_minor > 0
    mine = {"firm_id": world.firm_id}
    assert unbilled_matters(session, **mine, through_on=TODAY) == []
    assert unbilled_work(session, **mine, matter_id=matter.id).entries == 0
    shown = Shown(unbilled=True, invoices=False, trust=False)
    assert standing_of_matters(session, **mine, matter_ids=[matter.id], shown=shown)[matter.id].unbilled_minor == 0
    scope = Scope(world.owner)
    assert sum_wip(wip_by(session, scope=scope, on=TODAY, by="matter")).total_minor == 0
    assert recorded_and_billed(session, scope=scope, on=TODAY).recorded_minor == 0
    told = sum_productivity(productivity(session, scope=scope, period=Period(TODAY, TODAY)))
    assert (told.billable, told.value_minor) == (100, entry.amount_minor)
    reach(session, world, milestones(session, agreement)[0])
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=NOW)
    lines = session.execute(select(PreBillLine.kind, PreBillLine.amount_minor)).all()
    assert [tuple(line) for line in lines] == [("fixed_fee", FLAT.amount_minor)]


def test_lists_say_which_time_is_covered(session: Session) -> None:
    world = make_world(session)
    covered, hourly = make_matter(session, world.owner), make_matter(session, world.owner, name="By the hour")
    agree(session, world, covered, FLAT)
    ids = [work(session, world, matter.id).id for matter in (covered, hourly)]
    for status, found in (("covered", ids[:1]), ("unbilled", ids[1:]), ("to_invoice", ids[1:])):
        lines = time_lines(session, actor=world.owner, currency="USD", chosen=TimeFilter(status=status), limit=9)
        assert [line.id for line in lines] == found
    assert [line.is_covered for line in time_lines(session, actor=world.owner, currency="USD", chosen=TimeFilter(), limit=9)] == [
        False,
        True,
    ]


def test_a_fee_for_a_phase_covers_the_time_of_that_phase_on_its_days(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agree(session, world, matter, Hourly(), PHASE, since=TODAY - timedelta(days=2))
    days = (TODAY, TODAY - timedelta(days=3))
    covered = [work(session, world, matter.id, on=day, task=task).fee_term_id is not None for day in days for task in ("L120", "L210", "")]
    assert covered == [True, False, False, False, False, False]


def test_an_entry_is_asked_anew_where_its_task_matter_or_day_changes_and_only_then(session: Session) -> None:
    world = make_world(session)
    matter, other = make_matter(session, world.owner), make_matter(session, world.owner, name="Other")
    entry = work(session, world, matter.id, task="L210")
    agree(session, world, matter, Hourly(), PHASE)
    narrated = Work(matter.id, world.partner.id, TODAY, 7_200, "Draft and file", "L210")

    def edit(said: Work) -> bool:
        edited = edit_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, work=said, now=NOW)
        return edited.fee_term_id is not None

    assert not edit(narrated)
    assert edit(Work(matter.id, world.partner.id, TODAY, 7_200, "Draft and file", "L110"))
    assert edit(Work(matter.id, world.partner.id, TODAY, 3_600, "Draft", "L110"))
    assert not edit(Work(other.id, world.partner.id, TODAY, 3_600, "Draft", "L110"))


def test_a_later_agreement_changes_recorded_time_only_when_that_is_asked_for(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    first, second = (work(session, world, matter.id, on=day) for day in (OPENED, TODAY))
    agree(session, world, matter, FLAT, since=TODAY)
    assert second.fee_term_id is None
    preview = preview_coverage(session, actor=world.owner, matter_id=matter.id, now=NOW)
    assert [(effect.entry_id, effect.difference_minor) for effect in preview.effects] == [(second.id, -second.amount_minor)]
    stale = {"matter_id": matter.id, "entries": 2, "difference_minor": preview.difference_minor}
    assert refused(lambda: apply_coverage(session, actor=world.owner, **stale, now=NOW))
    asked = {"matter_id": matter.id, "entries": 1, "difference_minor": preview.difference_minor}
    assert apply_coverage(session, actor=world.owner, **asked, key="once-and-00", now=NOW) == 1
    assert apply_coverage(session, actor=world.owner, **asked, key="once-and-00", now=NOW) == 1
    session.expire_all()
    assert (first.fee_term_id is None, second.fee_term_id is None) == (True, False)
    assert preview_coverage(session, actor=world.owner, matter_id=matter.id, now=NOW).effects == []


def test_time_on_a_pre_bill_stays_billed_by_the_hour(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    work(session, world, matter.id)
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=NOW)
    agree(session, world, matter, FLAT)
    assert preview_coverage(session, actor=world.owner, matter_id=matter.id, now=NOW).effects == []


def test_what_is_earned_by_work_is_the_value_of_the_covered_time(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, FLAT)
    entry = work(session, world, matter.id)
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.fee_agreement_id == agreement.id)).one()
    told = Cancellation(term_id=term_id, ended_on=TODAY, basis=EarnedBasis.WORK, reason="Withdrew")
    assert preview_cancellation(session, actor=world.owner, cancellation=told).earned_minor == entry.amount_minor
