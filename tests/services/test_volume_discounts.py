"""Discounts by volume on bills: all matters of a client together, however many bills its year has, and whatever is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.derivations import follow
from lexapp.domain.reductions import Counts, Reckoning, Tier, VolumeDiscount, YearlyDiscount
from lexapp.domain.shares import parse_percent
from lexapp.models import Account, AuditEvent, Client, ClientDiscount, Invoice, Matter, Posting, PreBill, PreBillLine
from lexapp.queries.client_discounts import volume_year
from lexapp.queries.derivations.lines import derive_lines
from lexapp.queries.verification import verify
from lexapp.services.client_discounts import NewDiscount, agree_discount, end_discount, remove_discount
from lexapp.services.invoices import issue_invoices, void_invoice
from lexapp.services.pre_bills import (
    approve_pre_bill,
    discard_pre_bill,
    draft_next_chunk,
    draft_pre_bill,
    hold_back_line,
    reopen_pre_bill,
    start_draft_run,
    take_back_line,
)
from tests.billing import charge_fixed_fee, lines_of, share_matter, spend
from tests.databases import Database
from tests.discounted import minor, whole_units
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_world
from tests.markdown_tables import table_under

ABOVE = VolumeDiscount((Tier(100_000_00, 1_000),))
EVERYTHING = VolumeDiscount((Tier(100_000_00, 1_000),), Reckoning.EVERYTHING)
YEAR = date(2026, 1, 1)


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    made = make_world(session)
    yield made
    session.rollback()
    assert verify(session, made.firm_id) == []


@pytest.fixture
def client(session: Session, world: World) -> Client:
    return make_client(session, world.owner)


@pytest.fixture
def matters(session: Session, world: World, client: Client) -> list[Matter]:
    return [make_matter(session, world.owner, client, name) for name in ("Port", "Cargo", "Lease")]


def agree(session: Session, world: World, client: Client, volume: VolumeDiscount = ABOVE, since: date = YEAR, first_month: int = 1) -> int:
    discount = NewDiscount(client_id=client.id, terms=YearlyDiscount(volume, first_month), effective_from=since)
    return agree_discount(session, actor=world.owner, discount=discount, now=NOW).id


def bill(session: Session, world: World, matter: Matter, minor: int, through_on: date = TODAY) -> int:
    """A fee on a pre-bill of its own."""
    charge_fixed_fee(session, world, matter, minor)
    (id_,) = draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=through_on, now=NOW)
    return id_


def settle(session: Session, world: World, *ids: int) -> None:
    for id_ in ids:
        approve_pre_bill(session, actor=world.owner, pre_bill_id=id_, version=version(session, id_), now=NOW)


def issue(session: Session, world: World, *ids: int) -> list[int]:
    settle(session, world, *ids)
    return issue_invoices(session, actor=world.owner, pre_bill_ids=ids, issued_on=TODAY, now=NOW)


def version(session: Session, id_: int) -> int:
    session.rollback()
    return session.scalars(select(PreBill.version).where(PreBill.id == id_)).one()


def given(session: Session, *ids: int) -> list[int]:
    """What pre-bills are given, in whole units."""
    session.rollback()
    return [-sum(line.volume_minor for line in lines_of(session, id_) if line.state == "included") // 100 for id_ in ids]


def test_what_is_above_the_step_is_given_on_the_bill_that_passes_it(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client)
    ids = [bill(session, world, matter, minor) for matter, minor in zip(matters, (60_000_00, 50_000_00, 20_000_00), strict=True)]
    assert given(session, *ids) == [0, 1_000, 2_000]
    (line,) = lines_of(session, ids[1])
    assert (line.amount_minor, line.volume_reason) == (49_000_00, "Discount by volume")


def test_off_everything_the_bill_that_passes_credits_the_ones_before(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client, EVERYTHING)
    ids = [bill(session, world, matter, minor) for matter, minor in zip(matters, (60_000_00, 50_000_00, 20_000_00), strict=True)]
    assert given(session, *ids) == [0, 11_000, 2_000]


def test_what_a_bill_cannot_hold_is_given_on_the_next(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client, EVERYTHING)
    ids = [bill(session, world, matter, minor) for matter, minor in zip(matters, (99_000_00, 2_000_00, 50_000_00), strict=True)]
    assert given(session, *ids) == [0, 2_000, 13_100]


def test_one_run_over_all_matters_gives_what_single_bills_give(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client)
    for matter, amount in zip(matters, (60_000_00, 50_000_00, 20_000_00), strict=True):
        charge_fixed_fee(session, world, matter, amount)
    run = start_draft_run(session, actor=world.owner, matter_ids=[one.id for one in matters], through_on=TODAY, now=NOW)
    while draft_next_chunk(session, actor=world.owner, run_id=run.id, now=NOW):
        pass
    assert given(session, *session.scalars(select(PreBill.id).order_by(PreBill.id)).all()) == [0, 1_000, 2_000]


def test_a_void_in_between_is_made_up_for_on_open_bills(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client)
    first, second = bill(session, world, matters[0], 60_000_00), bill(session, world, matters[1], 50_000_00)
    (invoice_id, _) = issue(session, world, first, second)
    third = bill(session, world, matters[2], 20_000_00)
    assert given(session, second, third) == [1_000, 2_000]
    void_invoice(session, actor=world.owner, invoice_id=invoice_id, reason="Wrong matter", now=NOW)
    assert given(session, second, third) == [1_000, 0]
    (again,) = draft_pre_bill(session, actor=world.owner, matter_id=matters[0].id, through_on=TODAY, now=NOW)
    assert given(session, second, third, again) == [1_000, 0, 2_000]


def test_a_new_year_begins_at_nothing_by_the_day_billed_through(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client, first_month=11)
    old = bill(session, world, matters[0], 150_000_00, date(2026, 11, 3))
    assert given(session, old) == [5_000]
    agree_again = make_client(session, world.owner)
    agree(session, world, agree_again, first_month=12)
    other = make_matter(session, world.owner, agree_again)
    assert given(session, bill(session, world, other, 150_000_00, TODAY), bill(session, world, other, 120_000_00, date(2026, 12, 1))) == [
        5_000,
        2_000,
    ]


def test_only_bills_from_the_first_day_of_the_discount_count(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client, since=date(2026, 11, 10))
    before = bill(session, world, matters[0], 150_000_00, date(2026, 11, 9))
    after = bill(session, world, matters[1], 110_000_00)
    assert given(session, before, after) == [0, 1_000]


def test_fees_count_or_everything_and_all_payers_of_the_matter(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client, VolumeDiscount((Tier(0, 1_000),), counts=Counts.ALL))
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    share_matter(session, world, matters[0], {client.id: 4_000, insurer.id: 6_000})
    spend(session, world, matters[0], 100_00)
    charge_fixed_fee(session, world, matters[0], 1_000_00)
    ids = draft_pre_bill(session, actor=world.owner, matter_id=matters[0].id, through_on=TODAY, now=NOW)
    assert sum(given(session, *ids)) == 110
    assert all(minor > 0 for minor in given(session, *ids))
    issue(session, world, *ids)


def test_held_back_and_taken_back_lines_move_what_others_are_given(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client)
    first, second = bill(session, world, matters[0], 60_000_00), bill(session, world, matters[1], 50_000_00)
    (line,) = lines_of(session, first)
    shown = line.version
    session.rollback()
    held = hold_back_line(session, actor=world.owner, line_id=line.id, version=shown, now=NOW)
    assert given(session, first, second) == [0, 0]
    (trail,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "pre_bill_line.reduced")).all()
    assert trail.after == {"volume_minor": 0, "amount_minor": 50_000_00}
    shown = held.version
    session.rollback()
    take_back_line(session, actor=world.owner, line_id=line.id, version=shown, now=NOW)
    assert given(session, first, second) == [0, 1_000]


def test_a_discarded_bill_leaves_its_room_to_the_others(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client)
    first, second = bill(session, world, matters[0], 60_000_00), bill(session, world, matters[1], 50_000_00)
    discard_pre_bill(session, actor=world.owner, pre_bill_id=first, version=version(session, first), now=NOW)
    assert given(session, second) == [0]


def test_what_is_approved_keeps_its_discount_and_the_next_ones_are_given_the_less(
    session: Session, world: World, client: Client, matters: list[Matter]
):
    agree(session, world, client)
    first, second = bill(session, world, matters[0], 60_000_00), bill(session, world, matters[1], 50_000_00)
    settle(session, world, second)
    discard_pre_bill(session, actor=world.owner, pre_bill_id=first, version=version(session, first), now=NOW)
    third = bill(session, world, matters[2], 55_000_00)
    assert given(session, second, third) == [1_000, 0]
    reopen_pre_bill(session, actor=world.owner, pre_bill_id=second, version=version(session, second), now=NOW)
    assert sum(given(session, second, third)) == 500


def test_an_agreement_reaches_open_bills_until_it_is_taken_back(session: Session, world: World, client: Client, matters: list[Matter]):
    id_ = bill(session, world, matters[0], 110_000_00)
    settled = bill(session, world, matters[1], 10_000_00)
    settle(session, world, settled)
    discount_id = agree(session, world, client)
    assert given(session, id_, settled) == [2_000, 0]
    remove_discount(session, actor=world.owner, discount_id=discount_id, version=1, now=NOW)
    assert given(session, id_) == [0]


def test_a_discount_that_ended_before_gives_nothing(session: Session, world: World, client: Client, matters: list[Matter]):
    id_ = bill(session, world, matters[0], 110_000_00)
    discount_id = agree(session, world, client)
    end_discount(session, actor=world.owner, discount_id=discount_id, version=1, effective_to=OPENED, now=NOW)
    assert given(session, id_) == [0]


def test_another_client_is_given_nothing(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client)
    other = make_matter(session, world.owner)
    assert given(session, bill(session, world, other, 110_000_00)) == [0]


def test_every_line_explains_its_part_and_the_invoice_shows_it(session: Session, world: World, client: Client, matters: list[Matter]):
    agree(session, world, client, VolumeDiscount((Tier(0, 1_000),)))
    charge_fixed_fee(session, world, matters[0], 33_33)
    id_ = bill(session, world, matters[0], 100_01)
    (invoice_id,) = issue(session, world, id_)
    assert session.get_one(Invoice, invoice_id).total_minor == 133_34 - 13_33
    found = derive_lines(session, firm_id=world.firm_id, condition=PreBillLine.pre_bill_id == id_)
    for one in found:
        assert follow(one.steps) == one.line.amount_minor
        assert "Client’s discount by volume" in [step.label for step in one.steps]


@pytest.mark.parametrize("row", table_under("money.md", "Discounts by volume on bills"), ids=lambda row: f"{row['Steps']} of {row['Off']}")
def test_bills_as_the_document_says(session: Session, world: World, client: Client, matters: list[Matter], row: dict[str, str]):
    steps = [step.split(" % above ") for step in row["Steps"].split("; ")]
    tiers = tuple(Tier(minor(above), parse_percent(percent)) for percent, above in steps)
    agree(session, world, client, VolumeDiscount(tiers, Reckoning.EVERYTHING if row["Off"] == "everything" else Reckoning.ABOVE))
    ids = [bill(session, world, matter, minor(amount)) for matter, amount in zip(matters, row["Matters"].split(", "), strict=True)]
    assert given(session, *ids) == whole_units(row["Taken off each"])
    invoice_id, _ = issue(session, world, *ids[:2])
    void_invoice(session, actor=world.owner, invoice_id=invoice_id, reason="Wrong matter", now=NOW)
    assert given(session, *ids[1:]) == whole_units(row["After the void"])
    assert given(session, *draft_pre_bill(session, actor=world.owner, matter_id=matters[0].id, through_on=TODAY, now=NOW)) == whole_units(
        row["Billed again"]
    )


def test_two_runs_at_once_cannot_both_use_the_same_room(
    database: Database, session: Session, world: World, client: Client, matters: list[Matter]
):
    """Off everything: whoever drafts second finds the first bill, and is given what it brings about, once."""
    agree(session, world, client, EVERYTHING)
    for matter, amount in zip(matters, (60_000_00, 50_000_00, 20_000_00), strict=True):
        charge_fixed_fee(session, world, matter, amount)
    ids = [matter.id for matter in matters]
    session.rollback()
    together = Barrier(len(ids))

    def draft(matter_id: int) -> None:
        with Session(database.engine, autoflush=False) as own:
            together.wait(timeout=30)
            draft_pre_bill(own, actor=world.owner, matter_id=matter_id, through_on=TODAY, now=NOW)

    with ThreadPoolExecutor(len(ids)) as browsers:
        list(browsers.map(draft, ids))
    bills = session.scalars(select(PreBill.id).order_by(PreBill.id)).all()
    assert sum(given(session, *bills)) == 13_000


def test_a_year_from_the_agreement_to_the_journal(session: Session, world: World, client: Client, matters: list[Matter]):
    """Three matters billed in one run, one invoice voided and billed again, and a new year that begins at nothing."""
    agree(session, world, client, first_month=12)
    for matter, amount in zip(matters, (60_000_00, 50_000_00, 20_000_00), strict=True):
        charge_fixed_fee(session, world, matter, amount)
    run = start_draft_run(session, actor=world.owner, matter_ids=[one.id for one in matters], through_on=TODAY, now=NOW)
    draft_next_chunk(session, actor=world.owner, run_id=run.id, now=NOW)
    bills = session.scalars(select(PreBill.id).order_by(PreBill.id)).all()
    invoices = issue(session, world, *bills)
    assert [session.get_one(Invoice, id_).total_minor for id_ in invoices] == [60_000_00, 49_000_00, 18_000_00]
    void_invoice(session, actor=world.owner, invoice_id=invoices[1], reason="Wrong address", now=NOW)
    (again,) = issue(session, world, *draft_pre_bill(session, actor=world.owner, matter_id=matters[1].id, through_on=TODAY, now=NOW))
    assert session.get_one(Invoice, again).total_minor == 49_000_00
    year = volume_year(session, discount=session.scalars(select(ClientDiscount)).one(), on=TODAY)
    assert year is not None
    assert (year.billed_minor, year.given_minor, year.still_minor, year.bills) == (130_000_00, 3_000_00, 0, 3)
    assert (year.first, year.last) == (YEAR, date(2026, 11, 30))
    next_year = bill(session, world, matters[0], 100_500_00, date(2026, 12, 31))
    assert given(session, next_year) == [50]
    earned = select(func.sum(Posting.amount_minor)).join(Account, Account.id == Posting.account_id).where(Account.role == "fee_income")
    assert session.scalar(earned) == -127_000_00
