"""A fee in parts: amounts, or shares of a total that make 100 %, each due by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from lexapp.domain.agreements.dues import BY_HAND, Due, DueBy
from lexapp.domain.agreements.fixed import check_amount, check_name
from lexapp.domain.agreements.terms import ALL_TIME, Coverage, ScheduledFee, Term, term_kind
from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.shares import WHOLE, percent_text
from lexapp.domain.words import counted

MOST_PARTS = 24


class ShareBy(StrEnum):
    """Whether the parts are amounts or shares of a total."""

    AMOUNTS = "amounts"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Part:
    """A milestone: what is reached, how much it is (minor units, or basis points of the total), when it is due."""

    name: str
    share: int
    due: Due = BY_HAND


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones(Term):
    """A schedule of parts. `total_minor` may be left out (None) where the parts are amounts; shares are divided by largest remainder."""

    kind: ClassVar[str] = "milestones"
    label: ClassVar[str] = "Milestones"

    parts: tuple[Part, ...]
    by: ShareBy = ShareBy.AMOUNTS
    total_minor: int | None = None
    pays_for: Coverage = ALL_TIME

    @property
    def coverage(self) -> Coverage:
        return self.pays_for

    @property
    def whole_minor(self) -> int:
        """What all parts come to, in minor units."""
        return self.total_minor or 0 if self.by is ShareBy.PERCENT else sum(part.share for part in self.parts)

    @property
    def amounts(self) -> list[int]:
        """The amount of every part in minor units; together the whole."""
        shares = [part.share for part in self.parts]
        return allocate(self.whole_minor, shares) if self.by is ShareBy.PERCENT else shares

    @property
    def schedule(self) -> tuple[ScheduledFee, ...]:
        return tuple(ScheduledFee(part.name, amount, part.due) for part, amount in zip(self.parts, self.amounts, strict=True))

    def fee_field(self, number: int, name: str) -> str:
        return f"part_{number}_{'share' if name == 'amount_minor' else name}"

    def check(self, currency: str) -> None:
        if not self.parts:
            raise InvalidInput("Write at least one milestone: what is reached, how much it is, when it is due.", field="part_1_name")
        if len(self.parts) > MOST_PARTS:
            raise InvalidInput(f"A schedule has at most {MOST_PARTS} milestones. Put some together.", field="part_1_name")
        for number, part in enumerate(self.parts, 1):
            check_name(part.name, f"part_{number}_name", "Write what is reached. It stands on the invoice.")
            part.due.check(f"part_{number}_")
        self._refuse_twice()
        self.pays_for.check()
        if self.by is ShareBy.PERCENT:
            self._check_percent(currency)
        else:
            self._check_amounts(currency)

    def _refuse_twice(self) -> None:
        names, tasks = set(), set()
        for number, part in enumerate(self.parts, 1):
            name, task = part.name.strip().lower(), part.due.task.strip().lower()
            if name in names:
                raise InvalidInput("This milestone stands here twice. Name them apart, or take one out.", field=f"part_{number}_name")
            if part.due.by is DueBy.TASK and task in tasks:
                sentence = "Another milestone waits for the same. Put the two together, or write what tells them apart."
                raise InvalidInput(sentence, field=f"part_{number}_due_task")
            names.add(name)
            tasks.add(task)

    def _check_amounts(self, currency: str) -> None:
        for number, part in enumerate(self.parts, 1):
            check_amount(part.share, currency, f"part_{number}_share")
        check_amount(self.whole_minor, currency, "total_minor")
        if self.total_minor not in (None, self.whole_minor):
            told = f"The milestones add up to {Money(self.whole_minor, currency)}, not to {Money(self.total_minor or 0, currency)}."
            raise InvalidInput(f"{told} Correct one of them, or leave the total empty.", field="total_minor")

    def _check_percent(self, currency: str) -> None:
        if self.total_minor is None:
            raise InvalidInput("Write the whole fee that the percentages divide.", field="total_minor")
        check_amount(self.total_minor, currency, "total_minor")
        for number, part in enumerate(self.parts, 1):
            if not 0 < part.share <= WHOLE:
                raise InvalidInput("A share lies between 0.01 and 100 percent.", field=f"part_{number}_share")
        missing = WHOLE - sum(part.share for part in self.parts)
        if missing:
            told = f"{percent_text(abs(missing))} % {'is missing' if missing > 0 else 'is too much'}"
            sentence = f"The milestones add up to {percent_text(WHOLE - missing)} %: {told}. They must make 100 %."
            raise InvalidInput(sentence, field=f"part_{len(self.parts)}_share")
        for number, amount in enumerate(self.amounts, 1):
            if not amount:
                sentence = "This share of the total comes to nothing. Write a larger one, or take the milestone out."
                raise InvalidInput(sentence, field=f"part_{number}_share")

    def sentences(self, currency: str) -> tuple[str, ...]:
        return (f"{Money(self.whole_minor, currency)} in {counted(len(self.parts), 'milestone')}.", self.pays_for.words)

    def as_json(self) -> dict[str, Any]:
        parts = [{"name": part.name, "share": part.share, "due": part.due.as_json()} for part in self.parts]
        return {"parts": parts, "by": self.by.value, "total_minor": self.total_minor, "pays_for": self.pays_for.as_json()}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        parts = tuple(Part(part["name"], part["share"], Due.read(part["due"])) for part in data["parts"])
        pays_for = Coverage.read(data["pays_for"])
        return cls(parts=parts, by=ShareBy(data["by"]), total_minor=data["total_minor"], pays_for=pays_for)
