"""The jobs screen: who sees it, what it says, and trying a failed job again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Role
from lexapp.models import BillingRun, BillingRunItem, Firm, Matter, OutboxMessage
from lexapp.services.backups import record_backup
from tests.billing import issue, work_time
from tests.factories import NOW, TODAY, World, make_matter
from tests.web.visitor import Visitor

PROBLEM = "Castellane has no e-mail address. Add one to the client, then retry."


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def failed(session: Session, world: World, matter: Matter) -> int:
    """The id of a mail that is dead; the document before it waits."""
    work_time(session, world, matter)
    issue(session, world, matter, send=True)
    with transaction(session):
        dead = update(OutboxMessage).where(OutboxMessage.kind == "invoice.mail").returning(OutboxMessage.id)
        return session.scalars(dead.values(state="dead", attempts=8, last_error=PROBLEM)).one()


def row_of(session: Session, outbox_id: int) -> tuple[str, int]:
    session.rollback()
    row = session.get_one(OutboxMessage, outbox_id, populate_existing=True)
    found = row.state, row.attempts
    session.rollback()
    return found


def test_jobs_are_listed_with_what_they_are_about_and_what_went_wrong(owner: Visitor, failed: int):
    page = owner.get("/jobs").text
    for words in ("Invoice by e-mail INV-2026-0001", "Invoice PDF INV-2026-0001", PROBLEM, "Failed 1", "Waiting 1", "One job has failed."):
        assert words in page


def test_jobs_are_listed_by_state(owner: Visitor, failed: int):
    dead = owner.get("/jobs?state=dead").text
    assert "Invoice by e-mail" in dead
    assert "Invoice PDF" not in dead
    assert "Nothing runs just now" in owner.get("/jobs?state=running").text
    assert owner.get("/jobs?state=nonsense&before=%00").status_code == 200


def test_a_list_that_moves_asks_for_itself_again_and_gets_the_fragment(owner: Visitor, failed: int):
    answer = owner.get("/jobs", htmx=True)
    assert answer.text.lstrip().startswith('<div id="list"')
    assert 'hx-trigger="every 4s"' in answer.text


def test_a_failed_job_starts_again_with_the_button(session: Session, owner: Visitor, failed: int):
    answer = owner.post(f"/jobs/{failed}/attempts", htmx=True)
    assert answer.status_code == 200
    assert f'id="row-{failed}"' in answer.text
    assert "Try again" not in answer.text
    assert row_of(session, failed) == ("pending", 0)


def test_it_works_without_script_too(session: Session, owner: Visitor, failed: int):
    answer = owner.post(f"/jobs/{failed}/attempts")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/jobs")
    assert row_of(session, failed) == ("pending", 0)


def test_a_job_that_is_done_is_not_started_again(session: Session, owner: Visitor, failed: int):
    with transaction(session):
        session.execute(update(OutboxMessage).values(state="done", done_at=NOW))
    assert owner.post(f"/jobs/{failed}/attempts").status_code == 403
    assert row_of(session, failed) == ("done", 8)


def test_another_firm_sees_and_starts_nothing(session: Session, outsider: Visitor, failed: int):
    assert "INV-2026-0001" not in outsider.get("/jobs").text
    assert outsider.post(f"/jobs/{failed}/attempts").status_code == 404
    assert row_of(session, failed) == ("dead", 8)


def test_who_may_look_may_not_always_retry(session: Session, member: Callable[[Role], Visitor], failed: int):
    bookkeeper = member(Role.BOOKKEEPER)
    assert "Try again" not in bookkeeper.get("/jobs").text
    assert bookkeeper.post(f"/jobs/{failed}/attempts").status_code == 403
    assert member(Role.TIMEKEEPER).get("/jobs").status_code == 403
    assert row_of(session, failed) == ("dead", 8)


def test_a_billing_run_shows_how_far_it_is(session: Session, world: World, matter: Matter, owner: Visitor):
    run = BillingRun(firm_id=world.firm_id, kind="issue", through_on=TODAY, issued_on=TODAY, state="running", total=3, created_at=NOW)
    with transaction(session, world.firm_id):
        session.add(run)
        session.flush()
        for state in ("done", "refused", "waiting"):
            session.add(BillingRunItem(firm_id=world.firm_id, billing_run_id=run.id, matter_id=matter.id, state=state))
    page = owner.get("/jobs").text
    assert "Issuing invoices" in page
    assert "2 of 3, 1 refused" in page


def test_many_jobs_come_in_pages(session: Session, world: World, owner: Visitor):
    with transaction(session, world.firm_id):
        for number in range(1, 61):
            key = f"books.verification:{number}"
            session.add(
                OutboxMessage(firm_id=world.firm_id, kind="books.verification", dedupe_key=key, payload={}, not_before=NOW, created_at=NOW)
            )
    page = owner.get("/jobs").text
    assert page.count('<tr role="row" id="row-') == 50
    assert "before=11" in page
    assert owner.get("/jobs?before=11").text.count('<tr role="row" id="row-') == 10


def said_of_backups(visitor: Visitor) -> str:
    page = visitor.get("/jobs").get_data(as_text=True)
    return page.split('id="backups"')[1].split('id="list"')[0]


def test_administrators_see_when_the_last_good_backup_was_taken(owner: Visitor, session: Session, world: World, app: Flask):
    assert "No backups are taken by themselves" in said_of_backups(owner)
    app.extensions["settings"] = replace(app.extensions["settings"], backup_url="file:///srv/backups")
    with transaction(session, world.firm_id):
        session.get_one(Firm, world.firm_id).created_at = datetime.now(UTC)
    assert "The first backup is taken tonight" in said_of_backups(owner)
    now = datetime.now(UTC)
    for age, said in ((3, "It is older than two days"), (1, "Last backup")):
        taken = now - timedelta(days=age)
        record_backup(session, place="/srv/backups", file_name=f"{age}.tar.gz", size_bytes=12_300_000, taken_at=taken, now=taken)
        assert said in said_of_backups(owner)
    assert "12.3 MB, kept in /srv/backups" in said_of_backups(owner)
