"""kill -9 of the issuing process, of the worker and of Redis, in the middle of issuing and sending invoices: 15, with `--year` 50."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import transaction
from lexapp.integrations.storage import open_storage
from lexapp.models import Invoice, OutboxMessage, SentMail, StoredDocument
from lexapp.queries.verification import verify
from tests.factories import World, make_world
from tests.jobs.issued import approve_pre_bills, make_due, states
from tests.jobs.processes import Process
from tests.nursery import Program, start_program
from tests.servers import MailSink, RedisServer, wait_until

pytestmark = pytest.mark.faults
FEW, MANY = 15, 50


class Office:
    """Everything that runs while invoices go out: an issuing process, a worker, a scheduler, Redis, a mail server."""

    def __init__(self, session: Session, environ: dict[str, str], folder: Path, redis: RedisServer, sink: MailSink, count: int) -> None:
        self.count = count
        self.session, self.redis, self.sink, self.folder = session, redis, sink, folder
        self.environ = environ | {"REDIS_URL": redis.url, "MAIL_URL": sink.url}
        self.settings = Settings.from_environ(self.environ)
        self.world = make_world(session)
        self.pre_bills = approve_pre_bills(session, self.world, count)
        self.scheduler = Process("scheduler", self.environ, folder)
        self.worker = Process("worker", self.environ, folder)
        self.worker.wait_until_it_says("ready")

    def start_issuing(self) -> Program:
        with (self.folder / "issuing.log").open("ab") as log:
            return start_program("tests.faults.issuing", *map(str, self.pre_bills), environ=self.environ, output=log)

    def wait_for(self, share: float, count: Callable[[], int], what: str) -> None:
        amount = round(self.count * share)
        wait_until(lambda: count() >= amount, what=f"{amount} {what}", seconds=240)

    def invoices(self) -> int:
        found = self.session.scalar(select(func.count()).select_from(Invoice)) or 0
        self.session.rollback()
        return found

    def mails(self) -> int:
        return len(self.sink.messages)

    def kill_issuing(self, process: Program) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()

    def let_leases_run_out(self) -> None:
        """The minute that a dead worker's rows stay claimed, without waiting for it. Nobody works while this is called."""
        with transaction(self.session):
            past = datetime.now(UTC) - timedelta(seconds=1)
            self.session.execute(update(OutboxMessage).where(OutboxMessage.state == "claimed").values(claimed_until=past))

    def wait_until_all_is_sent(self) -> None:
        make_due(self.session)
        wanted = {"done": self.count}
        wait_until(lambda: states(self.session, "invoice.mail") == wanted, what="all mails", seconds=300)
        assert states(self.session) == wanted

    def close(self) -> None:
        self.worker.stop()
        self.scheduler.stop()


@pytest.fixture
def office(
    pytestconfig: pytest.Config, session: Session, environ: dict[str, str], tmp_path: Path, redis_server: RedisServer, mail_sink: MailSink
) -> Iterator[Office]:
    count = MANY if pytestconfig.getoption("--year") else FEW
    opened = Office(session, environ, tmp_path, redis_server, mail_sink, count)
    yield opened
    opened.close()


def test_a_worker_that_is_killed_again_and_again_leaves_nothing_undone_and_nothing_double(office: Office):
    issuing = office.start_issuing()
    for share in (0.06, 0.3, 0.6):
        office.wait_for(share, office.mails, "mails")
        office.worker.kill()
        office.let_leases_run_out()
        office.worker.start()
    assert issuing.wait(180) == 0
    office.wait_until_all_is_sent()
    check(office)


def test_redis_that_is_killed_and_comes_back_empty_loses_no_job(office: Office):
    issuing = office.start_issuing()
    for share in (0.06, 0.4):
        office.wait_for(share, office.mails, "mails")
        office.redis.kill()
        for kept in office.redis.folder.glob("appendonlydir"):
            shutil.rmtree(kept)
        office.redis.start()
    assert issuing.wait(180) == 0
    office.wait_until_all_is_sent()
    check(office)


def test_issuing_that_is_killed_in_the_middle_goes_on_where_it_stood_without_a_gap(office: Office):
    for share in (0.1, 0.5):
        issuing = office.start_issuing()
        office.wait_for(share, office.invoices, "invoices")
        office.kill_issuing(issuing)
    assert office.start_issuing().wait(180) == 0
    office.sink.refuse = True
    wait_until(lambda: waiting_for_the_mail_server(office.session), what="a mail that waits", seconds=240)
    office.sink.refuse = False
    office.wait_until_all_is_sent()
    check(office)


def waiting_for_the_mail_server(session: Session) -> int:
    told = OutboxMessage.last_error.like("%try again later%")
    found = session.scalar(select(func.count()).select_from(OutboxMessage).where(told)) or 0
    session.rollback()
    return found


def check(office: Office) -> None:
    """Every invoice: one number, one document in storage, one mail with one Message-ID; duplicates are counted; the books hold."""
    session, world = office.session, office.world
    session.expire_all()
    invoices = session.scalars(select(Invoice).where(Invoice.firm_id == world.firm_id).order_by(Invoice.series_number)).all()
    assert [invoice.number for invoice in invoices] == [f"INV-2026-{number:04}" for number in range(1, office.count + 1)]
    ids = sorted(invoice.id for invoice in invoices)
    check_documents(session, world, office.settings, ids)
    check_mails(session, office.sink, ids)
    assert verify(session, world.firm_id) == []
    session.rollback()


def check_documents(session: Session, world: World, settings: Settings, ids: list[int]) -> None:
    documents = session.scalars(select(StoredDocument).where(StoredDocument.kind == "invoice_pdf")).all()
    assert sorted(document.subject_id for document in documents) == ids
    storage = open_storage(settings.storage_url)
    assert all(storage.get(document.sha256, firm_id=world.firm_id).startswith(b"%PDF-") for document in documents)


def check_mails(session: Session, sink: MailSink, ids: list[int]) -> None:
    mails = session.scalars(select(SentMail)).all()
    assert sorted(mail.subject_id for mail in mails) == ids
    assert all(mail.sent_at is not None for mail in mails)
    received = Counter(str(message["Message-ID"]) for message in sink.messages)
    attempts = {mail.message_id: mail.attempts for mail in mails}
    assert set(received) == set(attempts)
    assert all(times <= attempts[message_id] for message_id, times in received.items())
