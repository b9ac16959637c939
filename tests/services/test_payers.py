"""What several payers agreed, from arrangement to invoices: dates, caps, consent, and one part voided without the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refused
from lexapp.domain.shares import WHOLE
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import Client, Invoice, Matter, MatterPayer, PayerArrangement, PreBill, PreBillLine
from lexapp.queries.payers import arrangements_of
from lexapp.services.invoices import void_invoice
from lexapp.services.payers import Consent, agree_payers, record_consent
from lexapp.services.pre_bills import LineChange, discard_pre_bill, edit_line, hold_back_line, take_back_line
from tests.billing import WORKED, agree, draft, issue, lines_of, spend, version_of, work_time
from tests.factories import NOW, OPENED, World, make_client, make_firm, make_matter, make_world

LATER = date(2026, 11, 10)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def insurer(session: Session, world: World) -> Client:
    return make_client(session, world.owner, "Pemberwick Mutual")


def insured(insurer: Client, matter: Matter, cap_minor: int = 100_000) -> Arrangement:
    """The insurer pays 80 % of fees up to a cap; the client the rest, what goes beyond, and the expenses."""
    return Arrangement((PayerTerms(insurer.id, 8_000, 8_000, cap_minor=cap_minor), PayerTerms(matter.client_id or 0)), matter.client_id)


def amounts(session: Session, matter: Matter, payer_id: int) -> list[int]:
    query = select(PreBillLine.amount_minor).join(PreBill, PreBill.id == PreBillLine.pre_bill_id)
    wanted = query.where(PreBill.matter_id == matter.id, PreBillLine.payer_id == payer_id, PreBillLine.state == "included")
    return list(session.scalars(wanted.order_by(PreBillLine.id)))


def set_anew(session: Session, world: World, matter: Matter, arrangement: Arrangement, first: date = OPENED, **other) -> Matter:
    what = {"actor": world.owner, "matter_id": matter.id, "version": version_of(session, Matter, matter.id)} | other
    session.rollback()
    return agree_payers(session, effective_from=first, arrangement=arrangement, now=NOW, **what)


# ── agreed ───────────────────────────────────────────────────────────────────────────────────────


def test_a_new_arrangement_ends_the_one_before_on_the_day_before(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter))
    agree(session, world, matter, insured(insurer, matter, 200_000), LATER)
    first, second = arrangements_of(session, firm_id=world.firm_id, matter_ids=[matter.id])[matter.id]
    assert (first.effective_from, first.effective_to, second.effective_to) == (OPENED, date(2026, 11, 9), None)
    assert [payer.cap_minor for payer in (*first.arrangement.payers, *second.arrangement.payers)] == [100_000, None, 200_000, None]


def test_one_of_the_same_day_is_replaced_while_nothing_is_billed_under_it(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter))
    set_anew(session, world, matter, insured(insurer, matter, 300_000))
    assert session.scalars(select(PayerArrangement.effective_from)).all() == [OPENED]
    assert session.scalars(select(MatterPayer.cap_minor).order_by(MatterPayer.position)).all() == [300_000, None]
    session.rollback()


def test_whoever_pays_as_before_keeps_their_consent(session, world, matter, insurer):
    other = make_client(session, world.owner, "Ashgrove Indemnity")
    three = Arrangement((PayerTerms(insurer.id, 4_000), PayerTerms(other.id, 4_000), PayerTerms(matter.client_id)), matter.client_id)
    agree(session, world, matter, three)
    changed = replace(three, payers=(three.payers[0], PayerTerms(other.id, 3_000), three.payers[2]))
    set_anew(session, world, matter, changed, LATER)
    second = arrangements_of(session, firm_id=world.firm_id, matter_ids=[matter.id])[matter.id][1]
    assert second.waiting == ("Ashgrove Indemnity",)


def test_a_stale_page_a_foreign_client_and_the_internal_matter_are_refused(session, world, matter, insurer):
    arrangement = insured(insurer, matter)
    with pytest.raises(Conflict):
        agree_payers(session, actor=world.owner, matter_id=matter.id, version=99, effective_from=OPENED, arrangement=arrangement, now=NOW)
    client_id = matter.client_id
    foreign = make_client(session, make_firm(session, "Quillfeather & Lind")).id
    scope_to_firm(session, world.firm_id)
    with pytest.raises(InvalidInput, match="not in the list") as refusal:
        set_anew(session, world, matter, Arrangement((PayerTerms(client_id), PayerTerms(foreign, 100)), client_id))
    assert refusal.value.field == "payer_2"
    internal = session.scalars(select(Matter).where(Matter.firm_id == world.firm_id, Matter.is_internal)).one()
    with pytest.raises(NotAllowed):
        set_anew(session, world, internal, arrangement)


def test_a_cap_below_what_is_billed_is_refused(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter))
    work_time(session, world, matter, 100, 50_000)
    issue(session, world, matter)
    with pytest.raises(InvalidInput, match=r"\$400.00 is billed to this payer already") as refusal:
        set_anew(session, world, matter, insured(insurer, matter, 39_999), LATER)
    assert refusal.value.field == "cap_1"
    set_anew(session, world, matter, insured(insurer, matter, 40_000), LATER)


def test_the_same_command_twice_is_done_once(session, world, matter, insurer):
    version = matter.version
    for _ in range(2):
        set_anew(session, world, matter, insured(insurer, matter), version=version, key="payers-1")
    assert version_of(session, Matter, matter.id) == version + 1


# ── consent ──────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_billed_before_a_payer_who_is_not_the_client_agreed(session, world, matter, insurer):
    set_anew(session, world, matter, insured(insurer, matter))
    work_time(session, world, matter)
    with pytest.raises(InvalidInput, match="Pemberwick Mutual has not agreed to pay yet"):
        draft(session, world, matter)
    payer_id = session.scalars(select(MatterPayer.id).where(MatterPayer.client_id == insurer.id)).one()
    session.rollback()
    consent = Consent(consented_on=OPENED, by="R. Okonjo", how="email", note="Claim 44-0187")
    record_consent(session, actor=world.owner, payer_id=payer_id, consent=consent, now=NOW)
    assert len(draft(session, world, matter)) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"consented_on": date(2026, 11, 24)}, "consented_on"),
        ({"by": " "}, "by"),
        ({"how": "rumour"}, "how"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_a_consent_that_says_too_little_is_refused(session, world, matter, insurer, changed, field):
    set_anew(session, world, matter, insured(insurer, matter))
    payer_id = session.scalars(select(MatterPayer.id).where(MatterPayer.client_id == insurer.id)).one()
    session.rollback()
    given = {"consented_on": OPENED, "by": "R. Okonjo", "how": "letter"} | changed
    with pytest.raises(InvalidInput) as refusal:
        record_consent(session, actor=world.owner, payer_id=payer_id, consent=Consent(**given), now=NOW)
    assert refusal.value.field == field


def test_another_firm_records_no_consent(session, world, matter, insurer):
    set_anew(session, world, matter, insured(insurer, matter))
    payer_id = session.scalars(select(MatterPayer.id).where(MatterPayer.client_id == insurer.id)).one()
    session.rollback()
    consent = Consent(consented_on=OPENED, by="R. Okonjo", how="letter")
    with pytest.raises(NotFound):
        record_consent(session, actor=make_firm(session, "Quillfeather & Lind"), payer_id=payer_id, consent=consent, now=NOW)


# ── billed ───────────────────────────────────────────────────────────────────────────────────────


def test_a_cap_is_used_to_the_cent_over_several_invoices(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter))
    work_time(session, world, matter, 200, 50_000)
    issue(session, world, matter)
    work_time(session, world, matter, 130, 45_000)
    work_time(session, world, matter, 100, 45_000)
    spend(session, world, matter, 23_500)
    issue(session, world, matter)
    assert sum(amounts(session, matter, insurer.id)) == 100_000
    assert sum(amounts(session, matter, matter.client_id)) == 100_000 + 58_500 + 45_000 + 23_500 - 100_000
    query = select(PreBillLine.quantity_hundredths, PreBillLine.rounding_minor).where(PreBillLine.payer_id == insurer.id)
    assert session.execute(query.order_by(PreBillLine.id)).all() == [(160, 0), (44, 200)]


def test_each_entry_is_divided_as_agreed_for_its_own_day(session, world, matter, insurer):
    agree(session, world, matter, Arrangement((PayerTerms(insurer.id, WHOLE, WHOLE, WHOLE),)), WORKED)
    agree(session, world, matter, insured(insurer, matter), LATER)
    for day in (date(2026, 11, 2), WORKED, LATER):
        work_time(session, world, matter, 100, 50_000, on=day)
    draft(session, world, matter)
    assert amounts(session, matter, insurer.id) == [50_000, 40_000]
    assert amounts(session, matter, matter.client_id) == [50_000, 10_000]


def test_one_invoice_is_voided_and_that_payer_billed_again_as_before(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter, 70_000))
    for hundredths in (100, 130):
        work_time(session, world, matter, hundredths, 45_000)
    invoices = {invoice.payer_id: invoice.id for invoice in issue(session, world, matter)}
    before = amounts(session, matter, insurer.id)
    assert before == [36_000, 34_000]
    session.rollback()
    void_invoice(session, actor=world.owner, invoice_id=invoices[insurer.id], reason="Wrong address", now=NOW)
    assert amounts(session, matter, insurer.id) == []
    assert session.get_one(Invoice, invoices[matter.client_id]).voided_on is None
    (again,) = issue(session, world, matter)
    assert (again.payer_id, amounts(session, matter, insurer.id)) == (insurer.id, before)
    with pytest.raises(Refused, match="no unbilled work"):
        draft(session, world, matter)


def test_a_discarded_draft_leaves_the_cap_as_it_was(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter, 70_000))
    work_time(session, world, matter, 200, 45_000)
    bills = draft(session, world, matter)
    first = [amounts(session, matter, id_) for id_ in (insurer.id, matter.client_id)]
    for bill in bills:
        discard_pre_bill(session, actor=world.owner, pre_bill_id=bill, version=version_of(session, PreBill, bill), now=NOW)
    draft(session, world, matter)
    assert [amounts(session, matter, id_) for id_ in (insurer.id, matter.client_id)] == first == [[70_000], [20_000]]


def insurers_line(session: Session, bills: list[int], insurer: Client) -> PreBillLine:
    return next(line for bill in bills for line in lines_of(session, bill) if line.payer_id == insurer.id)


def test_a_part_that_was_held_back_finds_no_room_once_the_cap_is_used(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter, 40_000))
    work_time(session, world, matter, 100, 50_000, on=LATER)
    line = insurers_line(session, draft(session, world, matter), insurer)
    hold_back_line(session, actor=world.owner, line_id=line.id, version=line.version, now=NOW)
    work_time(session, world, matter, 100, 50_000)
    draft(session, world, matter, through_on=WORKED)
    assert amounts(session, matter, insurer.id) == [40_000]
    with pytest.raises(Refused, match="cap of Pemberwick Mutual"):
        take_back_line(session, actor=world.owner, line_id=line.id, version=version_of(session, PreBillLine, line.id), now=NOW)
    with pytest.raises(Refused, match="cap of Pemberwick Mutual is used up"):
        draft(session, world, matter)


def test_a_reviewer_does_not_write_a_part_beyond_the_cap(session, world, matter, insurer):
    agree(session, world, matter, insured(insurer, matter, 40_000))
    work_time(session, world, matter, 100, 50_000)
    line = insurers_line(session, draft(session, world, matter), insurer)
    up = LineChange(narrative="More", quantity_hundredths=80, rate_minor=50_001, write_down_reason="Agreed by phone")
    with pytest.raises(Refused, match="cap of Pemberwick Mutual"):
        edit_line(session, actor=world.owner, line_id=line.id, change=up, version=line.version, now=NOW)
    less = replace(up, rate_minor=49_000)
    edit_line(session, actor=world.owner, line_id=line.id, change=less, version=version_of(session, PreBillLine, line.id), now=NOW)
    assert amounts(session, matter, insurer.id) == [39_200]
