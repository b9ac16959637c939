"""One way to divide a whole into parts that add up: the method of largest remainders.

Splits between payers, discounts over lines, part payments over invoices and once-per-day rounding all use it.
"""

from collections.abc import Sequence

from lexapp.domain.errors import InvalidInput, InvariantBroken


def allocate(whole: int, weights: Sequence[int]) -> list[int]:
    """Parts of a whole in proportion to weights.

    The parts add up to the whole, no part is a unit or more away from its exact share, a weight of zero gets nothing, and where
    remainders tie the lowest position gets the unit. A negative whole mirrors the positive one. Raises ``InvalidInput`` if no weight is
    above zero, ``InvariantBroken`` if one is below.
    """
    if min(weights, default=0) < 0:
        raise InvariantBroken("weights are zero or more")
    everything = sum(weights)
    if not everything:
        raise InvalidInput("There is nothing to spread this amount over. Choose at least one line above zero.", code="nothing_to_share")
    size = abs(whole)
    parts = _two(size, weights[0], everything) if len(weights) == 2 else _largest_remainders(size, weights, everything)
    return parts if whole >= 0 else [-part for part in parts]


def _two(whole: int, weight: int, everything: int) -> list[int]:
    """The same for two, which most wholes have: the first gets the odd unit where its remainder is half or more."""
    part, remainder = divmod(whole * weight, everything)
    first = part + (remainder > 0 and 2 * remainder >= everything)
    return [first, whole - first]


def _largest_remainders(whole: int, weights: Sequence[int], everything: int) -> list[int]:
    shares = [divmod(whole * weight, everything) for weight in weights]
    parts = [share for share, _ in shares]
    missing = whole - sum(parts)
    if missing:
        by_remainder = sorted(range(len(weights)), key=lambda position: -shares[position][1])
        for position in by_remainder[:missing]:
            parts[position] += 1
    return parts
