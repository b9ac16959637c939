"""What one import has found and made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.domain.ledes import LedesLine, LedesProblem, scaled
from lexapp.domain.money import exponent
from lexapp.models import Client, Firm, Matter, Timekeeper


@dataclass(slots=True)
class Imported:
    """How many of each were made; what existed already is used and not counted."""

    clients: int = 0
    matters: int = 0
    timekeepers: int = 0
    time_entries: int = 0
    expense_entries: int = 0
    fixed_fee_entries: int = 0


@dataclass(slots=True)
class Import:
    """The command under way, with records by the numbers that the file calls them."""

    session: Session
    command: CommandRecord
    firm: Firm
    counts: Imported = field(default_factory=Imported)
    clients: dict[str, Client] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)
    timekeepers: dict[str, Timekeeper] = field(default_factory=dict)
    problems: list[LedesProblem] = field(default_factory=list)

    def refuse(self, line: LedesLine, name: str, message: str) -> None:
        self.problems.append(LedesProblem(line.file_line, name, message))

    def minor(self, line: LedesLine, name: str, value: Decimal) -> int:
        """The amount in minor units; more decimals than the currency has are a problem of this line."""
        minor = scaled(value, exponent(self.firm.currency))
        if minor is None:
            self.refuse(line, name, f"{value} has more decimals than {self.firm.currency}. Round it in the file.")
        return minor or 0
