"""What payers leave to a rework of bills under review: the room below their caps, and the parts that are theirs though unbilled."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from lexapp.domain.splits.terms import Counted


class Room(NamedTuple):
    """What is left of a payer's cap, in minor units: below zero where more is charged."""

    name: str
    counted: Counted
    minor: int


class Limits(NamedTuple):
    """Rooms by payer, for those with a cap. `resting`: lines that are released while other payers are charged for the entry."""

    resting: Collection[int] = ()
    rooms: Mapping[int, Room] = {}


NO_LIMITS = Limits()
