"""What every kind of term answers, the registry of kinds, and which work a term covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from lexapp.domain.agreements.dues import Due
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.reductions import Cap, Discount
from lexapp.domain.utbms import LITIGATION_TASKS

COVERED_PHASES: Mapping[str, str] = LITIGATION_TASKS.phases
"""The UTBMS phases that a term may cover, code and name."""


class Covers(StrEnum):
    """Which time a term pays for."""

    ALL = "all"
    PHASES = "phases"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The time that a term pays for: all, that of some UTBMS phases (by the task code of the entry), or none."""

    covers: Covers = Covers.NOTHING
    phases: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse, beside `phases`, a phase that there is not, and none where phases are covered."""
        if self.covers is Covers.PHASES and not self.phases:
            raise InvalidInput("Choose the phases that the fee covers, or let it cover all work.", field="phases")
        if self.covers is not Covers.PHASES and self.phases:
            raise InvariantBroken("phases stand beside a coverage that is not by phase")
        if any(phase not in COVERED_PHASES for phase in self.phases) or len(set(self.phases)) < len(self.phases):
            raise InvalidInput("Choose phases out of the list, each once.", field="phases")

    def holds(self, task_code: str) -> bool:
        """Whether time with this task code is covered. Time without a code is in no phase."""
        if self.covers is not Covers.PHASES:
            return self.covers is Covers.ALL
        found = LITIGATION_TASKS.lookup(task_code)
        return found is not None and found.phase in self.phases

    @property
    def words(self) -> str:
        """A sentence."""
        if self.covers is Covers.ALL:
            return "It covers all time on the matter."
        if self.covers is Covers.NOTHING:
            return "It comes on top of what is billed by the hour."
        return f"It covers time on {' and '.join(f'{COVERED_PHASES[one]} ({one})' for one in self.phases)}."

    def as_json(self) -> dict[str, Any]:
        """As it is kept; `read` is the way back."""
        return {"covers": self.covers.value, "phases": list(self.phases)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(Covers(data["covers"]), tuple(data["phases"]))


ALL_TIME = Coverage(Covers.ALL)


class ScheduledFee(NamedTuple):
    """A fee that is recorded once, when it is due."""

    name: str
    amount_minor: int
    due: Due


class Term:
    """One term of an agreement. Kinds are frozen dataclasses below it, named by `@term_kind`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    once: ClassVar[str] = ""
    """Why there is no second term of this kind in an agreement; empty: there may be several."""

    @property
    def coverage(self) -> Coverage:
        """The time that is paid for by this term, and therefore not billed by the hour."""
        return Coverage()

    @property
    def schedule(self) -> tuple[ScheduledFee, ...]:
        """The fees that it makes, in order; their amounts add up to what was agreed."""
        return ()

    @property
    def discount(self) -> Discount | None:
        """What it takes off each bill."""
        return None

    def cap(self, effective_from: date) -> Cap | None:  # noqa: ARG002
        """The most that is billed, where it says so; `effective_from` is the first day of its agreement."""
        return None

    def fee_field(self, number: int, name: str) -> str:  # noqa: ARG002
        """What the field `amount_minor`, `name` or `due_on` of a fee of the schedule (from 1) is called among those of the term."""
        return name

    def check(self, currency: str) -> None:
        """Refuse what cannot be agreed. Raises InvalidInput beside a field of the kind."""

    def sentences(self, currency: str) -> tuple[str, ...]:
        """What was agreed, in plain sentences."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """As it is kept, without its kind; `read` is the way back."""
        return {}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:  # noqa: ARG003
        return cls()


KINDS: dict[str, type[Term]] = {}
"""Every kind of term by its name."""

_Kind = TypeVar("_Kind", bound=type[Term])


def term_kind(kind: _Kind) -> _Kind:
    """Class decorator: enter a kind of term into the registry, by its `kind`."""
    if kind.kind in KINDS:
        raise InvariantBroken(f"there are two kinds of term called {kind.kind}")
    KINDS[kind.kind] = kind
    return kind


def read_term(kind: str, data: Mapping[str, Any]) -> Term:
    """A term out of what was kept. Raises InvariantBroken for a kind that is not known."""
    if kind not in KINDS:
        raise InvariantBroken(f"there is no kind of term called {kind}")
    return KINDS[kind].read(data)


def write_terms(terms: Iterable[Term]) -> list[dict[str, Any]]:
    """Terms in order, as JSON with their kinds."""
    return [{"kind": term.kind, "terms": term.as_json()} for term in terms]


def read_terms(rows: Iterable[Mapping[str, Any]]) -> tuple[Term, ...]:
    """What `write_terms` wrote."""
    return tuple(read_term(row["kind"], row["terms"]) for row in rows)
