"""The screens of pre-bills: made, reviewed line by line in place, approved; never another firm's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import BillingRun, Matter, PreBill
from tests.billing import charge_fixed_fee, draft, draft_one, lines_of, spend, work_time
from tests.factories import World, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def bill(session: Session, world: World, matter: Matter) -> int:
    work_time(session, world, matter, 200, 35_000)
    spend(session, world, matter, 28_950)
    charge_fixed_fee(session, world, matter, 125_000)
    return draft_one(session, world, matter).id


def test_unbilled_work_is_shown_with_its_sum(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    work_time(session, world, matter, 200, 35_000)
    work_time(session, world, make_matter(session, world.owner, name="Lien foreclosure"), rate=None)
    page = text_of(owner.get("/pre-bills/new?through_on=2026-11-30"))
    assert "Port Authority claims" in page
    assert "700.00" in page
    assert "1 without a rate" in page


def test_one_matter_is_drafted_and_opened(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    work_time(session, world, matter)
    form = {"ids": str(matter.id), "through_on": "2026-11-30", "key": "0f3c1d5e-key-1"}
    answers = [owner.post("/pre-bills", form) for _ in range(2)]
    made = session.scalars(select(PreBill.id)).one()
    assert [answer.headers["Location"] for answer in answers] == [f"/pre-bills/{made}"] * 2
    assert owner.get(f"/pre-bills/{made}").status_code == 200


def test_many_matters_become_a_run(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    other = make_matter(session, world.owner)
    for each in (matter, other):
        work_time(session, world, each)
    form = {"ids": [str(matter.id), str(other.id)], "through_on": "2026-11-30", "key": "0f3c1d5e-key-2"}
    answer = owner.post("/pre-bills", form)
    run = session.scalars(select(BillingRun)).one()
    assert answer.headers["Location"] == f"/billing-runs/{run.id}"
    assert "0 of 2 made" in text_of(owner.get(f"/billing-runs/{run.id}"))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"through_on": "2026-11-30"}, "Tick at least one matter"),
        ({"through_on": "never", "ids": "1"}, "This is not a date"),
        ({"through_on": "", "ids": "1"}, "Type the last day"),
        ({"through_on": "2026-11-30", "ids": "999999"}, "no such matter"),
        ({"through_on": "2026-11-30", "ids": ["x", "-1", "9" * 30]}, "Tick at least one matter"),
    ],
)
def test_what_cannot_be_drafted_is_said(owner: Visitor, form: dict[str, object], sentence: str) -> None:
    answer = owner.post("/pre-bills", {**form, "key": "0f3c1d5e-key-3"})
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_the_list_tells_state_and_worth(owner: Visitor, bill: int) -> None:
    page = text_of(owner.get("/pre-bills"))
    assert "2,239.50" in page
    assert "Open 1" in page
    part = owner.get("/pre-bills?state=approved", htmx=True)
    assert "<html" not in part.get_data(as_text=True)
    assert "Nothing here" in text_of(part)


def test_a_review_shows_every_group_and_the_totals(owner: Visitor, bill: int) -> None:
    page = text_of(owner.get(f"/pre-bills/{bill}"))
    for words in ("Draft motion to compel", "Court fee", "Monthly retainer", "700.00", "289.50", "1,250.00", "2,239.50", "Approve"):
        assert words in page


def test_a_line_is_edited_in_its_place(session: Session, owner: Visitor, bill: int) -> None:
    line = lines_of(session, bill)[0]
    desk = owner.get(f"/pre-bill-lines/{line.id}/edit", htmx=True).get_data(as_text=True)
    assert desk.lstrip().startswith(f'<tr role="row" id="line-desk-{line.id}"')
    form = {"version": "1", "narrative": "Review berth logs", "quantity": "2.00", "rate": "350.00", "task_code": "L120"}
    form |= {"reduction": "70", "reason": "Block billing", "key": "0f3c1d5e-key-4"}
    answer = owner.post(f"/pre-bill-lines/{line.id}", form, htmx=True)
    assert answer.status_code == 200
    page = text_of(answer)
    for words in ("Review berth logs", "−70.00 Block billing", "630.00", "2,169.50"):
        assert words in page
    session.rollback()
    assert lines_of(session, bill)[0].quantity_hundredths == 180


def test_a_shown_reduction_is_an_adjustment(session: Session, owner: Visitor, bill: int) -> None:
    line = lines_of(session, bill)[0]
    form = {
        "version": "1",
        "narrative": "Review",
        "quantity": "2.00",
        "rate": "350.00",
        "reduction": "70",
        "reason": "Agreed",
        "shown": "y",
    }
    answer = owner.post(f"/pre-bill-lines/{line.id}", {**form, "key": "0f3c1d5e-key-5"})
    assert answer.headers["Location"] == f"/pre-bills/{bill}"
    session.rollback()
    line = lines_of(session, bill)[0]
    assert (line.adjustment_minor, line.write_down_minor, line.amount_minor) == (-7_000, 0, 63_000)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reduction": "50", "reason": "x"}, "nearest write-downs are $49.00"),
        ({"reduction": "70", "reason": ""}, "Say why"),
        ({"reduction": "1e3"}, "not an amount"),
        ({"narrative": ""}, "Type what was done"),
        ({"quantity": "25h"}, "at most 24 hours"),
        ({"rate": "-5"}, "without a minus"),
    ],
)
def test_what_is_wrong_with_a_line_stands_beside_its_field(
    session: Session, owner: Visitor, bill: int, typed: dict[str, str], sentence: str
) -> None:
    line = lines_of(session, bill)[0]
    form = {"version": "1", "narrative": "Review", "quantity": "2.00", "rate": "350.00", "key": "0f3c1d5e-key-6", **typed}
    answer = owner.post(f"/pre-bill-lines/{line.id}", form, htmx=True)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert form["reduction"] in answer.get_data(as_text=True) if "reduction" in form else True
    session.rollback()
    assert lines_of(session, bill)[0].amount_minor == 70_000


def test_a_line_that_somebody_changed_shows_both_sides_and_loses_nothing(session: Session, owner: Visitor, bill: int) -> None:
    line = lines_of(session, bill)[0]
    form = {"version": "1", "narrative": "Their words", "quantity": "2.00", "rate": "350.00", "key": "0f3c1d5e-theirs"}
    assert owner.post(f"/pre-bill-lines/{line.id}", form, htmx=True).status_code == 200
    for old in ({"version": "1"}, {"version": ""}, {}):
        mine = {"narrative": "My words", "quantity": "2.00", "rate": "350.00", "key": "0f3c1d5e-mine", **old}
        answer = owner.post(f"/pre-bill-lines/{line.id}", mine, htmx=True)
        assert answer.status_code == 409
        assert "My words" in text_of(answer)
        assert "Their words" in text_of(answer)
        assert "Somebody changed" in text_of(answer)
        assert 'name="version" value="2"' in answer.get_data(as_text=True)
    again = {**mine, "version": "2", "key": "0f3c1d5e-again"}
    assert owner.post(f"/pre-bill-lines/{line.id}", again, htmx=True).status_code == 200
    session.rollback()
    assert lines_of(session, bill)[0].narrative == "My words"


def test_a_line_is_held_back_and_taken_back(session: Session, owner: Visitor, bill: int) -> None:
    line = lines_of(session, bill)[0]
    held = owner.post(f"/pre-bill-lines/{line.id}/holding", {"version": "1"}, htmx=True)
    assert "Held back" in text_of(held)
    assert "1,539.50" in text_of(held)
    assert "2,239.50" in text_of(owner.post(f"/pre-bill-lines/{line.id}/return", {"version": "2"}, htmx=True))


def test_approve_reopen_discard(session: Session, owner: Visitor, bill: int) -> None:
    assert owner.post(f"/pre-bills/{bill}/approval", {"version": "1"}).status_code == 303
    assert "Reopen" in text_of(owner.get(f"/pre-bills/{bill}"))
    for version in ("1", "2"):
        second = owner.post(f"/pre-bills/{bill}/approval", {"version": version})
        assert second.status_code == 409
        assert "This pre-bill is already approved. There is nothing left to do." in text_of(second)
        assert "Reopen" in text_of(second)
    for stale in ({"version": "1"}, {}, {"version": "two"}):
        assert owner.post(f"/pre-bills/{bill}/reopening", stale).status_code == 409
    owner.post(f"/pre-bills/{bill}/reopening?version=2", {})
    assert owner.post(f"/pre-bills/{bill}/discard", {}).status_code == 409
    owner.post(f"/pre-bills/{bill}/discard", {"version": "3"})
    session.rollback()
    assert session.get_one(PreBill, bill).state == "discarded"


def test_approve_saves_the_words_that_stand_in_the_same_form(session: Session, owner: Visitor, bill: int) -> None:
    shown = session.get_one(PreBill, bill).description
    session.rollback()
    form = {"version": "1", "shown": shown, "key": "0f3c1d5e-approve"}
    assert f'form="description-form" formaction="/pre-bills/{bill}/approval"' in owner.get(f"/pre-bills/{bill}").get_data(as_text=True)
    refused = owner.post(f"/pre-bills/{bill}/approval", {**form, "description": " "})
    assert (refused.status_code, "Type what the invoice is for." in text_of(refused)) == (422, True)
    stale = owner.post(f"/pre-bills/{bill}/approval", {**form, "description": "Mine", "version": "7"})
    assert (stale.status_code, "Mine" in text_of(stale), "Somebody changed this" in text_of(stale)) == (409, True, True)
    session.rollback()
    assert session.get_one(PreBill, bill).state == "open"
    session.rollback()
    assert owner.post(f"/pre-bills/{bill}/approval", {**form, "description": "For services in October"}).status_code == 303
    session.rollback()
    approved = session.get_one(PreBill, bill)
    assert (approved.state, approved.description) == ("approved", "For services in October")
    session.rollback()
    late = owner.post(f"/pre-bills/{bill}/approval", {**form, "description": "Too late", "key": "0f3c1d5e-late"})
    assert (late.status_code, "Too late" in text_of(late), "already approved" in text_of(late)) == (409, True, True)


def test_many_are_approved_at_once(session: Session, world: World, owner: Visitor, bill: int) -> None:
    other = make_matter(session, world.owner)
    work_time(session, world, other)
    (second,) = draft(session, world, other)
    seen = {"ids": [str(bill), str(second), "424242"], "versions": f"{bill}:1 {second}:9"}
    stale = owner.post("/pre-bills/approvals", seen)
    assert (stale.status_code, f"Changed since you opened the list: {second}." in stale.text) == (409, True)
    owner.post("/pre-bills/approvals", seen | {"versions": f"{bill}:1 {second}:1"})
    session.rollback()
    assert set(session.scalars(select(PreBill.state))) == {"approved"}


def test_the_words_on_the_invoice_are_saved(session: Session, owner: Visitor, bill: int) -> None:
    shown = session.get_one(PreBill, bill).description
    words = {"description": "For services in October", "shown": shown, "key": "0f3c1d5e-key-7"}
    assert owner.post(f"/pre-bills/{bill}/description", words).status_code == 303
    stale = owner.post(f"/pre-bills/{bill}/description", {**words, "description": "Mine", "key": "0f3c1d5e-key-9"})
    assert stale.status_code == 409
    assert "Mine" in text_of(stale)
    assert "For services in October" in text_of(stale)
    session.rollback()
    assert session.get_one(PreBill, bill).description == "For services in October"
    assert owner.post(f"/pre-bills/{bill}/description", {"description": "", "key": "0f3c1d5e-key-8"}).status_code == 422


def test_another_firm_finds_nothing_here(session: Session, world: World, outsider: Visitor, bill: int) -> None:
    line = lines_of(session, bill)[0].id
    for address in (f"/pre-bills/{bill}", f"/pre-bill-lines/{line}", f"/pre-bill-lines/{line}/edit"):
        assert outsider.get(address).status_code == 404
    posts = (f"/pre-bills/{bill}/approval", f"/pre-bills/{bill}/discard", f"/pre-bill-lines/{line}", f"/pre-bill-lines/{line}/holding")
    for address in posts:
        assert outsider.post(address, {"version": "1"}).status_code == 404
    assert "2,239.50" not in text_of(outsider.get("/pre-bills"))


def test_a_timekeeper_sees_no_pre_bill_and_an_auditor_changes_none(bill: int, member: Callable[[Role], Visitor]) -> None:
    assert member(Role.TIMEKEEPER).get(f"/pre-bills/{bill}").status_code == 403
    auditor = member(Role.AUDITOR)
    assert "Approve" not in text_of(auditor.get(f"/pre-bills/{bill}"))
    assert auditor.post(f"/pre-bills/{bill}/approval", {}).status_code == 403
