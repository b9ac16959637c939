"""A firm at work: gunicorn, worker, scheduler, Redis and a mail server, all as processes of their own on the database of the test."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.timers import retell
from lexapp.database import scope_to_firm, transaction
from lexapp.models import Timer, TimerEventRow, User
from lexapp.queries.verification import Finding, verify
from lexapp.services.firms import link_timekeeper
from tests.billing import work_time
from tests.factories import NOW, make_client, make_matter, make_rate, make_world
from tests.jobs.processes import Process
from tests.live import WebServer
from tests.servers import MailSink, wait_until

NARRATIVE = "Review berth logs"
PATIENT = 60_000
"""Milliseconds in which a worker on a busy machine has done what it was given."""
LINK = re.compile(r"^https?://\S+/i/\S+", re.MULTILINE)

COPIED = ("firm_id", "timer_key", "timekeeper_id", "user_id", "kind", "received_at", "offset_minutes")


@dataclass(frozen=True, slots=True)
class Office:
    """The firm of a test, the matter that is worked on, its owner, and where to look at what happened outside the browser."""

    firm_id: int
    matter_id: int
    email: str
    address: str
    session: Session
    mail_sink: MailSink

    def add_earlier_stretch(self, minutes: int) -> None:
        """Let the running timer have run before, up to when it was started: nobody waits half an hour for a test."""
        with transaction(self.session, self.firm_id):
            running = self.session.scalars(select(Timer).where(Timer.state == "running")).one()
            start = self.session.scalars(select(TimerEventRow).where(TimerEventRow.timer_key == running.client_key)).one()
            began = start.at - timedelta(minutes=minutes)
            same = {name: getattr(start, name) for name in COPIED}
            self.session.add(TimerEventRow(**same, event_key="earlier", at=began, at_wall=began, said={}, known={}, flags=[]))
            self.session.flush()
            retell(self.session, [running])

    def mail(self) -> EmailMessage:
        """The one message that was sent, as soon as it has arrived."""
        wait_until(lambda: self.mail_sink.messages, what="the mail with the invoice", seconds=60)
        (message,) = self.mail_sink.messages
        return message

    def findings(self) -> list[Finding]:
        """What does not hold in the books."""
        scope_to_firm(self.session, self.firm_id)
        found = verify(self.session, self.firm_id)
        self.session.rollback()
        return found


def found_firm(session: Session) -> tuple[int, int, str]:
    """An owner who is a timekeeper; a matter with a rate of its own, 600.00 an hour, and another one with work to bill."""
    world = make_world(session)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
    matter = make_matter(session, world.owner, name="Berth allocation dispute")
    make_rate(session, world.owner, "matter", 60_000, matter_id=matter.id)
    work_time(session, world, make_matter(session, world.owner, make_client(session, world.owner, "Halvorsen Dairy Cooperative")))
    found = world.firm_id, matter.id, session.get_one(User, world.owner.user_id).email
    session.rollback()  # an open read would keep the servers from writing to SQLite
    return found


@contextmanager
def open_office(session: Session, environ: Mapping[str, str], mail_sink: MailSink, folder: Path) -> Iterator[Office]:
    """Everything that runs in production, for one firm; `environ` names the database and Redis."""
    firm = found_firm(session)
    server = WebServer(environ)
    settings = {**environ, "BASE_URL": server.address, "MAIL_URL": mail_sink.url}
    people = [Process(name, settings, folder) for name in ("worker", "scheduler")]
    try:
        people[0].wait_until_it_says("ready")
        yield Office(*firm, server.address, session, mail_sink)
    finally:
        for process in reversed(people):
            process.stop()
        server.close()


def text_of(pdf: Path) -> str:
    """What pdftotext reads in a document."""
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout


def link_in(message: EmailMessage) -> str:
    """The address of the client's page in the plain text of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    found = LINK.search(body.get_content())
    assert found is not None, body.get_content()
    return found[0]
