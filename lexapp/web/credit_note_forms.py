"""The form that credits an invoice: a box of money for each line that has something left, or one tick for all that is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lexapp.domain.money import Money
from lexapp.queries.credit_notes import LineToCredit
from lexapp.web.forms import CommandForm, DateField, FlagField, MoneyField, NoteField, TextField

PREFIX = "line_"


class CreditForm(CommandForm):
    """Made by `credit_form`, which adds a field `line_<id>` for each line, named as the service names it when it refuses."""

    whole = FlagField("All that is open")
    credited_on = DateField("Date of the note", needed="Choose the day of the credit note.")
    reason = TextField("Reason", longest=250, needed="Say why it is credited. The reason is printed on the note.")

    @property
    def boxes(self) -> dict[int, MoneyField]:
        """Line id -> its field."""
        return {int(name.removeprefix(PREFIX)): field for name, field in self._fields.items() if name.startswith(PREFIX)}

    @property
    def wanted(self) -> dict[int, Money] | None:
        """Line id -> amount for the boxes that were filled; None for all that is open."""
        return None if self.whole.data else {id_: box.data for id_, box in self.boxes.items() if box.data is not None}

    @property
    def total_minor(self) -> int:
        """What the boxes add up to so far; boxes that cannot be read count nothing."""
        return sum(box.data.minor for box in self.boxes.values() if box.data is not None)

    def validate_whole(self, field: FlagField) -> None:
        """Either the tick or boxes: nothing that was typed is passed over in silence."""
        if field.data and any(box.data is not None or box.errors for box in self.boxes.values()):
            field.errors = ["Empty the boxes to credit all that is open, or take this tick off."]


class VoidNoteForm(CommandForm):
    reason = NoteField("Reason", longest=250, needed="Say why the credit note is voided. The reason stays with it.")


def credit_form(lines: Sequence[LineToCredit], **given: Any) -> CreditForm:
    """The form with a box for each line that has something left."""
    boxes: dict[str, Any] = {f"{PREFIX}{line.id}": MoneyField(f"Credit of {line.text or 'this line'}") for line in lines if line.left_minor}
    made: CreditForm = type("CreditForm", (CreditForm,), boxes)(**given)
    return made
