"""The two plainest terms: by the hour, and one fee for a piece of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from lexapp.domain.agreements.dues import BY_HAND, Due
from lexapp.domain.agreements.terms import ALL_TIME, Coverage, ScheduledFee, Term, term_kind
from lexapp.domain.amounts import check_rate, check_size
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.utbms import CLASSIFICATIONS, classification_plural

LONGEST_NAME = 200


def check_name(name: str, field: str, sentence: str) -> None:
    """Refuse a name that is empty (with the sentence) or too long for a line."""
    if not name.strip():
        raise InvalidInput(sentence, field=field)
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"Write at most {LONGEST_NAME} characters.", field=field)


def check_amount(minor: int, currency: str, field: str) -> None:
    """Refuse an agreed amount that is not above zero, or absurd."""
    if minor <= 0:
        raise InvalidInput("Write an amount above zero.", field=field)
    check_size(minor, currency, field=field)


class HourlyRate(NamedTuple):
    """An agreed rate per hour in minor units for a class of timekeepers (its LEDES code), or for everybody: no code."""

    classification: str
    per_hour_minor: int

    @property
    def whose(self) -> str:
        """As it stands within a sentence: ``partners``."""
        return classification_plural(self.classification) if self.classification else "everybody"


@term_kind
@dataclass(frozen=True, slots=True)
class Hourly(Term):
    """Time is billed by the hour: at the rates written here while the agreement holds, for everybody else at those of the matter."""

    kind: ClassVar[str] = "hourly"
    label: ClassVar[str] = "By the hour"

    rates: tuple[HourlyRate, ...] = ()

    def check(self, currency: str) -> None:
        for number, rate in enumerate(self.rates, 1):
            if rate.classification and rate.classification not in CLASSIFICATIONS:
                raise InvalidInput("Choose the class out of the list.", field=f"rate_{number}_class")
            if any(rate.classification == other.classification for other in self.rates[: number - 1]):
                raise InvalidInput("This rate is written above already. Leave one of the two out.", field=f"rate_{number}_class")
            check_amount(rate.per_hour_minor, currency, f"rate_{number}_minor")
            check_rate(rate.per_hour_minor, currency, field=f"rate_{number}_minor")

    def sentences(self, currency: str) -> tuple[str, ...]:
        if not self.rates:
            return ("Time is billed by the hour, at the rates of the matter.",)
        told = [f"{rate.whose} at {Money(rate.per_hour_minor, currency)}" for rate in self.rates]
        for_all = any(not rate.classification for rate in self.rates)
        others = () if for_all else ("Who is not named here is billed at the usual rate.",)
        return (f"Time is billed by the hour: {', '.join(told)}.", *others)

    def as_json(self) -> dict[str, Any]:
        return {"rates": [[rate.classification, rate.per_hour_minor] for rate in self.rates]} if self.rates else {}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(HourlyRate(code, minor) for code, minor in data.get("rates", ())))


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Flat(Term):
    """One fee in minor units for a piece of work, whatever the time that it takes."""

    kind: ClassVar[str] = "flat"
    label: ClassVar[str] = "Flat fee"

    name: str
    amount_minor: int
    due: Due = BY_HAND
    pays_for: Coverage = ALL_TIME

    @property
    def coverage(self) -> Coverage:
        return self.pays_for

    @property
    def schedule(self) -> tuple[ScheduledFee, ...]:
        return (ScheduledFee(self.name, self.amount_minor, self.due),)

    def check(self, currency: str) -> None:
        check_name(self.name, "name", "Write what the fee is for. It stands on the invoice.")
        check_amount(self.amount_minor, currency, "amount_minor")
        self.due.check()
        self.pays_for.check()

    def sentences(self, currency: str) -> tuple[str, ...]:
        return (f"A flat fee of {Money(self.amount_minor, currency)} for {self.name}, {self.due.words}.", self.pays_for.words)

    def as_json(self) -> dict[str, Any]:
        named = {"name": self.name, "amount_minor": self.amount_minor}
        return {**named, "due": self.due.as_json(), "pays_for": self.pays_for.as_json()}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        due, pays_for = Due.read(data["due"]), Coverage.read(data["pays_for"])
        return cls(name=data["name"], amount_minor=data["amount_minor"], due=due, pays_for=pays_for)
