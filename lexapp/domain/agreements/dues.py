"""When an agreed fee is due: on a day, when something is done, or when somebody says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import EARLIEST, LATEST

LONGEST_TASK = 200


class DueBy(StrEnum):
    """What makes a fee due."""

    HAND = "hand"
    TASK = "task"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Due:
    """`on` goes with a date, `task` (what has to be done) with a task. Neither goes with a hand."""

    by: DueBy = DueBy.HAND
    on: date | None = None
    task: str = ""

    @classmethod
    def on_day(cls, day: date) -> Self:
        return cls(DueBy.DATE, on=day)

    @classmethod
    def when_done(cls, task: str) -> Self:
        return cls(DueBy.TASK, task=task)

    def check(self, prefix: str = "") -> None:
        """Refuse, beside `<prefix>due_on` or `<prefix>due_task`, a date that is missing or absurd and a task without words."""
        if self.by is DueBy.DATE and self.on is None:
            raise InvalidInput("Write the day on which it is due.", field=f"{prefix}due_on")
        if self.on is not None and not EARLIEST <= self.on <= LATEST:
            raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field=f"{prefix}due_on")
        if self.by is DueBy.TASK and not self.task.strip():
            raise InvalidInput("Write what has to be done first, such as: complaint filed.", field=f"{prefix}due_task")
        if len(self.task) > LONGEST_TASK:
            raise InvalidInput(f"Say in at most {LONGEST_TASK} characters what has to be done.", field=f"{prefix}due_task")

    @property
    def words(self) -> str:
        """`due on Mar 1, 2027`, `due when this is done: complaint filed`, `due when you say so`."""
        if self.by is DueBy.DATE and self.on is not None:
            return f"due on {day_text(self.on)}"
        return f"due when this is done: {self.task}" if self.by is DueBy.TASK else "due when you mark it as reached"

    def as_json(self) -> dict[str, Any]:
        """As it is kept; `read` is the way back."""
        return {"by": self.by.value, "on": self.on.isoformat() if self.on else None, "task": self.task}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        on = data.get("on")
        return cls(DueBy(data["by"]), date.fromisoformat(on) if on else None, data.get("task", ""))


BY_HAND = Due()
