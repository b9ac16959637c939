"""Contingency, success fee, minimum and retainers at a browser; and an earned fee approved out of trust."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import AgreedFee, EarnedTransfer, FeeTerm, Matter, Milestone, TrustTransaction
from tests.agreed_fees import FLAT, agree, reach
from tests.factories import World, make_matter
from tests.services.test_earned_transfers import issue_fee
from tests.trust_money import put_in
from tests.web.reading import text_of
from tests.web.visitor import Visitor

TYPED = {
    "key": "key-agreement-1",
    "version": "1",
    "effective_from": "2026-01-02",
    "term_1_kind": "contingency",
    "term_1_statute": "",
    "term_1_basis": "net",
    "term_1_source": "engagement letter",
    "term_1_up_to_0": "100,000",
    "term_1_percent_trial_0": "40",
    "term_1_percent_trial_1": "33 1/3",
    "term_2_kind": "success_fee",
    "term_2_name": "Success fee",
    "term_2_of": "value",
    "term_2_by": "percent",
    "term_2_fee": "10",
    "term_2_threshold_minor": "200,000",
    "term_3_kind": "minimum",
    "term_3_amount_minor": "2,000",
    "term_3_often": "month",
    "term_4_kind": "monthly_retainer",
    "term_4_name": "Counsel",
    "term_4_amount_minor": "3,000",
    "term_4_hours": "40",
    "term_4_beyond_minor_per_hour": "300",
    "term_4_covers": "phases",
    "term_4_phase_L100": "y",
    "term_5_kind": "advance_retainer",
    "term_5_amount_minor": "5,000",
    "term_5_minimum_minor": "1,000",
}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def test_all_of_them_are_written_and_read_back_into_the_form(session: Session, matter: Matter, owner: Visitor) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    assert owner.post(home, TYPED).status_code == 303
    session.rollback()
    shown = text_of(owner.get(home))
    for sentence in (
        "40 % of the first $100,000.00, 33 1/3 % of what is above $100,000.00 at trial, counted on the recovery less costs.",
        "Success fee: 10 % of the value achieved above $200,000.00.",
        "At least $2,000.00 a month for time by the hour.",
        "It includes 40.00 h a month; an hour beyond costs $300.00.",
        "Below $1,000.00 the invoice asks for more.",
    ):
        assert sentence in shown
    again = owner.get(f"{home}/new").get_data(as_text=True)
    for text in ('value="100,000.00"', 'value="33 1/3"', 'value="200,000.00"', 'value="40.00"', 'value="1,000.00"'):
        assert text in again
    assert "engagement letter" in text_of(owner.get(f"/matters/{matter.id}/contingency"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"term_1_up_to_0": "", "term_1_up_to_1": "50"}, "This line is never reached"),
        ({"term_1_percent_trial_0": "140"}, "A fee of more than 100 percent is not possible."),
        ({"term_1_up_to_0": "-5"}, "Write the amount without a minus."),
        ({"term_1_up_to_1": "50,000", "term_1_percent_trial_2": "10"}, "An amount here must be above the one before it."),
        ({"term_1_statute": "ny_474a"}, "The schedule has its own percentages."),
        ({"term_1_source": ""}, "Say where it is written"),
        ({"term_2_fee": "101"}, "A share lies between 0.01 and 100 percent"),
        ({"term_2_fee": "-1"}, "A share lies between 0.01 and 100 percent"),
        ({"term_3_amount_minor": "0"}, "Write an amount above zero."),
        ({"term_4_hours": "1000"}, "Write hours like 10 or 12.5"),
        ({"term_4_hours": "745"}, "A month has at most 744 hours."),
        ({"term_4_covers": "nothing", "term_4_phase_L100": ""}, "Hours are included only where the fee covers time."),
        ({"term_5_minimum_minor": "6,000"}, "The balance to keep is above the advance itself."),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field(
    session: Session, matter: Matter, owner: Visitor, changed: dict[str, str], sentence: str
) -> None:
    answer = owner.post(f"/matters/{matter.id}/fee-agreement", TYPED | changed)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert session.scalars(select(FeeTerm)).all() == []


def test_results_and_months_are_recorded_on_the_page_and_undone(session: Session, matter: Matter, owner: Visitor) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    owner.post(home, TYPED)
    terms = {term.kind: term.id for term in session.scalars(select(FeeTerm))}
    page = f"/fee-terms/{terms['success_fee']}/result"
    assert "Success fee" in text_of(owner.get(page))
    wrong = owner.post(page, {"value": "", "achieved_on": "2026-11-20", "key": "key-result-00"})
    assert (wrong.status_code, "Type what was achieved." in text_of(wrong)) == (422, True)
    early = owner.post(page, {"value": "5", "achieved_on": "2025-11-20", "key": "key-result-00"})
    assert (early.status_code, "Write a day within it." in text_of(early)) == (422, True)
    told = {"value": "1,000,000", "achieved_on": "2026-11-20", "note": "Dock Street", "key": "key-result-01"}
    assert owner.post(page, told).status_code == 303
    month = {"month": "2026-10-01", "key": "key-month-001"}
    assert owner.post(f"/fee-terms/{terms['minimum']}/months", month).status_code == 303
    assert owner.post(f"/fee-terms/{terms['minimum']}/months", {"month": "soon", "key": "key-month-002"}).status_code == 422
    far = owner.post(f"/fee-terms/{terms['minimum']}/months", {"month": "9999-12-01", "key": "key-month-003"})
    assert (far.status_code, "Choose a month." in text_of(far)) == (422, True)
    shown = text_of(owner.get(home))
    assert "$1,000,000.00 achieved" in shown
    assert "Minimum fee for October 2026" in shown
    session.rollback()
    rows = {row.kind: row for row in session.scalars(select(AgreedFee))}
    assert {kind: row.amount_minor for kind, row in rows.items()} == {"success": 80_000_00, "minimum": 2_000_00}
    gone = owner.post(f"/agreed-fees/{rows['minimum'].id}/undoing", {"version": "1", "key": "key-undo-0001"})
    assert gone.status_code == 303
    assert owner.post(f"/agreed-fees/{rows['success'].id}/billing", {"key": "key-bill-0001"}).status_code == 303
    assert "Minimum fee for October 2026" not in text_of(owner.get(home))


def test_a_result_that_a_later_one_goes_on_from_is_not_undone_and_says_so_beside_its_button(
    session: Session, matter: Matter, owner: Visitor
) -> None:
    owner.post(f"/matters/{matter.id}/fee-agreement", TYPED)
    term_id = session.scalars(select(FeeTerm.id).where(FeeTerm.kind == "success_fee")).one()
    for number in (1, 2):
        told = {"value": "1,000,000", "achieved_on": "2026-11-20", "key": f"key-results-{number}"}
        assert owner.post(f"/fee-terms/{term_id}/result", told).status_code == 303
    session.rollback()
    first, second = session.scalars(select(AgreedFee).order_by(AgreedFee.id)).all()
    undoing, row = f"/agreed-fees/{first.id}/undoing", f'id="agreed-fee-{first.id}"'
    said = "The later result of Nov 20, 2026, $1,000,000.00 achieved, goes on where this one ends. Undo that one first."
    answer = owner.post(undoing, {"version": "1", "key": "key-undo-0001"})
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True).split(row)[1].split("<tfoot")[0]
    billing = {"key": "key-bill-0001"}
    assert owner.post(f"/agreed-fees/{second.id}/billing", billing).status_code == 303
    again = owner.post(undoing, {"version": "1", "key": "key-undo-0002"})
    assert "Discard its pre-bill or void its invoice" in text_of(again)
    twice = owner.post(f"/agreed-fees/{second.id}/billing", {"key": "key-bill-0002"})
    assert (twice.status_code, "on a pre-bill already" in text_of(twice)) == (422, True)


def test_a_milestone_reached_with_money_in_trust_is_billed_and_approved(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    put_in(session, world, matter, 300_000)
    agreement = agree(session, world, matter, FLAT)
    milestone = session.scalars(select(Milestone).where(Milestone.fee_agreement_id == agreement.id)).one()
    entry = reach(session, world, milestone)
    home = f"/matters/{matter.id}/fee-agreement"
    assert "transfer out of trust prepared, waits for the invoice" in text_of(owner.get(home))
    assert "earned: the transfer out of trust is prepared." in text_of(owner.get(f"{home}/summary"))
    row = session.scalars(select(EarnedTransfer)).one()
    page = f"/trust/earned-transfers/{row.id}/approval"
    assert "The fee is not billed yet" in text_of(owner.get(page))
    session.rollback()
    issue_fee(session, world, entry)
    assert "waits for approval" in text_of(owner.get(home))
    assert "Approve…" in text_of(owner.get("/trust/earned-transfers"))
    sent = {"amount": "2,500.00", "effective_on": "2026-11-23", "version": str(row.version), "key": "key-approve-1"}
    much = owner.post(page, sent | {"amount": "2,500.01"})
    assert much.status_code == 422
    session.rollback()
    assert session.scalars(select(TrustTransaction).where(TrustTransaction.kind == "application")).all() == []
    assert owner.post(page, sent).status_code == 303
    assert owner.post(page, sent).status_code == 303
    session.rollback()
    moved = session.scalars(select(TrustTransaction).where(TrustTransaction.kind == "application")).one()
    assert moved.amount_minor == -250_000
    assert "paid out of trust" in text_of(owner.get(home))
    assert "Nothing waits for approval" in text_of(owner.get("/trust/earned-transfers"))
