"""Billed quantities: integer hundredths of an hour (or of another unit), as shown on documents, and their spread over a day."""

import re
from collections.abc import Sequence

from lexapp.domain.allocation import allocate
from lexapp.domain.durations import format_hours
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import IncrementRule, billed_hundredths

DAY_HUNDREDTHS = 2400

_QUANTITY = re.compile(r"(?P<whole>[0-9]{0,9})(?:[.,](?P<fraction>[0-9]{1,9}))?")


def spread_group(seconds_by_entry: Sequence[int], rule: IncrementRule) -> list[int]:
    """Once-per-day rounding: the group's time is rounded once, and its hundredths spread over the entries by their seconds.

    The quantities add up to what the whole group bills; the order of the entries decides ties, so pass them by id.
    """
    group = billed_hundredths(sum(seconds_by_entry), rule)
    return allocate(group, seconds_by_entry) if any(seconds_by_entry) else [0] * len(seconds_by_entry)


def spread_rest(seconds_by_entry: Sequence[int], fixed: Sequence[tuple[int, int]], rule: IncrementRule) -> list[int]:
    """As ``spread_group`` where some entries of the group are billed already: ``fixed`` holds their (seconds, hundredths), which stay.

    The group is still rounded once over all its seconds; the other entries share what the fixed ones leave of it, never below zero.
    """
    group = billed_hundredths(sum(seconds_by_entry) + sum(seconds for seconds, _ in fixed), rule)
    rest = max(group - sum(hundredths for _, hundredths in fixed), 0)
    return allocate(rest, seconds_by_entry) if any(seconds_by_entry) else [0] * len(seconds_by_entry)


def parse_hundredths(text: object, *, maximum: int = DAY_HUNDREDTHS) -> int:
    """Hundredths of a typed quantity such as ``1.2``, ``.25`` or ``3``: 0 to ``maximum``. Raises ``InvalidInput``."""
    typed = text.strip().removesuffix("h").rstrip() if isinstance(text, str) else ""
    match = _QUANTITY.fullmatch(typed)
    if not typed or match is None:
        raise InvalidInput("Type a number, for example 2 or 1.50.", code="quantity_unreadable")
    fraction = match["fraction"] or ""
    if len(fraction) > 2:
        raise InvalidInput("Documents show hundredths. Type at most 2 digits after the point.", code="quantity_decimals")
    hundredths = int((match["whole"] or "0") + fraction.ljust(2, "0"))
    if hundredths > maximum:
        raise InvalidInput(f"That is too much. Type at most {format_hours(maximum)}.", code="quantity_too_large")
    return hundredths
