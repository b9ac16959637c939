"""What both engines can do with a whole database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Taken:
    """A copy in a file, and a session that sees the database exactly as the copy holds it."""

    path: Path
    session: Session


class Staged(Protocol):
    """A database made from a copy, beside the one in use. It is gone when its block is left, unless it was accepted."""

    url: str

    def fill(self, source: Path) -> None:
        """Put the copy's tables and rows into it."""

    def problems(self) -> list[str]:
        """What the engine's own checks find wrong, as sentences."""

    def accept(self) -> str:
        """Let it take the place of the database in use, which stays under the name that is returned ("" where there was none)."""


class Copies(Protocol):
    """One engine's way to copy and to restore."""

    engine: str
    file_name: str

    def version(self) -> str:
        """The engine's version."""

    def take(self, folder: Path) -> AbstractContextManager[Taken]:
        """Copy the database into a new file in `folder`, as of one instant, while others write."""

    def scratch(self, folder: Path) -> AbstractContextManager[Staged]:
        """An empty database to try a copy out; it can not be accepted."""

    def beside(self) -> AbstractContextManager[Staged]:
        """An empty database that may take the place of the one in use."""

    def is_empty(self) -> bool:
        """Whether the database in use holds no firm; also where there is none."""

    def users(self) -> str:
        """Who else works with the database in use, in words; "" when nobody does."""
