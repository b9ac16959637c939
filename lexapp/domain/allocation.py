"""One way to divide a whole into parts that add up: the method of largest remainders.

Splits between payers, discounts over lines, part payments over invoices and once-per-day rounding all use it.
"""

from collections.abc import Sequence

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money


def allocate(whole: int, weights: Sequence[int]) -> list[int]:
    """Parts of a whole in proportion to weights.

    The parts add up to the whole, no part is a unit or more away from its exact share, a weight of zero gets nothing, and where
    remainders tie the lowest position gets the unit. A negative whole mirrors the positive one. Raises ``InvalidInput`` if no weight is
    above zero, ``InvariantBroken`` if one is below.
    """
    if any(weight < 0 for weight in weights):
        raise InvariantBroken("weights are zero or more")
    everything = sum(weights)
    if not everything:
        raise InvalidInput("There is nothing to spread this amount over. Choose at least one line above zero.", code="nothing_to_share")
    shares = [divmod(abs(whole) * weight, everything) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda position: -shares[position][1])
    for position in by_remainder[: abs(whole) - sum(parts)]:
        parts[position] += 1
    return parts if whole >= 0 else [-part for part in parts]


def allocate_money(whole: Money, weights: Sequence[int]) -> list[Money]:
    """``allocate`` over minor units."""
    return [Money(part, whole.currency) for part in allocate(whole.minor, weights)]
