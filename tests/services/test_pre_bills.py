"""Pre-bills: everything unbilled once and for every payer, reviewed so that it multiplies out, held back, discarded, approved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refused
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, Matter, PreBill, PreBillLine
from lexapp.queries.unbilled import unbilled_matters
from lexapp.services.pre_bills import (
    LineChange,
    approve_pre_bill,
    discard_pre_bill,
    draft_pre_bill,
    edit_line,
    hold_back_line,
    reopen_pre_bill,
    take_back_line,
)
from tests.billing import charge_fixed_fee, draft, draft_one, lines_of, spend, version_of, work_time
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def amounts(session: Session, pre_bill_id: int) -> list[int]:
    return [line.amount_minor for line in lines_of(session, pre_bill_id)]


def change(line: PreBillLine, **values: object) -> LineChange:
    given = {"narrative": line.narrative, "quantity_hundredths": line.quantity_hundredths, "rate_minor": line.rate_minor}
    return LineChange(**(given | values))  # type: ignore[arg-type]


def edit(session: Session, world: World, line: PreBillLine, **values: object) -> PreBillLine:
    return edit_line(session, actor=world.owner, line_id=line.id, version=line.version, change=change(line, **values), now=NOW)


# ── drafting ─────────────────────────────────────────────────────────────────────────────────────


def test_a_pre_bill_takes_everything_unbilled_through_its_date_and_nothing_else(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 120, 50_000)
    work_time(session, world, matter, 40, 30_000, by=world.associate, status="no_charge", on=date(2026, 11, 2))
    work_time(session, world, matter, 100, 50_000, on=date(2026, 11, 24))
    work_time(session, world, matter, 100, 50_000, status="non_billable")
    work_time(session, world, make_matter(session, world.owner), 100, 50_000)
    charge_fixed_fee(session, world, matter, 125_000)
    spend(session, world, matter, 28_950)
    bill = draft_one(session, world, matter)
    lines = lines_of(session, bill.id)
    assert [(line.kind, line.billing_status, line.amount_minor) for line in lines] == [
        ("time", "no_charge", 0),
        ("time", "billable", 60_000),
        ("fixed_fee", "billable", 125_000),
        ("expense", "billable", 28_950),
    ]
    assert [line.position for line in lines] == [1, 2, 3, 4]
    assert (lines[0].quantity_hundredths, lines[0].rate_minor) == (40, 30_000)
    assert (bill.state, bill.payer_id, bill.version) == ("open", matter.client_id, 1)


def test_work_is_drafted_once(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    draft(session, world, matter)
    with pytest.raises(InvalidInput, match="no unbilled work through Nov 23, 2026"):
        draft(session, world, matter)
    assert unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY) == []


def test_the_same_form_sent_twice_makes_one_pre_bill(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    sent = [draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, key="k", now=NOW) for _ in range(2)]
    assert sent[0] == sent[1]
    assert session.scalar(select(func.count(PreBill.id))) == 1


def test_billable_time_without_a_rate_stands_in_the_way(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, rate=None)
    with pytest.raises(InvalidInput, match="has no rate"):
        draft(session, world, matter)
    assert session.scalar(select(func.count(PreBill.id))) == 0


def test_a_stranger_and_a_timekeeper_make_no_pre_bill(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    other = make_world(session, "Other LLP")
    timekeeper = make_member(session, world.owner, Role.TIMEKEEPER)
    with pytest.raises(NotAllowed):
        draft(session, world, matter, actor=timekeeper)
    with pytest.raises(NotFound):
        draft(session, world, matter, actor=other.owner)
    assert unbilled_matters(session, firm_id=other.firm_id, through_on=TODAY) == []


def test_several_who_draft_at_once_bill_the_work_once(session: Session, world: World, matter: Matter, database: Database) -> None:
    for _ in range(3):
        work_time(session, world, matter)
    matter_id = matter.id
    session.rollback()

    def press(_: int) -> str:
        with Session(database.engine, autoflush=False) as own:
            try:
                draft_pre_bill(own, actor=world.owner, matter_id=matter_id, through_on=TODAY, now=NOW)
            except Refused as refusal:
                return refusal.message
            return "made"

    with ThreadPoolExecutor(4) as browsers:
        answers = sorted(browsers.map(press, range(4)))
    assert answers.count("made") == 1
    assert all("no unbilled work" in answer for answer in answers if answer != "made")
    assert session.scalar(select(func.count(PreBillLine.id))) == 3


# ── review ───────────────────────────────────────────────────────────────────────────────────────


def test_a_write_down_takes_whole_hundredths_and_stays_internal(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 200, 35_000)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    edit(session, world, line, write_down_minor=7_000, write_down_reason="Block billing", narrative="Review berth logs")
    assert (line.quantity_hundredths, line.amount_minor, line.write_down_minor) == (180, 63_000, 7_000)
    assert (line.narrative, line.write_down_reason, line.version) == ("Review berth logs", "Block billing", 2)
    assert line.entry_amount_minor == 70_000
    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "pre_bill_line")).one()
    assert (event.before or {})["quantity_hundredths"] == 200


def test_a_shown_adjustment_leaves_the_quantity(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 200, 35_000)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    edit(session, world, line, adjustment_minor=-7_000, adjustment_reason="Agreed discount")
    assert (line.quantity_hundredths, line.adjustment_minor, line.write_down_minor, line.amount_minor) == (200, -7_000, 0, 63_000)


def test_a_line_can_be_given_away(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 80, 41_500)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    edit(session, world, line, no_charge=True, write_down_reason="Second attendee")
    assert (line.billing_status, line.amount_minor, line.write_down_minor, line.quantity_hundredths) == ("no_charge", 0, 33_200, 80)


def test_a_cost_is_written_down_by_its_price(session: Session, world: World, matter: Matter) -> None:
    spend(session, world, matter, 525, quantity=28_600)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    edit(session, world, line, write_down_minor=150, write_down_reason="Blank pages")
    assert (line.quantity_hundredths, line.rate_minor, line.amount_minor, line.cost_minor) == (100, 150_000, 150_000, 150_150)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"write_down_minor": 5_000, "write_down_reason": "x"}, "write_down", r"nearest write-downs are \$49.00"),
        ({"write_down_minor": 7_000}, "write_down_reason", "Say why"),
        ({"quantity_hundredths": 100}, "write_down_reason", "Say why"),
        ({"adjustment_minor": -7_000}, "adjustment_reason", "Say why"),
        ({"adjustment_minor": 100, "adjustment_reason": "x"}, "adjustment", "takes something off"),
        ({"adjustment_minor": -70_001, "adjustment_reason": "x"}, "adjustment", "more off than the line is worth"),
        ({"quantity_hundredths": 2_401}, "quantity", "between 0 and 24 hours"),
        ({"rate_minor": -1}, "rate", "zero or more"),
        ({"narrative": "  "}, "narrative", "Type what was done"),
    ],
)
def test_what_does_not_multiply_out_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, values: dict[str, object], field: str, sentence: str
) -> None:
    work_time(session, world, matter, 200, 35_000)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    with pytest.raises(Refused, match=sentence) as refusal:
        edit(session, world, line, **values)
    assert refusal.value.field == field
    assert amounts(session, line.pre_bill_id) == [70_000]


def test_a_stale_reviewer_is_told(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    with pytest.raises(Conflict, match="Somebody changed"):
        edit_line(session, actor=world.owner, line_id=line.id, version=7, change=change(line), now=NOW)
    with pytest.raises(Conflict):
        approve_pre_bill(session, actor=world.owner, pre_bill_id=line.pre_bill_id, version=7, now=NOW)


def test_a_stranger_edits_no_line(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    line_id, asked = line.id, change(line)
    other = make_world(session, "Other LLP")
    with pytest.raises(NotFound):
        edit_line(session, actor=other.owner, line_id=line_id, version=1, change=asked, now=NOW)


def test_held_work_is_unbilled_until_it_is_taken_back(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 120)
    work_time(session, world, matter, 20)
    first, _ = lines_of(session, draft_one(session, world, matter).id)
    hold_back_line(session, actor=world.owner, line_id=first.id, version=version_of(session, PreBillLine, first.id), now=NOW)
    (free,) = unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY)
    assert free.fees_minor == 60_000
    (second_bill,) = draft(session, world, matter)
    with pytest.raises(Conflict, match="on another pre-bill"):
        take_back_line(session, actor=world.owner, line_id=first.id, version=version_of(session, PreBillLine, first.id), now=NOW)
    discard_pre_bill(session, actor=world.owner, pre_bill_id=second_bill, version=version_of(session, PreBill, second_bill), now=NOW)
    take_back_line(session, actor=world.owner, line_id=first.id, version=version_of(session, PreBillLine, first.id), now=NOW)
    assert unbilled_matters(session, firm_id=world.firm_id, through_on=TODAY) == []


def test_an_approved_pre_bill_does_not_change_until_it_is_reopened(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    (line,) = lines_of(session, draft_one(session, world, matter).id)
    approve_pre_bill(session, actor=world.owner, pre_bill_id=line.pre_bill_id, version=1, now=NOW)
    with pytest.raises(Conflict, match="is approved and no longer changes"):
        hold_back_line(session, actor=world.owner, line_id=line.id, version=version_of(session, PreBillLine, line.id), now=NOW)
    reopen_pre_bill(session, actor=world.owner, pre_bill_id=line.pre_bill_id, version=2, now=NOW)
    hold_back_line(session, actor=world.owner, line_id=line.id, version=version_of(session, PreBillLine, line.id), now=NOW)
    with pytest.raises(InvalidInput, match="Every line is held back"):
        approve_pre_bill(session, actor=world.owner, pre_bill_id=line.pre_bill_id, version=4, now=NOW)


def test_an_assistant_reviews_but_does_not_approve(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter)
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    (bill,) = draft(session, world, matter, actor=assistant)
    for command in (approve_pre_bill, discard_pre_bill):
        with pytest.raises(NotAllowed):
            command(session, actor=assistant, pre_bill_id=bill, version=1, now=NOW)
    assert session.get_one(PreBill, bill).state == "open"
