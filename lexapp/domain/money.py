"""Money: an integer number of minor units in one currency.

Adding, subtracting or comparing two currencies, or money and a bare number, is a programming mistake and raises ``MoneyError``.
There is no multiplication operator: the three products that the business knows are methods, and each rounds once, half up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, Self

from lexapp.domain.amounts import read_minor, write_minor
from lexapp.domain.currencies import exponent, written_sign
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.rounding import round_half_up

__all__ = ["Money", "MoneyError", "exponent", "total"]


class MoneyError(InvariantBroken, TypeError):
    """Money was mixed with another currency or with a bare number."""


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """``minor`` units (cents, pence, yen) of ``currency`` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"money is counted in whole minor units, not in {type(self.minor).__name__}")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: object, currency: str, *, decimal: str = ".", group: str = ",", positive: bool = False) -> Self:
        """Money from what a person typed; raises ``InvalidInput``. With ``positive``, zero and negative amounts are refused too."""
        money = cls(read_minor(text, currency, decimal=decimal, group=group), currency)
        if positive and money.minor <= 0:
            raise InvalidInput("Type an amount above zero.", code="amount_not_positive")
        return money

    @property
    def decimal(self) -> Decimal:
        return Decimal(f"{self.minor}E-{exponent(self.currency)}")

    @property
    def plain(self) -> str:
        """Digits and point only, as exchange formats want it: ``1234.50``."""
        return write_minor(self.minor, self.currency, group="")

    def __str__(self) -> str:
        """As in a sentence and on the screens: `$1,234.50`, negative with a minus sign."""
        minus = "\N{MINUS SIGN}" if self.minor < 0 else ""
        return f"{minus}{written_sign(self.currency)}{write_minor(abs(self.minor), self.currency)}"

    def times_hundredths(self, quantity: int) -> Self:
        """This rate per unit times a quantity in hundredths of the unit, rounded half up once."""
        return self.of_ratio(quantity, 100)

    def of_ratio(self, numerator: int, denominator: int) -> Self:
        """This amount times numerator / denominator, rounded half up once."""
        if type(numerator) is not int or type(denominator) is not int:
            raise MoneyError("a ratio is made of two whole numbers")
        return type(self)(round_half_up(self.minor * numerator, denominator), self.currency)

    def __add__(self, other: "Money") -> Self:
        return type(self)(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> Self:
        return type(self)(self.minor - self._minor_of(other), self.currency)

    def __radd__(self, other: object) -> NoReturn:
        raise MoneyError("money cannot be added to a bare number; use total() for a sum")

    def __rsub__(self, other: object) -> NoReturn:
        raise MoneyError("money cannot be taken from a bare number")

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def __abs__(self) -> Self:
        return type(self)(abs(self.minor), self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Money, int, float, Decimal)):
            return self.minor == self._minor_of(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._minor_of(other)

    def _minor_of(self, other: object) -> int:
        if not isinstance(other, Money):
            raise MoneyError(f"money does not mix with {type(other).__name__}")
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} does not mix with {other.currency}")
        return other.minor


def total(items: Iterable[Money], currency: str) -> Money:
    """Sum of money in one currency; the sum of nothing is zero."""
    result = Money.zero(currency)
    for item in items:
        result += item
    return result
