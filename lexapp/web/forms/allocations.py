"""A form with one box of money per open invoice, for payments that are applied to several at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from lexapp.domain.money import Money
from lexapp.web.forms.base import CommandForm
from lexapp.web.forms.figures import MoneyField
from lexapp.web.forms.words import FlagField

PREFIX, EARLY = "invoice_", "early_"


class AllocationForm(CommandForm):
    """Subclasses made by `with_boxes` carry a field `invoice_<id>` for each invoice, named as services name it when they refuse; and a
    tick `early_<id>` where the invoice offers a discount for paying early."""

    @property
    def boxes(self) -> dict[int, MoneyField]:
        """Invoice id -> its field, in the order of the invoices."""
        return {int(name.removeprefix(PREFIX)): field for name, field in self._fields.items() if name.startswith(PREFIX)}

    @property
    def allocations(self) -> dict[int, Money]:
        """Invoice id -> amount, for the boxes that were filled."""
        return {id_: box.data for id_, box in self.boxes.items() if box.data is not None}

    @property
    def ticks(self) -> dict[int, FlagField]:
        """Invoice id -> the tick that keeps its discount for paying early."""
        return {int(name.removeprefix(EARLY)): field for name, field in self._fields.items() if name.startswith(EARLY)}

    @property
    def early(self) -> list[int]:
        """The invoices of which the discount is kept."""
        return [id_ for id_, tick in self.ticks.items() if tick.data]

    @property
    def allocated_minor(self) -> int:
        """What the boxes add up to so far, in minor units; boxes that cannot be read count nothing."""
        return sum(amount.minor for amount in self.allocations.values())

    def propose(self, amounts: Mapping[int, int], currency: str) -> None:
        """Fill the boxes and the amount of the payment with their sum; nothing where nothing is owed."""
        whole = sum(amounts.values())
        if whole:
            self["amount"].data = Money(whole, currency)
            self.fill(amounts, currency)

    def fill(self, amounts: Mapping[int, int], currency: str) -> None:
        """Write proposed amounts (invoice id -> minor units) into the boxes, and empty the others."""
        for id_, box in self.boxes.items():
            box.raw_data, box.errors = None, []
            box.data = Money(amounts[id_], currency) if id_ in amounts else None


def with_boxes(base: type[AllocationForm], invoices: Mapping[int, str], early: Mapping[int, str]) -> type[Any]:
    """`base` with a box for each invoice (id -> number), and a tick for those that offer a discount (id -> what the tick says)."""
    boxes: dict[str, Any] = {f"{PREFIX}{id_}": MoneyField(f"Amount for {number}") for id_, number in invoices.items()}
    ticks = {f"{EARLY}{id_}": FlagField(words) for id_, words in early.items()}
    return type(base.__name__, (base,), boxes | ticks)


def posted_id(name: str) -> int:
    """The id in a hidden field, or 0, which no record has."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def posted_invoice_ids(names: Any) -> list[int]:
    """The invoices that a sent form has boxes for; what is no id is left out."""
    texts = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
    return [int(text) for text in texts[:1000] if text.isascii() and text.isdigit() and len(text) < 19]
