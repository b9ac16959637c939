"""Worked examples of a rounding rule: what a few minutes become on the bill."""

from lexapp.domain.quantities import spread_group
from lexapp.domain.rounding import billed_hundredths
from lexapp.domain.rounding_rules import RoundingDecision
from lexapp.web.filters import hours

MINUTES = (7, 20, 50)
OF_A_DAY = (7, 4)


def examples(decision: RoundingDecision) -> list[str]:
    """`7 min → 0.20 h` for some lengths; where a day is rounded together, what two entries of one day become."""
    if not decision.per_day:
        return [f"{minutes} min → {hours(billed_hundredths(minutes * 60, decision.increment))} h" for minutes in MINUTES]
    seconds = [minutes * 60 for minutes in OF_A_DAY]
    parts = spread_group(seconds, decision.increment)
    shares = " and ".join(f"{minutes} min → {hours(part)} h" for minutes, part in zip(OF_A_DAY, parts, strict=True))
    return [f"{shares} on one day, {hours(sum(parts))} h together"]
