"""Caps of payers beside discounts by volume and caps of the matter: nobody is charged beyond one, and nobody's part moves to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.agreed_reductions import lock_matter, rework_pre_bills
from lexapp.books.commands import record_command, succeed
from lexapp.database import transaction
from lexapp.domain.agreements import AgreedCap, AgreedDiscount
from lexapp.domain.reductions import Tier, VolumeDiscount, YearlyDiscount
from lexapp.domain.splits import Arrangement, Counted, PayerTerms
from lexapp.models import AuditEvent, Client, Matter, PreBill, PreBillLine
from lexapp.queries.payers import billed_by_payer, limits_of
from lexapp.queries.verification import verify
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.invoices import issue_invoices, void_invoice
from lexapp.services.pre_bills import LineChange, approve_pre_bills, discard_pre_bill, edit_line, hold_back_line, reopen_pre_bill
from tests.agreed_fees import agree as agree_fees
from tests.billing import agree as agree_payers
from tests.billing import draft, issue, lines_of, share_matter, version_of, work_time
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_world


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def insurer(session: Session, world: World) -> Client:
    return make_client(session, world.owner, "Pemberwick Mutual")


@pytest.fixture
def matter(session: Session, world: World, insurer: Client) -> Matter:
    """Its client has a higher number than the insurer."""
    return make_matter(session, world.owner)


def charged(session: Session, matter: Matter) -> dict[int, int]:
    """What each payer is charged on bills that stand."""
    session.rollback()
    found: dict[int, int] = {}
    for bill in session.scalars(select(PreBill).where(PreBill.matter_id == matter.id).order_by(PreBill.id)):
        for line in lines_of(session, bill.id):
            if line.state == "included":
                found[line.payer_id] = found.get(line.payer_id, 0) + line.amount_minor
    return found


def insured(session: Session, world: World, matter: Matter, insurer_id: int, cap_minor: int) -> None:
    """The insurer pays 80 % of the fees up to a cap, the client the rest."""
    client_id = matter.client_id or 0
    terms = Arrangement((PayerTerms(insurer_id, fees=8_000, cap_minor=cap_minor), PayerTerms(client_id)), client_id)
    agree_payers(session, world, matter, terms)


def by_volume(session: Session, world: World, matter: Matter, above_minor: int) -> None:
    terms = YearlyDiscount(VolumeDiscount((Tier(above_minor, 1_000),)))
    discount = NewDiscount(client_id=matter.client_id or 0, terms=terms, effective_from=OPENED)
    agree_discount(session, actor=world.owner, discount=discount, now=NOW)


def discard(session: Session, world: World, id_: int) -> None:
    discard_pre_bill(session, actor=world.owner, pre_bill_id=id_, version=version_of(session, PreBill, id_), now=NOW)


def void(session: Session, world: World, invoice_id: int) -> None:
    session.rollback()
    void_invoice(session, actor=world.owner, invoice_id=invoice_id, reason="Wrong matter", now=NOW)


def again(session: Session, world: World, matter: Matter) -> int:
    """How many lines change when everything is worked out once more."""
    session.rollback()
    with transaction(session, world.firm_id):
        command = record_command(session, actor=world.owner, name="test.rework", inputs={}, now=NOW)
        lock_matter(session, firm_id=world.firm_id, matter_id=matter.id)
        limits = limits_of(session, firm_id=world.firm_id, matter_id=matter.id)
        changed = len(rework_pre_bills(session, command, matter_id=matter.id, limits=limits))
        succeed(session, command)
        return changed


def edit(session: Session, world: World, line: PreBillLine, **changed: object) -> None:
    change = replace(LineChange(line.narrative, line.quantity_hundredths, line.rate_minor, line.task_code, line.activity_code), **changed)  # type: ignore[arg-type]
    session.rollback()
    edit_line(session, actor=world.owner, line_id=line.id, change=change, version=line.version, now=NOW)


def test_a_discount_by_volume_leaves_no_room_below_a_payers_cap(session: Session, world: World, matter: Matter, insurer: Client):
    """Taken back when the first bill is discarded, it charges the insurer the cap and no more."""
    other = make_matter(session, world.owner, session.get_one(Client, matter.client_id))
    insured(session, world, matter, insurer.id, 800_00)
    by_volume(session, world, matter, 1_000_00)
    work_time(session, world, other, 200)
    (first,) = draft(session, world, other)
    work_time(session, world, matter, 200)
    draft(session, world, matter)
    assert charged(session, matter) == {insurer.id: 720_00, matter.client_id: 180_00}
    work_time(session, world, matter, 100)
    draft(session, world, matter)
    assert charged(session, matter) == {insurer.id: 720_00, matter.client_id: 180_00 + 450_00}
    assert billed_by_payer(session, firm_id=world.firm_id, matter_ids=[matter.id])[matter.id].of(insurer.id)[Counted.FEES] == 800_00
    discard(session, world, first)
    assert charged(session, matter)[insurer.id] == 800_00


@pytest.mark.parametrize("is_first", [True, False])
def test_the_clients_part_passes_a_step_within_a_draft(session: Session, world: World, matter: Matter, insurer: Client, is_first: bool):
    """Whichever of the two has the higher number."""
    late = make_client(session, world.owner, "Quillon Indemnity")
    payer_id = insurer.id if is_first else late.id
    insured(session, world, matter, payer_id, 500_00)
    by_volume(session, world, matter, 1_000_00)
    work_time(session, world, matter, 300)
    draft(session, world, matter)
    assert charged(session, matter) == {payer_id: 500_00, matter.client_id: 950_00}
    work_time(session, world, matter, 100)
    issue(session, world, matter)
    assert charged(session, matter) == {payer_id: 500_00, matter.client_id: 950_00 + 450_00}


def seen(session: Session, *pre_bill_ids: int) -> list[list[int]]:
    """What the lines of pre-bills charge."""
    session.rollback()
    return [[line.amount_minor for line in lines_of(session, id_) if line.state == "included"] for id_ in pre_bill_ids]


@pytest.fixture
def halves(session: Session, world: World, matter: Matter, insurer: Client) -> list[int]:
    """Pre-bills of the insurer and the client for three days' work of 900.00 that is capped at 1,000.00, half each."""
    share_matter(session, world, matter, {insurer.id: 5_000, matter.client_id or 0: 5_000})
    agree_fees(session, world, matter, AgreedCap(limit_minor=1_000_00))
    for day in (1, 2, 3):
        work_time(session, world, matter, 60, on=date(2026, 11, day))
    return draft(session, world, matter)


HALF = [150_00, 150_00, 150_00]


def test_a_part_that_is_discarded_and_billed_again_is_what_it_was(session: Session, world: World, matter: Matter, halves: list[int]):
    work_time(session, world, matter, 60)
    late = draft(session, world, matter)
    before = [*seen(session, halves[0]), *seen(session, *late)]
    assert before == [HALF, [50_00], [50_00]]
    discard(session, world, halves[1])
    assert [*seen(session, halves[0]), *seen(session, *late)] == before
    (anew,) = draft(session, world, matter)
    assert seen(session, halves[0], anew) == [HALF, HALF]
    assert again(session, world, matter) == 0


def test_cuts_stay_on_the_lines_they_were_on(session: Session, world: World, matter: Matter, insurer: Client):
    share_matter(session, world, matter, {insurer.id: 5_000, matter.client_id or 0: 5_000})
    agree_fees(session, world, matter, AgreedCap(limit_minor=500_00))
    for day in (1, 2):
        work_time(session, world, matter, 60, on=date(2026, 11, day))
    first, second = draft(session, world, matter)
    assert seen(session, first, second) == [[150_00, 100_00], [150_00, 100_00]]
    discard(session, world, first)
    (anew,) = draft(session, world, matter)
    assert seen(session, anew, second) == [[150_00, 100_00], [150_00, 100_00]]
    discard(session, world, second)
    discard(session, world, anew)
    assert seen(session, *draft(session, world, matter)) == [[150_00, 100_00], [150_00, 100_00]]
    assert again(session, world, matter) == 0


def test_a_void_gives_its_room_to_bills_under_review_and_no_others_part(session: Session, world: World, matter: Matter):
    agree_fees(session, world, matter, AgreedCap(limit_minor=1_000_00))
    work_time(session, world, matter, 160)
    (invoice,) = issue(session, world, matter)
    work_time(session, world, matter, 160)
    (bill,) = draft(session, world, matter)
    assert seen(session, bill) == [[200_00]]
    void(session, world, invoice.id)
    assert seen(session, bill) == [[800_00]]
    (trail,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "pre_bill_line.reduced")).all()
    assert trail.after == {"agreed_minor": 0, "amount_minor": 800_00}


def test_a_void_for_one_payer_leaves_the_others_theirs(session: Session, world: World, matter: Matter, insurer: Client):
    share_matter(session, world, matter, {insurer.id: 5_000, matter.client_id or 0: 5_000})
    agree_fees(session, world, matter, AgreedCap(limit_minor=500_00))
    work_time(session, world, matter, 200)
    first, second = draft(session, world, matter)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[first], now=NOW)
    (invoice_id,) = issue_invoices(session, actor=world.owner, pre_bill_ids=[first], issued_on=TODAY, now=NOW)
    void(session, world, invoice_id)
    assert seen(session, second) == [[250_00]]
    (anew,) = draft(session, world, matter)
    assert seen(session, anew, second) == [[250_00], [250_00]]


def test_terms_agreed_meanwhile_reach_a_bill_that_is_reopened(session: Session, world: World, matter: Matter):
    work_time(session, world, matter, 200)
    (bill,) = draft(session, world, matter)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill], now=NOW)
    agree_fees(session, world, matter, AgreedDiscount(basis_points=1_000))
    assert seen(session, bill) == [[1_000_00]]
    reopen_pre_bill(session, actor=world.owner, pre_bill_id=bill, version=version_of(session, PreBill, bill), now=NOW)
    assert seen(session, bill) == [[900_00]]


@pytest.mark.parametrize("deed", ["lower", "hold"])
def test_a_lower_line_of_one_payer_charges_no_other_beyond_the_cap(
    session: Session, world: World, matter: Matter, insurer: Client, deed: str
):
    """The insurer's cap and the matter's are used up: what the client is charged less is charged to nobody."""
    client_id = matter.client_id or 0
    terms = Arrangement((PayerTerms(insurer.id, fees=5_000, cap_minor=250_00), PayerTerms(client_id)), client_id)
    agree_payers(session, world, matter, terms)
    agree_fees(session, world, matter, AgreedCap(limit_minor=500_00))
    work_time(session, world, matter, 120)
    insurers, clients = draft(session, world, matter)
    assert seen(session, insurers, clients) == [[250_00], [250_00]]
    (line,) = lines_of(session, clients)
    if deed == "lower":
        edit(session, world, line, quantity_hundredths=line.quantity_hundredths - 20, write_down_reason="Too long")
    else:
        session.rollback()
        hold_back_line(session, actor=world.owner, line_id=line.id, version=line.version, now=NOW)
    assert seen(session, insurers, clients) == [[250_00], [200_00] if deed == "lower" else []]
    session.rollback()
    (line,) = lines_of(session, insurers)
    assert line.agreed_reason == ("beyond the payer’s cap" if deed == "lower" else "beyond the cap of $500.00")
    assert again(session, world, matter) == 0


def test_an_amount_off_a_bill_is_given_once_though_a_part_is_billed_again(session: Session, world: World, matter: Matter, insurer: Client):
    share_matter(session, world, matter, {insurer.id: 5_000, matter.client_id or 0: 5_000})
    agree_fees(session, world, matter, AgreedDiscount(amount_minor=100_00))
    work_time(session, world, matter, 200)
    bills = draft(session, world, matter)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills, now=NOW)
    first, _ = issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=TODAY, now=NOW)
    void(session, world, first)
    (anew,) = draft(session, world, matter)
    assert seen(session, anew, bills[1]) == [[450_00], [450_00]]


@pytest.mark.parametrize("deed", ["lower", "hold", "discard"])
def test_over_several_days_a_payers_used_up_cap_stands_in_nobodys_way(
    session: Session, world: World, matter: Matter, insurer: Client, deed: str
):
    client_id = matter.client_id or 0
    terms = Arrangement(
        (PayerTerms(insurer.id, fees=5_000, cap_minor=400_00, overflow_payer_id=client_id), PayerTerms(client_id)), client_id
    )
    agree_payers(session, world, matter, terms)
    agree_fees(session, world, matter, AgreedCap(limit_minor=1_000_00))
    for day, hundredths in ((10, 500), (11, 1_000)):
        work_time(session, world, matter, hundredths, 10_000, on=date(2026, 11, day))
    insurers, clients = draft(session, world, matter)
    assert seen(session, insurers, clients) == [[250_00, 150_00], [250_00, 350_00]]
    line = lines_of(session, clients)[0]
    if deed == "lower":
        edit(session, world, line, quantity_hundredths=100, write_down_reason="Too long")
    elif deed == "hold":
        session.rollback()
        hold_back_line(session, actor=world.owner, line_id=line.id, version=line.version, now=NOW)
    else:
        discard(session, world, clients)
    left = {"lower": [[250_00, 150_00], [100_00, 455_00]], "hold": [[250_00, 150_00], [350_00]], "discard": [[250_00, 150_00], []]}
    assert seen(session, insurers, clients) == left[deed]
    assert again(session, world, matter) == 0
    if deed == "discard":
        (anew,) = draft(session, world, matter)
        assert seen(session, insurers, anew) == [[250_00, 150_00], [250_00, 350_00]]
