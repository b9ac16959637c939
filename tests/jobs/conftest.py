"""A place to work at, on the database of the test, with the mail sink for a mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lexapp.integrations.mail import open_mailer
from lexapp.integrations.storage import FolderStorage
from lexapp.jobs.place import Place
from lexapp.models import OutboxMessage
from lexapp.workflows.outside import Outside
from tests.databases import Database
from tests.factories import NOW, World, make_world
from tests.servers import MailSink


class StoppedClock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **amount: int) -> None:
        self.moment += timedelta(**amount)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def place(database: Database, tmp_path: Path, mail_sink: MailSink, clock: StoppedClock) -> Iterator[Place]:
    outside = Outside(
        storage=FolderStorage(tmp_path / "storage"),
        mailer=open_mailer(mail_sink.url),
        mail_from="lexapp <billing@firm.test>",
        base_url="https://bills.firm.test",
        secret_key="a secret of at least thirty-two characters",
        now=clock,
    )
    engine = create_engine(database.url)
    yield Place(engine, outside)
    engine.dispose()


@pytest.fixture
def row(session: Session) -> Callable[[int], OutboxMessage]:
    """An outbox row as it is in the database now. No read is left open, which would keep writers out on SQLite."""

    def read(outbox_id: int) -> OutboxMessage:
        session.rollback()
        found = session.get_one(OutboxMessage, outbox_id, populate_existing=True)
        session.expunge(found)
        session.rollback()
        return found

    return read


@pytest.fixture
def without_mail_server(place: Place) -> Place:
    """The same place while nobody answers at the mail server's address."""
    return replace(place, outside=replace(place.outside, mailer=open_mailer("smtp://127.0.0.1:9")))
