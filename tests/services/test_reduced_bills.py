"""Discounts and caps of fee agreements on pre-bills and invoices: taken off once, kept right through a review, and never beyond a cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.agreed_reductions import lock_matter, rework_pre_bills
from lexapp.books.commands import record_command, succeed
from lexapp.database import transaction
from lexapp.domain.agreements import AgreedCap, AgreedDiscount
from lexapp.domain.errors import Conflict, NotAllowed
from lexapp.domain.reductions import Counts, Window
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import AuditEvent, FeeAgreement, Matter, PreBill, PreBillLine
from lexapp.queries.verification import verify
from lexapp.services.fee_agreements import NewAgreement, agree_fees, remove_agreement
from lexapp.services.pre_bills import (
    LineChange,
    approve_pre_bill,
    discard_pre_bill,
    edit_line,
    hold_back_line,
    reopen_pre_bill,
    take_back_line,
)
from tests.agreed_fees import agree, refused
from tests.billing import WORKED, charge_fixed_fee, draft, issue, lines_of, share_matter, spend, version_of, work_time
from tests.billing import agree as agree_payers
from tests.factories import NOW, OPENED, World, make_client, make_matter, make_world

TEN = AgreedDiscount(basis_points=1_000)
MONTHLY = AgreedCap(limit_minor=1_000_00, window=Window.MONTH)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def figures(session: Session, *pre_bill_ids: int) -> list[tuple[int, int, str]]:
    session.expire_all()
    lines = [line for bill in pre_bill_ids for line in lines_of(session, bill)]
    return [(line.agreed_minor, line.amount_minor, line.agreed_reason) for line in lines if line.state == "included"]


def amounts(session: Session, *pre_bill_ids: int) -> list[int]:
    return [amount for _, amount, _ in figures(session, *pre_bill_ids)]


def unchanged(line: PreBillLine) -> LineChange:
    return LineChange(line.narrative, line.quantity_hundredths, line.rate_minor, line.task_code, line.activity_code)


def edit(session: Session, world: World, line: PreBillLine, **changed: object) -> None:
    change = replace(unchanged(line), **changed)  # type: ignore[arg-type]
    session.rollback()
    edit_line(session, actor=world.owner, line_id=line.id, change=change, version=line.version, now=NOW)


def again(session: Session, world: World, matter: Matter) -> int:
    """How many lines change when everything is worked out once more."""
    session.rollback()
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="test.rework", inputs={}, now=NOW)
        lock_matter(session, firm_id=world.firm_id, matter_id=matter.id)
        changed = len(rework_pre_bills(session, command, matter_id=matter.id))
        succeed(session, command)
        return changed


def test_a_discount_stands_on_every_line_of_its_kind_with_its_reason(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, TEN)
    work_time(session, world, matter, 100)
    work_time(session, world, matter, 33, 33_335)
    charge_fixed_fee(session, world, matter, 100_01)
    spend(session, world, matter, 52_50)
    [bill] = draft(session, world, matter)
    reason = "10 % off, as agreed"
    assert figures(session, bill) == [(-50_00, 450_00, reason), (-11_00, 99_01, reason), (-10_00, 90_01, reason), (0, 52_50, "")]
    assert again(session, world, matter) == 0


def test_without_charge_nothing_is_taken_off(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, TEN, MONTHLY)
    work_time(session, world, matter, 100, status="no_charge")
    [bill] = draft(session, world, matter)
    assert figures(session, bill) == [(0, 0, "")]


def test_a_monthly_cap_counts_what_is_charged_and_begins_anew_each_month(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, TEN, MONTHLY)
    for on in (date(2026, 9, 7), date(2026, 9, 21), date(2026, 10, 5)):
        work_time(session, world, matter, 120, on=on)
    [bill] = draft(session, world, matter)
    beyond = "10 % off, as agreed (60.00); beyond the cap of $1,000.00 a month (80.00)"
    off = (-60_00, 540_00, "10 % off, as agreed")
    assert figures(session, bill) == [off, (-140_00, 460_00, beyond), off]
    assert again(session, world, matter) == 0


def test_what_was_billed_before_uses_the_cap_up(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, AgreedCap(limit_minor=1_500_00))
    work_time(session, world, matter, 240)
    issue(session, world, matter)
    work_time(session, world, matter, 120)
    [bill] = draft(session, world, matter)
    assert amounts(session, bill) == [300_00]
    approve_pre_bill(session, actor=world.owner, pre_bill_id=bill, version=version_of(session, PreBill, bill), now=NOW)
    work_time(session, world, matter, 120, on=WORKED - timedelta(days=30))
    [late] = draft(session, world, matter)
    assert figures(session, late) == [(-600_00, 0, "beyond the cap of $1,500.00")]


def test_a_line_that_becomes_less_leaves_its_room_to_the_next_and_takes_it_back(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, MONTHLY)
    for day in (1, 2, 3):
        work_time(session, world, matter, 120, on=date(2026, 11, day))
    [bill] = draft(session, world, matter)
    assert amounts(session, bill) == [600_00, 400_00, 0]
    first, second, third = lines_of(session, bill)
    edit(session, world, first, quantity_hundredths=20, write_down_reason="Too long")
    assert amounts(session, bill) == [100_00, 600_00, 300_00]
    session.expire_all()
    edit(session, world, lines_of(session, bill)[0], quantity_hundredths=120)
    assert amounts(session, bill) == [600_00, 400_00, 0]
    session.expire_all()
    hold_back_line(session, actor=world.owner, line_id=second.id, version=version_of(session, PreBillLine, second.id), now=NOW)
    assert amounts(session, bill) == [600_00, 400_00]
    take_back_line(session, actor=world.owner, line_id=second.id, version=version_of(session, PreBillLine, second.id), now=NOW)
    assert amounts(session, bill) == [600_00, 400_00, 0]
    reduced = select(AuditEvent).where(AuditEvent.action == "pre_bill_line.reduced", AuditEvent.subject_id == third.id)
    events = session.scalars(reduced.order_by(AuditEvent.id))
    assert next((event.before, event.after) for event in events) == (
        {"agreed_minor": -600_00, "amount_minor": 0},
        {"agreed_minor": -300_00, "amount_minor": 300_00},
    )


def test_what_is_taken_off_is_no_write_down_and_one_more_stands_beside_it(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, TEN)
    work_time(session, world, matter, 100)
    [bill] = draft(session, world, matter)
    [line] = lines_of(session, bill)
    edit(session, world, line, adjustment_minor=-100_00, adjustment_reason="Goodwill", write_down_minor=50_00, write_down_reason="Slow")
    session.expire_all()
    [line] = lines_of(session, bill)
    assert (line.write_down_minor, line.adjustment_minor, line.agreed_minor, line.amount_minor) == (50_00, -100_00, -35_00, 315_00)
    edit(session, world, line, no_charge=True, write_down_reason="Courtesy")
    session.expire_all()
    [line] = lines_of(session, bill)
    assert (line.adjustment_minor, line.agreed_minor, line.agreed_reason, line.amount_minor) == (0, 0, "", 0)


def test_a_discarded_draft_leaves_its_room_to_the_other(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, AgreedCap(limit_minor=1_000_00))
    work_time(session, world, matter, 150)
    [first] = draft(session, world, matter)
    work_time(session, world, matter, 150)
    [second] = draft(session, world, matter)
    assert amounts(session, first, second) == [750_00, 250_00]
    discard_pre_bill(session, actor=world.owner, pre_bill_id=first, version=version_of(session, PreBill, first), now=NOW)
    assert amounts(session, second) == [750_00]


def test_an_amount_off_each_bill_is_shared_by_its_payers(session: Session, world: World, matter: Matter) -> None:
    other = make_client(session, world.owner, "Pemberwick Mutual")
    share_matter(session, world, matter, {matter.client_id or 0: 6_000, other.id: 4_000})
    agree(session, world, matter, AgreedDiscount(amount_minor=100_01, counts=Counts.ALL))
    work_time(session, world, matter, 200)
    spend(session, world, matter, 250_00)
    bills = draft(session, world, matter)
    assert sum(off for off, _, _ in figures(session, *bills)) == -100_01
    assert sum(amounts(session, bills[0])) == 750_00 - 60_01
    approve_pre_bill(session, actor=world.owner, pre_bill_id=bills[0], version=version_of(session, PreBill, bills[0]), now=NOW)
    assert again(session, world, matter) == 0
    reopen_pre_bill(session, actor=world.owner, pre_bill_id=bills[0], version=version_of(session, PreBill, bills[0]), now=NOW)
    assert again(session, world, matter) == 0


def capped_payers(session: Session, world: World, matter: Matter, cap_minor: int) -> int:
    """An insurer with 80 % of the fees up to a cap, the client the rest; the insurer's id."""
    insurer, client_id = make_client(session, world.owner, "Pemberwick Mutual"), matter.client_id or 0
    first = PayerTerms(insurer.id, fees=8_000, cap_minor=cap_minor)
    agree_payers(session, world, matter, Arrangement((first, PayerTerms(client_id)), client_id))
    return insurer.id


def test_a_payers_cap_counts_net_of_the_discount_and_is_used_to_the_cent(session: Session, world: World, matter: Matter) -> None:
    insurer = capped_payers(session, world, matter, 777_77)
    agree(session, world, matter, AgreedDiscount(basis_points=1_234))
    for _ in range(3):
        work_time(session, world, matter, 111)
    bills = draft(session, world, matter)
    lines = [line for bill in bills for line in lines_of(session, bill)]
    assert sum(line.amount_minor for line in lines if line.payer_id == insurer) == 777_77
    assert sum(line.amount_minor for line in lines) == 1_665_00 - 205_46
    assert again(session, world, matter) == 0


def test_what_would_charge_a_payer_beyond_the_cap_is_refused(session: Session, world: World, matter: Matter) -> None:
    capped_payers(session, world, matter, 500_00)
    agree(session, world, matter, MONTHLY)
    work_time(session, world, matter, 120, on=date(2026, 11, 1))
    work_time(session, world, matter, 120, on=date(2026, 11, 2))
    bills = draft(session, world, matter)
    lines = [line for bill in bills for line in lines_of(session, bill)]
    held = next(line for line in lines if line.amount_minor == 480_00)
    edited = next(line for line in lines if line.payer_id == held.payer_id and line is not held)
    session.rollback()
    with pytest.raises(Conflict, match="beyond the cap of Pemberwick Mutual"):
        edit(session, world, edited, quantity_hundredths=edited.quantity_hundredths + 100, write_down_reason="More")
    session.rollback()
    assert sum(amounts(session, *bills)) == 1_000_00


def test_released_parts_that_are_billed_again_are_reduced_again(session: Session, world: World, matter: Matter) -> None:
    other = make_client(session, world.owner, "Pemberwick Mutual")
    share_matter(session, world, matter, {matter.client_id or 0: 5_000, other.id: 5_000})
    agree(session, world, matter, TEN, AgreedCap(limit_minor=500_00))
    work_time(session, world, matter, 120)
    kept, discarded = draft(session, world, matter)
    assert amounts(session, kept, discarded) == [250_00, 250_00]
    discard_pre_bill(session, actor=world.owner, pre_bill_id=discarded, version=version_of(session, PreBill, discarded), now=NOW)
    assert amounts(session, kept) == [250_00]
    [anew] = draft(session, world, matter)
    assert amounts(session, kept, anew) == [250_00, 250_00]
    assert again(session, world, matter) == 0


# ── agreements that change ───────────────────────────────────────────────────────────────────────


def test_fees_agreed_anew_change_what_is_under_review_and_not_what_is_billed(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 100)
    issue(session, world, matter)
    work_time(session, world, matter, 100)
    [bill] = draft(session, world, matter)
    agreement = agree(session, world, matter, TEN)
    assert figures(session, bill) == [(-50_00, 450_00, "10 % off, as agreed")]
    version = version_of(session, FeeAgreement, agreement.id)
    session.rollback()
    remove_agreement(session, actor=world.owner, agreement_id=agreement.id, version=version, now=NOW)
    assert figures(session, bill) == [(0, 500_00, "")]


@pytest.mark.parametrize("window", Window)
@pytest.mark.parametrize("is_hard", [True, False])
def test_a_cap_below_what_is_billed_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, window: Window, is_hard: bool
) -> None:
    work_time(session, world, matter, 240)
    issue(session, world, matter)
    cap = AgreedCap(limit_minor=1_000_00, window=window, is_hard=is_hard, since=WORKED.replace(day=1))
    error = refused(lambda: agree(session, world, matter, TEN, cap))
    assert error.field == "term_2_limit_minor"
    assert str(error) == "What is billed already goes $200.00 beyond it. Write a higher cap, or count work from a later day."
    session.rollback()
    agree(session, world, matter, TEN, replace(cap, limit_minor=1_200_00))


def test_a_cap_comes_not_back_below_what_was_billed_after_it_was_lifted(session: Session, world: World, matter: Matter) -> None:
    agree(session, world, matter, AgreedCap(limit_minor=500_00))
    lifted = agree(session, world, matter, TEN, since=WORKED)
    work_time(session, world, matter, 240)
    issue(session, world, matter)
    version = version_of(session, FeeAgreement, lifted.id)
    session.rollback()
    with pytest.raises(NotAllowed, match="More was billed under this agreement than a cap of the one before allows"):
        remove_agreement(session, actor=world.owner, agreement_id=lifted.id, version=version, now=NOW)


@pytest.mark.books_by_hand
def test_verify_names_a_cap_that_is_passed_and_a_discount_that_is_missing(session: Session, world: World, matter: Matter) -> None:
    capped = make_matter(session, world.owner)
    for one, term in ((capped, AgreedCap(limit_minor=500_00)), (matter, TEN)):
        agreement = NewAgreement(matter_id=one.id, effective_from=OPENED, terms=(term,))
        agree_fees(session, actor=world.owner, agreement=agreement, now=NOW - timedelta(days=1))
    for one in (matter, capped):
        work_time(session, world, one, 240)
        issue(session, world, one)
    assert verify(session, world.firm_id) == []
    lines = {line.agreed_reason: line for line in session.scalars(select(PreBillLine))}
    for line in lines.values():
        line.amount_minor, line.agreed_minor, line.agreed_reason = 1_200_00, 0, ""
    session.flush()
    found = {finding.sentence for finding in verify(session, world.firm_id)}
    discounted = lines["10 % off, as agreed"].id
    assert f"Pre-bill line {discounted}: the agreement takes -12000 off it, 0 is taken off." in found
    assert any(sentence.startswith(f"Matter {capped.id}: 70000 is charged beyond the cap of $500.00") for sentence in found)
    session.rollback()
