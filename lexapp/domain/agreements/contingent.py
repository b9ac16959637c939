"""Terms that pay for what is won: a contingency fee on every recovery, and a success fee on a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from lexapp.domain.agreements.fixed import check_amount, check_name
from lexapp.domain.agreements.terms import Term, term_kind
from lexapp.domain.amounts import check_size
from lexapp.domain.contingency import STATUTES, ContingencyTerms, Stage, exact_percent_text, terms_data, terms_from
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE, percent_text

LONGEST_SOURCE = 200


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedContingency(Term):
    """Percentages of what is recovered, by stage and amount. `statute`: the key of the schedule that they were taken from, or empty."""

    kind: ClassVar[str] = "contingency"
    label: ClassVar[str] = "Contingency fee"
    once: ClassVar[str] = "A contingency fee is agreed above already. Put the percentages together there."

    terms: ContingencyTerms
    statute: str = ""

    def check(self, currency: str) -> None:
        if self.terms.currency != currency:
            sentence = f"This schedule is in {self.terms.currency}, the books are in {currency}. Type your own percentages."
            raise InvalidInput(sentence, field="statute")
        if not 0 < len(self.terms.source.strip()) <= LONGEST_SOURCE:
            raise InvalidInput("Say where it is written, such as: engagement letter of March 2, 2026.", field="source")

    def sentences(self, currency: str) -> tuple[str, ...]:
        found = [f"{self._stages(currency)}, counted on {self.terms.basis.label}."]
        if self.statute in STATUTES:
            found.append(f"As {self.terms.source} allows.")
        if self.terms.minor_cap:
            cap = self.terms.minor_cap
            found.append(f"The client is a minor: at most {exact_percent_text(cap.percent)} % ({cap.source}).")
        if self.terms.referral:
            referral = self.terms.referral
            found.append(f"{referral.firm} has {exact_percent_text(referral.share)} % of the fee.")
        return tuple(found)

    def _stages(self, currency: str) -> str:
        tiers = self.terms.tiers
        said = {stage: ", ".join(tier.words(currency) for tier in tiers[stage]) for stage in Stage if stage in tiers}
        if len(set(said.values())) == 1 and len(said) == len(Stage):
            return next(iter(said.values()))
        return "; ".join(f"{words} {stage.label}" for stage, words in said.items())

    def as_json(self) -> dict[str, Any]:
        return {"statute": self.statute, "terms": terms_data(self.terms)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(terms=terms_from(data["terms"]), statute=data["statute"])


class SuccessOf(StrEnum):
    """What the success is measured by."""

    RECOVERY = "recovery"
    VALUE = "value"

    @property
    def words(self) -> str:
        return "what is recovered" if self is SuccessOf.RECOVERY else "the value achieved"


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessFee(Term):
    """So many basis points of what lies above `threshold_minor`, or (where they are zero) an amount once it is above. Minor units.

    What is achieved adds up over the results of a matter, so the threshold counts once.
    """

    kind: ClassVar[str] = "success_fee"
    label: ClassVar[str] = "Success fee"

    name: str
    of: SuccessOf = SuccessOf.VALUE
    basis_points: int = 0
    amount_minor: int = 0
    threshold_minor: int = 0

    def fee_minor(self, value_minor: int) -> int:
        """The fee for all that was achieved, rounded half up once."""
        above = max(value_minor - self.threshold_minor, 0)
        if not self.basis_points:
            return self.amount_minor if above else 0
        return round_half_up(above * self.basis_points, WHOLE)

    def further_minor(self, before_minor: int, value_minor: int) -> int:
        """What a further result adds to the fee of those before it."""
        return self.fee_minor(before_minor + value_minor) - self.fee_minor(before_minor)

    def check(self, currency: str) -> None:
        check_name(self.name, "name", "Write what the fee is for. It stands on the invoice.")
        if self.basis_points:
            if not 0 < self.basis_points <= WHOLE:
                raise InvalidInput("A share lies between 0.01 and 100 percent.", field="fee")
        else:
            check_amount(self.amount_minor, currency, "fee")
        if self.threshold_minor < 0:
            raise InvalidInput("Write an amount of zero or more, or leave it empty.", field="threshold_minor")
        check_size(self.threshold_minor, currency, field="threshold_minor")

    def sentences(self, currency: str) -> tuple[str, ...]:
        above = f" above {Money(self.threshold_minor, currency)}" if self.threshold_minor else ""
        if self.basis_points:
            return (f"{self.name}: {percent_text(self.basis_points)} % of {self.of.words}{above}.",)
        when = f"is{above}" if above else "is there"
        return (f"{self.name}: {Money(self.amount_minor, currency)} once {self.of.words} {when}.",)

    def as_json(self) -> dict[str, Any]:
        said = {"name": self.name, "of": self.of.value, "basis_points": self.basis_points}
        return {**said, "amount_minor": self.amount_minor, "threshold_minor": self.threshold_minor}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "of": SuccessOf(data["of"])})
