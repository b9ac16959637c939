"""The contingency fee of a matter at a browser: terms, a recovery, the statement as it is worked out, consent, settlement."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import FixedFeeEntry, Matter, Recovery, TrustLedger
from tests.billing import issue, spend, work_time
from tests.factories import TODAY, World, make_client, make_matter
from tests.trust_money import put_in
from tests.web.reading import text_of
from tests.web.visitor import Visitor

TERMS = {
    "key": "key-contingency-1",
    "effective_from": "2026-01-02",
    "basis": "gross",
    "source": "engagement letter of January 2, 2026",
    "up_to_0": "500,000",
    "percent_before_suit_0": "33 1/3",
    "percent_after_filing_0": "40",
    "percent_before_suit_1": "25",
    "percent_after_filing_1": "30",
}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, make_client(session, world.owner, "Rosa Diaz"), "Diaz v. Harbor Transit")


def agree(owner: Visitor, matter: Matter, **changes: str):
    return owner.post(f"/matters/{matter.id}/contingency/terms", TERMS | changes)


def recover(session: Session, owner: Visitor, matter: Matter, amount: str = "100,000") -> Recovery:
    sent = {
        "key": f"key-recovery-{amount.replace(',', '')}",
        "version": "1",
        "amount": amount,
        "received_on": "today",
        "received_from": "Harbor Mutual",
    }
    owner.post(f"/matters/{matter.id}/recoveries", sent | {"stage": "before_suit"})
    return the_recovery(session)


def deposited(session: Session, world: World, matter: Matter, minor: int) -> int:
    """The matter's ledger, with so much in it."""
    return put_in(session, world, matter, minor).trust_ledger_id or 0


def the_ledger(session: Session) -> int:
    return session.scalars(select(TrustLedger.id).order_by(TrustLedger.id.desc())).first() or 0


def the_recovery(session: Session) -> Recovery:
    session.rollback()
    return session.scalars(select(Recovery).order_by(Recovery.id.desc())).first()  # type: ignore[return-value]


def test_from_terms_to_a_settled_statement_with_what_is_left_to_do(session: Session, world: World, matter: Matter, owner: Visitor):
    assert "No contingency fee agreed" in text_of(owner.get(f"/matters/{matter.id}/contingency"))
    assert agree(owner, matter).headers["Location"] == f"/matters/{matter.id}/contingency"
    page = text_of(owner.get(f"/matters/{matter.id}/contingency"))
    for said in ("The first $500,000.00", "33 1/3 %", "Above $500,000.00", "30 %", "In force"):
        assert said in page
    cost = spend(session, world, matter, 412_050)
    row = recover(session, owner, matter)
    at = f"/recoveries/{row.id}"
    owner.post(f"{at}/costs", {"key": "key-costs-1", "version": "1", "expense_entry_ids": str(cost.id)})
    claim = {"kind": "lien", "name": "Medicare", "amount": "12,500", "rule": "final demand"}
    fragment = owner.post(f"{at}/claims", {"key": "key-claim-1", "version": "2"} | claim, htmx=True)
    assert "50,046.17" in text_of(fragment)
    assert fragment.get_data(as_text=True).count('name="version" value="3"') > 1
    consent = {"key": "key-consent-1", "version": "3", "consented_on": "today", "consent": "signed copy"}
    assert owner.post(f"{at}/approval", consent).headers["Location"] == at
    assert "Deposit the recovery first" not in text_of(owner.get(at))
    settle = {"key": "key-settle-1", "version": "4", "settled_on": "today"}
    refused = owner.post(f"{at}/settlement", settle)
    assert (refused.status_code, "Deposit the recovery into trust first" in text_of(refused)) == (422, True)
    deposited(session, world, matter, 10_000_000)
    assert owner.post(f"{at}/settlement", settle).status_code == 303
    assert session.scalars(select(FixedFeeEntry.amount_minor)).one() == 3_333_333
    fee_id = session.scalars(select(FixedFeeEntry.id)).one()
    for path in (f"/fixed-fees/{fee_id}", f"/expenses/{cost.id}"):
        shown = owner.get(path)
        assert "stays as it is" in text_of(shown)
        assert (f'href="{at}"' in shown.get_data(as_text=True), 'name="amount_minor"' in shown.get_data(as_text=True)) == (True, False)
    page = owner.get(at)
    assert "Pay Medicare" in text_of(page)
    assert "amount=12500.00" in page.get_data(as_text=True)
    assert "The PDF is being made" in text_of(owner.get(f"{at}/printing", htmx=True))
    work_time(session, world, matter, on=TODAY)
    (invoice,) = issue(session, world, matter)
    invoice_id, ledger_id = invoice.id, the_ledger(session)
    linked = f"/trust/ledgers/{ledger_id}/applications/new?invoice_id={invoice_id}&amount=37453.83"
    assert linked.replace("&", "&amp;") in owner.get(at).get_data(as_text=True)
    assert 'value="37,453.83"' in owner.get(linked).get_data(as_text=True)


def test_the_movement_of_a_step_is_filled_in_and_left_to_the_person(session: Session, world: World, matter: Matter, owner: Visitor):
    ledger = deposited(session, world, matter, 10_000)
    page = owner.get(f"/trust/ledgers/{ledger}/disbursements/new?payee=Medicare&amount=25.00&purpose=Settlement%3A+lien").get_data(
        as_text=True
    )
    for value in ('value="Medicare"', 'value="25.00"', 'value="Settlement: lien"'):
        assert value in page
    odd = owner.get(f"/trust/ledgers/{ledger}/disbursements/new?payee=%00&amount=-1e9")
    assert odd.status_code == 200


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"percent_before_suit_0": "133"}, "percent_before_suit_0", "more than 100 percent"),
        ({"percent_before_suit_0": "a third"}, "percent_before_suit_0", "like 40, 12.5 or 33 1/3"),
        ({"percent_after_filing_1": ""}, "percent_after_filing_1", "on this line too"),
        ({"up_to_0": ""}, "up_to_0", "never reached"),
        ({"up_to_1": "400,000"}, "up_to_1", "above the one before"),
        ({"up_to_1": "900,000"}, "up_to_1", "Leave the last amount empty"),
        ({"source": ""}, "source", "where it is written"),
        ({"statute": "ny_474a"}, "percent_before_suit_0", "has its own percentages"),
        ({"referral_firm": "Hale"}, "referral_on", "agreed in writing"),
        ({"referral_firm": "Hale", "referral_on": "2026-01-02", "referral_percent": "100"}, "referral_percent", "below 100 percent"),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field_and_stays(matter: Matter, owner: Visitor, changes, field, said):
    answer = agree(owner, matter, **changes)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in html.split(f'id="terms-{field}-error"')[1].split("</p>")[0]
    assert 'value="40"' in html


def test_a_shortfall_is_shown_and_leaves_no_way_to_approve(session: Session, matter: Matter, owner: Visitor):
    agree(owner, matter)
    row = recover(session, owner, matter, "300")
    claim = {"key": "key-claim-2", "version": "1", "kind": "medical", "name": "City Hospital", "amount": "250"}
    owner.post(f"/recoveries/{row.id}/claims", claim)
    page = text_of(owner.get(f"/recoveries/{row.id}"))
    assert "$50.00 short" in page
    assert "Approve statement" not in page
    sent = {"key": "key-consent-2", "version": "2", "consented_on": "today", "consent": "signed copy"}
    assert "Claims are $50.00 more" in text_of(owner.post(f"/recoveries/{row.id}/approval", sent))


def test_what_somebody_else_changed_is_shown_again_before_it_is_saved(session: Session, matter: Matter, owner: Visitor):
    agree(owner, matter)
    row = recover(session, owner, matter)
    sent = {"key": "key-edit-1", "version": "1", "amount": "90,000", "received_on": "today", "received_from": "X", "stage": "trial"}
    assert owner.post(f"/recoveries/{row.id}", sent).status_code == 303
    again = owner.post(f"/recoveries/{row.id}", sent | {"key": "key-edit-2", "amount": "80,000"})
    assert (again.status_code, "Stands now" in text_of(again)) == (409, True)


def test_a_timekeeper_agrees_nothing_and_a_bookkeeper_cannot_change_one(
    session: Session, matter: Matter, owner: Visitor, member: Callable[[Role], Visitor]
):
    agree(owner, matter)
    row = recover(session, owner, matter)
    assert agree(member(Role.TIMEKEEPER), matter).status_code == 403
    bookkeeper = member(Role.BOOKKEEPER)
    page = bookkeeper.get(f"/recoveries/{row.id}")
    assert (page.status_code, "Add claim" in text_of(page)) == (200, False)
    assert bookkeeper.post(f"/recoveries/{row.id}/removal", {"version": "1"}).status_code == 403
