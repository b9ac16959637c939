"""A town with two firms that hold the same: the one whose people we are, and the other, whose every text carries a mark.

One town serves all tests of a module; each begins with the rows that were there at first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.config import Settings
from lexapp.database import transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.models import UserSession
from tests.applications import make_app
from tests.databases import Database, PostgresDatabase, SqliteDatabase
from tests.kept_rows import watch
from tests.servers import PostgresCluster
from tests.two_firms import SeededFirm, Words, seed_firm
from tests.web.visitor import Visitor, signed_in

MARK = "Quillfeather"


def unmarked(text: str) -> str:
    return text


def marked(text: str) -> str:
    return f"{text} {MARK}"


class Neighbour(Visitor):
    """Keeps its CSRF token and its cookie, whatever happens: thousands of requests need not make them anew."""

    def __init__(self, app: Flask, session: Session) -> None:
        super().__init__(app, session)
        self.client.get("/sign-in")
        self.keep()

    def hold(self, token: str) -> Visitor:
        super().hold(token)
        self.keep()
        return self

    def keep(self) -> None:
        self.token = super().csrf_token()
        cookie = self.client.get_cookie("lexapp")
        assert cookie is not None
        self.kept = cookie.value

    def csrf_token(self) -> str:
        return self.token

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        answer = super().post(path, data, **options)
        if "Set-Cookie" in answer.headers:
            self.client.set_cookie("lexapp", self.kept)
        return answer


class Town:
    """Two firms online; `ours` is the one with the visitors."""

    def __init__(self, database: Database, folder: Path, words: Words = unmarked) -> None:
        self.database = database
        self.session = Session(database.engine, autoflush=False)
        self.ours = seed_firm(self.session, words, 1)
        self.theirs = seed_firm(self.session, marked, 2)
        self.settings = Settings.from_environ({"DATABASE_URL": database.url, "DATA_FOLDER": str(folder)})
        self.app: Flask = make_app(self.settings)
        self.app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)  # a 500 is one finding among others
        self.tokens = {role: self._sign_in(self.actor(role)) for role in Role}
        for actor in (self.ours.world.owner, self.theirs.world.owner):
            self._sign_in(actor)  # on a second device
        for firm in (self.ours, self.theirs):
            mine = select(UserSession.id).where(UserSession.user_id == firm.world.owner.user_id)
            firm.ids["sessions"] = list(self.session.scalars(mine))
        with transaction(self.session):
            later = datetime.now(UTC) + timedelta(hours=1)
            # Noting when somebody was here is the one thing that reading may write; and no proof of who sits there grows old on the way.
            self.session.execute(update(UserSession).values(last_seen_at=later))
            self.session.execute(update(UserSession).where(~UserSession.needs_code).values(proved_at=later))
        self.stranger = Neighbour(self.app, self.session)
        self.owner = self.member(Role.OWNER)
        self.watch = watch(database)

    def member(self, role: Role) -> Neighbour:
        """A browser of somebody of our firm, as it is just after signing in."""
        visitor = Neighbour(self.app, self.session)
        visitor.hold(self.tokens[role])
        return visitor

    def actor(self, role: Role) -> Actor:
        if role is Role.OWNER:
            return self.ours.world.owner
        member = self.ours.roles[role]
        return Actor(member.user_id, self.ours.world.firm_id, member.id, role, member.timekeeper_id)

    def _sign_in(self, actor: Actor) -> str:
        with signed_in(self.app, self.session, actor).client.session_transaction() as kept:
            return str(kept["token"])

    def close(self) -> None:
        from lexapp.database import db

        self.session.close()
        with self.app.app_context():
            for each in db.engines.values():
                each.dispose()
        self.database.close()


TownOn = Callable[[str], Town]


@contextmanager
def towns(cluster: Callable[[], PostgresCluster], folder: Path, words: Words = unmarked) -> Iterator[TownOn]:
    """One town per engine, built when first asked for."""
    built: dict[str, Town] = {}

    def on(engine: str) -> Town:
        if engine not in built:
            database = SqliteDatabase.in_memory_disk() if engine == "sqlite" else PostgresDatabase(cluster(), f"town_{folder.name}")
            built[engine] = Town(database, folder, words)
        built[engine].watch.restore()
        return built[engine]

    try:
        yield on
    finally:
        for town in built.values():
            town.close()


__all__ = ["MARK", "SeededFirm", "Town", "TownOn", "marked", "towns", "unmarked"]
