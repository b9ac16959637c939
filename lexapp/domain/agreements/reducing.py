"""Terms that take off what the others make: the most that is billed, and a discount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

from lexapp.domain.agreements.fixed import check_amount
from lexapp.domain.agreements.terms import COVERED_PHASES, Term, term_kind
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.money import Money
from lexapp.domain.reductions import Cap, Counts, Discount, Window, check_percent
from lexapp.domain.shares import percent_text


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedCap(Term):
    """The most that is billed, in minor units. A hard one cuts; a soft one warns and cuts nothing.

    `phase`: only work with a task code of this UTBMS phase counts. `since`: the day from which work counts; None: a cap in all counts the
    whole matter, one by the month what is done from the first day of the agreement on.
    """

    kind: ClassVar[str] = "cap"
    label: ClassVar[str] = "Cap"

    limit_minor: int
    window: Window = Window.WHOLE
    counts: Counts = Counts.FEES
    phase: str = ""
    is_hard: bool = True
    since: date | None = None

    def cap(self, effective_from: date) -> Cap:
        begins_on = self.since or (date.min if self.window is Window.WHOLE else effective_from)
        return Cap(self.limit_minor, begins_on, self.window, self.counts, self.phase, self.is_hard)

    def reason(self, currency: str) -> str:
        """As it stands beside a line that it cuts."""
        often = "" if self.window is Window.WHOLE else " a month"
        of = f" for {COVERED_PHASES[self.phase]}" if self.phase else ""
        return f"beyond the cap of {Money(self.limit_minor, currency)}{often}{of}"

    def check(self, currency: str) -> None:
        check_amount(self.limit_minor, currency, "limit_minor")
        if self.phase and self.phase not in COVERED_PHASES:
            raise InvalidInput("Choose a phase out of the list.", field="phase")
        if self.since and not EARLIEST <= self.since <= LATEST:
            raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field="since")

    def sentences(self, currency: str) -> tuple[str, ...]:
        limit, often = Money(self.limit_minor, currency), "" if self.window is Window.WHOLE else " a month"
        of = f"{self.counts.words} for {COVERED_PHASES[self.phase]} ({self.phase})" if self.phase else self.counts.words
        since = f", for work from {day_text(self.since)} on" if self.since else ""
        carried = " What a month leaves unused is there for the later ones." if self.window is Window.ROLLING else ""
        beyond = "What goes beyond is not billed." if self.is_hard else "What goes beyond is billed with a warning."
        return (f"At most {limit}{often} of {of}{since}.{carried}", beyond)

    def as_json(self) -> dict[str, Any]:
        said = {"limit_minor": self.limit_minor, "window": self.window.value, "counts": self.counts.value}
        return {**said, "phase": self.phase, "is_hard": self.is_hard, "since": self.since.isoformat() if self.since else None}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        since = date.fromisoformat(data["since"]) if data["since"] else None
        said = {"limit_minor": data["limit_minor"], "phase": data["phase"], "is_hard": data["is_hard"]}
        return cls(**said, window=Window(data["window"]), counts=Counts(data["counts"]), since=since)


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedDiscount(Term):
    """So many basis points off what it counts, or (where they are zero) an amount in minor units off each invoice."""

    kind: ClassVar[str] = "discount"
    label: ClassVar[str] = "Discount"

    basis_points: int = 0
    amount_minor: int = 0
    counts: Counts = Counts.FEES

    @property
    def discount(self) -> Discount:
        return Discount(self.basis_points, self.amount_minor, self.counts)

    def reason(self, currency: str) -> str:
        """As it stands beside a line that it reduces."""
        if self.amount_minor:
            return f"{Money(self.amount_minor, currency)} off the invoice, as agreed"
        return f"{percent_text(self.basis_points)} % off, as agreed"

    def check(self, currency: str) -> None:
        if self.amount_minor or not self.basis_points:
            check_amount(self.amount_minor, currency, "off")
        else:
            check_percent(self.basis_points, field="off")

    def sentences(self, currency: str) -> tuple[str, ...]:
        if self.amount_minor:
            return (f"{Money(self.amount_minor, currency)} off the {self.counts.words} of each invoice.",)
        return (f"{percent_text(self.basis_points)} % off {self.counts.words}.",)

    def as_json(self) -> dict[str, Any]:
        return {"basis_points": self.basis_points, "amount_minor": self.amount_minor, "counts": self.counts.value}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(basis_points=data["basis_points"], amount_minor=data["amount_minor"], counts=Counts(data["counts"]))
