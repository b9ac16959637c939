"""The shown lines of an invoice. Amounts are minor units of the invoice's currency, quantities hundredths of an hour or of a unit.

Of every line: quantity x rate, rounded half up once, plus the shown adjustment is the shown amount.
"""

from dataclasses import dataclass
from datetime import date
from typing import Self

from lexapp.domain.rounding import round_half_up
from lexapp.domain.tax import TaxCharge, TaxRule


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A time entry. `adjustment_minor` is shown on its row (negative for a reduction) and explained by `note`.

    A no-charge line keeps its quantity and rate, is charged nothing, and needs no adjustment.
    """

    on: date
    timekeeper_id: int
    timekeeper_code: str
    timekeeper_name: str
    timekeeper_initials: str
    timekeeper_classification: str
    narrative: str
    quantity_hundredths: int
    rate_minor: int
    amount_minor: int
    adjustment_minor: int = 0
    note: str = ""
    no_charge: bool = False
    task_code: str = ""
    activity_code: str = ""

    @property
    def gross_minor(self) -> int:
        """Shown quantity x shown rate, before the shown adjustment."""
        return round_half_up(self.quantity_hundredths * self.rate_minor, 100)


@dataclass(frozen=True, slots=True)
class FixedFeeLine:
    """A dated fee without a timekeeper."""

    on: date
    description: str
    fee_minor: int
    amount_minor: int
    adjustment_minor: int = 0
    note: str = ""
    no_charge: bool = False

    @property
    def gross_minor(self) -> int:
        """The fee before the shown adjustment."""
        return self.fee_minor


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """A cost: units x price. What trust already paid stands as a line with a negative price. `is_taxed`: it is in the base of taxes."""

    on: date
    code: str
    description: str
    quantity_hundredths: int
    unit_minor: int
    amount_minor: int
    adjustment_minor: int = 0
    note: str = ""
    no_charge: bool = False
    unit_name: str = ""
    is_taxed: bool = True

    @property
    def gross_minor(self) -> int:
        """Shown units x shown price, before the shown adjustment."""
        return round_half_up(self.quantity_hundredths * self.unit_minor, 100)


ShownLine = TimeLine | FixedFeeLine | ExpenseLine


@dataclass(frozen=True, slots=True)
class DiscountLine:
    """An agreed reduction of the services shown to the client; the amount is negative."""

    description: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A tax on a named base. The rate is in millionths (62,500 is 6.25 percent), `number` the firm's registration for it.

    The base contains the taxes `on_top_of` which it is charged. `is_included`: the prices contain the tax, and the base is without it.
    `on_expenses_minor` is the part of the amount that falls on expenses.
    """

    name: str
    base_description: str
    base_minor: int
    rate_millionths: int
    amount_minor: int
    number: str = ""
    on_top_of: str = ""
    is_included: bool = False
    on_expenses_minor: int = 0

    @classmethod
    def of(cls, charge: TaxCharge) -> Self:
        """A tax as it is charged."""
        rule = charge.rule
        return cls(
            rule.name,
            rule.base_description,
            charge.base_minor,
            rule.rate_millionths,
            charge.amount_minor,
            rule.registration_number,
            rule.on_top_of,
            rule.is_included,
            charge.on_expenses_minor,
        )

    def rule(self, on: date) -> TaxRule:
        """The rule by which it was charged on a day, to work it out again."""
        base = (self.name, self.rate_millionths, "fees" in self.base_description, "expenses" in self.base_description)
        return TaxRule(*base, on, on_top_of=self.on_top_of, is_included=self.is_included)


@dataclass(frozen=True, slots=True)
class TaxNote:
    """Why a tax is not charged, in the words of the law; `tax_name` empty: every tax. `client_tax_number` is the client's own."""

    kind: str
    words: str
    tax_name: str = ""
    client_tax_number: str = ""
