"""The guidelines of a client and of a matter at a browser, and what a pre-bill says of lines that do not follow them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Guideline, Matter, PreBill
from tests.billing import draft_one, lines_of, work_time
from tests.factories import World, make_guideline, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
BLOCK = "Draft motion; call client re motion"
TYPED = {
    "key": "key-guideline-1",
    "version": "1",
    "title": "Outside counsel guidelines 2026",
    "effective_from": "2026-01-02",
    "most_characters": "1024",
    "least_characters": "20",
    "length_weight": "refuse",
    "vague_weight": "warn",
    "blocks_weight": "refuse",
    "blocks_over_seconds": "0.5",
    "blocks_quote": "Each entry holds one task (5.1).",
    "forbidden_words": "overhead\r\nword processing",
    "forbidden_weight": "warn",
    "needs_task_code": "y",
}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def the_guideline(session: Session) -> Guideline:
    session.rollback()
    return session.scalars(select(Guideline).order_by(Guideline.id.desc())).first()  # type: ignore[return-value]


def test_a_guideline_is_added_beside_the_client_and_read_in_words(session: Session, matter: Matter, owner: Visitor):
    assert "No guideline yet" in text_of(owner.get(f"/clients/{matter.client_id}/guidelines"))
    assert owner.get(f"/guidelines/new?client={matter.client_id}").status_code == 200
    answer = owner.post("/guidelines", TYPED | {"client": str(matter.client_id)})
    assert answer.headers["Location"] == f"/clients/{matter.client_id}/guidelines"
    page = text_of(owner.get(answer.headers["Location"]))
    for said in ("At least 20, at most 1,024 characters, longer: refused", "Refused, in more than 30 minutes", "Task code compulsory"):
        assert said in page
    assert "Overhead, word processing: hint while typing" in page
    assert "Each entry holds one task (5.1)." in page
    assert "Guideline added: Outside counsel guidelines 2026" in text_of(owner.get(f"/clients/{matter.client_id}"))


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(matter: Matter, owner: Visitor):
    wrong = {"client": str(matter.client_id), "title": "", "least_characters": "2000", "forbidden_words": "…!", "effective_from": "never"}
    answer = owner.post("/guidelines", TYPED | wrong, htmx=True)
    assert answer.status_code == 422
    for field in ("title", "effective_from"):
        assert f'id="guideline-{field}-error"' in answer.text
    answer = owner.post("/guidelines", TYPED | wrong | {"title": "Rules", "effective_from": "today"}, htmx=True)
    assert 'id="guideline-least_characters-error"' in answer.text
    assert "…!" in answer.text


def test_it_is_changed_against_the_version_that_was_shown(session: Session, world: World, matter: Matter, owner: Visitor):
    row = make_guideline(session, world.owner, matter.client_id)
    assert "Outside counsel guidelines" in text_of(owner.get(f"/guidelines/{row.id}/edit"))
    assert owner.post(f"/guidelines/{row.id}", TYPED).status_code == 303
    assert (the_guideline(session).most_characters, the_guideline(session).version) == (1024, 2)
    answer = owner.post(f"/guidelines/{row.id}", TYPED | {"key": "key-guideline-2", "title": "Mine"}, htmx=True)
    assert answer.status_code == 409
    assert "Stands now" in answer.text
    assert "Mine" in answer.text


def test_it_is_removed_by_the_button_that_shows_its_version(session: Session, world: World, matter: Matter, owner: Visitor):
    row = make_guideline(session, world.owner, matter_id=matter.id)
    assert "Outside counsel guidelines" in text_of(owner.get(f"/matters/{matter.id}/guidelines"))
    assert owner.post(f"/guidelines/{row.id}/removal", {"version": "7"}).status_code == 409
    assert owner.post(f"/guidelines/{row.id}/removal", {"version": "1"}).status_code == 303
    assert the_guideline(session).removed_at is not None
    assert owner.get(f"/guidelines/{row.id}/edit").status_code == 404


def test_who_may_not_agree_rates_reads_them_and_changes_nothing(
    session: Session, world: World, outsider: Visitor, matter: Matter, member: Members
):
    client_id, row_id = matter.client_id, make_guideline(session, world.owner, matter.client_id).id
    lawyer = member(Role.TIMEKEEPER)
    page = lawyer.get(f"/clients/{client_id}/guidelines")
    assert "Outside counsel guidelines" in page.text
    assert "Add guideline" not in page.text
    assert lawyer.post("/guidelines", TYPED | {"client": str(client_id)}).status_code == 403
    assert outsider.get(f"/clients/{client_id}/guidelines").status_code == 404
    assert outsider.post(f"/guidelines/{row_id}", TYPED).status_code == 404
    assert outsider.post("/guidelines", TYPED | {"client": str(client_id)}).status_code == 404


# ── on a pre-bill ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bill(session: Session, world: World, matter: Matter) -> PreBill:
    work_time(session, world, matter, 120)
    work_time(session, world, matter, 90, narrative=BLOCK)
    words = {"blocks": "Each entry holds one task (5.1)."}
    make_guideline(session, world.owner, matter.client_id, blocks_weight="refuse", quotes=words)
    return draft_one(session, world, matter)


def test_a_pre_bill_shows_its_findings_beside_the_line_and_counts_them(bill: PreBill, owner: Visitor):
    page = owner.get(f"/pre-bills/{bill.id}").text
    assert "1 of 2 lines pass" in page
    assert "Each entry holds one task (5.1)." in page
    assert page.count("Block billing: two tasks in one entry") == 1
    assert "Block billing, line of" in page
    assert "1 line the client will refuse" in page


def test_a_line_put_right_leaves_the_checks(session: Session, bill: PreBill, owner: Visitor):
    line = next(line for line in lines_of(session, bill.id) if line.narrative == BLOCK)
    desk = owner.get(f"/pre-bill-lines/{line.id}/edit", htmx=True).text
    assert "Block billing: two tasks" in desk
    fields = {"narrative": BLOCK, "task_code": "", "activity_code": "", "quantity": "0.90", "rate": "500", "version": str(line.version)}
    reading = owner.post(f"/pre-bill-lines/{line.id}/reading", fields | {"quantity": "0.4", "narrative": "Review file"}, htmx=True).text
    assert "Block billing" not in reading
    assert "“Review file” is vague" in reading
    answer = owner.post(f"/pre-bill-lines/{line.id}", fields | {"key": "key-line-1", "narrative": f"{BLOCK}; review reply"}, htmx=True)
    assert answer.status_code == 422
    assert "Block billing: three tasks" in answer.text
    answer = owner.post(f"/pre-bill-lines/{line.id}", fields | {"key": "key-line-1", "narrative": "Draft motion"}, htmx=True)
    assert answer.status_code == 200
    assert "Block billing" not in answer.text
    assert 'id="checks"' not in answer.text
