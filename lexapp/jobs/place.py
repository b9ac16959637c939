"""What a worker process works with: the database and the outside, opened once per process."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from uuid import uuid4

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import engine_options
from lexapp.workflows.outside import Outside, open_outside


@dataclass(frozen=True, slots=True)
class Place:
    """One process's engine and its outside."""

    engine: Engine
    outside: Outside

    def session(self) -> Session:
        """A new session of its own; the caller closes it."""
        return Session(self.engine, autoflush=False)

    def new_owner(self) -> str:
        """Who claims: readable for whoever looks at the row, and never the same twice."""
        return f"{socket.gethostname()[:80]}:{os.getpid()}:{uuid4().hex[:12]}"


def open_place(settings: Settings) -> Place:
    """A place for these settings. Connections are made when they are needed, so that it may be opened before a fork."""
    return Place(create_engine(settings.database_url, **engine_options(settings.database_url)), open_outside(settings))


@cache
def this_place() -> Place:
    """The place of this process, from its environment: a job that comes through Redis brings nothing but ids."""
    return open_place(Settings.from_environ(os.environ))
