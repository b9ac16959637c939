"""The form of who pays for a matter: one block for each payer, and who takes the remainder."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import request

from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.shares import MOST_PAYERS, parse_percent, percent_text
from lexapp.domain.splits import Arrangement, Counted, PayerTerms
from lexapp.domain.splits.tasks import parse_task_shares, task_shares_text
from lexapp.web.forms import ChoiceField, FirstDayField, MoneyField, RecordField, TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.record_names import client_name

COUNTED = [(Counted.FEES.value, "Fees"), (Counted.ALL.value, "Fees and expenses")]
_PLACE = re.compile(r"(\w+)_(\d+)")
_SHARES = ("fees", "fixed_fees", "expenses")
_TYPED = (*_SHARES, "tasks", "monthly", "cap", "overflow")


class PayersForm(VersionedForm):
    """`lines`: how many payers the browser was given room for. Payers are named by their place, so that a new one can be named too."""

    lines: int
    effective_from = FirstDayField("From", needed="Write the first day of the work that is paid so.", hint="The day of the work counts")
    remainder = ChoiceField("The remainder is paid by", empty="Nobody: the shares make 100%")

    def payers(self) -> list[dict[str, Any]]:
        """The fields of each payer by name, in order."""
        return [{name: self[f"{name}_{n}"] for name in ("payer", *_TYPED, "counted")} for n in range(1, self.lines + 1)]

    def arrangement(self) -> Arrangement:
        """What was typed. Raises InvalidInput beside the field that cannot be read; empty blocks are skipped."""
        rows = [n for n, fields in enumerate(self.payers(), 1) if self._is_filled(n, fields)]
        ids = {n: self[f"payer_{n}"].data for n in rows}
        payers = tuple(self._terms(n, ids) for n in rows)
        return Arrangement(payers, self._id_at("remainder", ids))

    def _is_filled(self, n: int, fields: dict[str, Any]) -> bool:
        if fields["payer"].data is None and any(fields[name].data for name in _TYPED):
            raise InvalidInput("Pick the payer, or empty what stands beside.", field=f"payer_{n}")
        return fields["payer"].data is not None

    def _terms(self, n: int, ids: dict[int, int]) -> PayerTerms:
        fees = self._read(f"fees_{n}", parse_percent) or 0
        fixed = self._read(f"fixed_fees_{n}", parse_percent)
        return PayerTerms(
            payer_id=ids[n],
            fees=fees,
            fixed_fees=fees if fixed is None else fixed,
            expenses=self._read(f"expenses_{n}", parse_percent) or 0,
            tasks=self._read(f"tasks_{n}", parse_task_shares),
            monthly_minor=self._minor(f"monthly_{n}"),
            cap_minor=self._minor(f"cap_{n}"),
            counted=Counted(self[f"counted_{n}"].data or Counted.FEES),
            overflow_payer_id=self._id_at(f"overflow_{n}", ids),
        )

    def _read(self, name: str, parse: Callable[[str], Any]) -> Any:
        text = (self[name].data or "").strip()
        try:
            return parse(text) if text else None
        except InvalidInput as error:
            raise InvalidInput(error.message, field=name) from error

    def _minor(self, name: str) -> int | None:
        return self[name].data.minor if self[name].data is not None else None

    def _id_at(self, name: str, ids: dict[int, int]) -> int | None:
        place = int(self[name].data or 0)
        if place and place not in ids:
            raise InvalidInput("There is no payer in this place. Pick one of those above.", field=name)
        return ids[place] if place else None

    def beside(self, error: InvalidInput) -> InvalidInput:
        """A refusal of the domain, whose places count payers, beside the block that the payer stands in."""
        found = _PLACE.fullmatch(error.field or "")
        rows = [n for n in range(1, self.lines + 1) if self[f"payer_{n}"].data is not None]
        if found is None or not 0 < int(found[2]) <= len(rows):
            return error
        return InvalidInput(error.message, field=f"{found[1]}_{rows[int(found[2]) - 1]}", code=error.code)


def payers_form(lines: int, values: dict[str, Any] | None = None) -> PayersForm:
    """The form with room for so many payers, filled from `values` (`filled`), else from what was sent."""
    fields: dict[str, Any] = {"lines": lines}
    for n in range(1, lines + 1):
        fields |= _fields_of(n)
    kind = type("PayersForm", (PayersForm,), fields)
    form: PayersForm = kind() if values is None else kind(None, data=values)
    places = [(str(n), _label(form, n)) for n in range(1, lines + 1)]
    form["remainder"].pairs = places
    for n in range(1, lines + 1):
        form[f"overflow_{n}"].pairs = [pair for pair in places if pair[0] != str(n)]
    return form


def _fields_of(n: int) -> dict[str, Any]:
    return {
        f"payer_{n}": RecordField(f"Payer {n}", empty="Nobody", named=client_name),
        f"fees_{n}": TextField("Of fees", longest=10),
        f"expenses_{n}": TextField("Of expenses", longest=10),
        f"cap_{n}": MoneyField("Up to", hint="On this matter, in all"),
        f"counted_{n}": ChoiceField("Counting", choices=COUNTED, default=Counted.FEES.value),
        f"overflow_{n}": ChoiceField("Beyond that pays", empty="Who takes the remainder"),
        f"fixed_fees_{n}": TextField("Of fixed fees", longest=10, hint="Empty: as fees"),
        f"monthly_{n}": MoneyField("First of each month", hint="In place of shares"),
        f"tasks_{n}": TextField("Of a task’s time", longest=200, hint="In percent, such as L310 100, L320 50"),
    }


def _label(form: PayersForm, n: int) -> str:
    payer = form[f"payer_{n}"]
    name = next((label for value, label, chosen, *_ in payer.iter_choices() if chosen and value), "")
    return f"{n}. {name}" if name else f"Payer {n}"


def filled(arrangement: Arrangement | None, *, client_id: int, first: date, version: int, currency: str) -> dict[str, Any]:
    """The values of the form for an arrangement; for none, its client who takes the remainder."""
    payers = arrangement.payers if arrangement else (PayerTerms(client_id),)
    places = {payer.payer_id: str(n) for n, payer in enumerate(payers, 1)}
    remainder = arrangement.remainder_payer_id if arrangement else client_id
    values: dict[str, Any] = {"version": str(version), "effective_from": first, "remainder": places.get(remainder or 0, "")}
    for n, payer in enumerate(payers, 1):
        fixed = payer.fixed_fees if payer.fixed_fees != payer.fees else 0
        shares = {"fees": payer.fees, "fixed_fees": fixed, "expenses": payer.expenses}
        values |= {f"{name}_{n}": percent_text(points) if points else "" for name, points in shares.items()}
        values |= {f"payer_{n}": payer.payer_id, f"counted_{n}": payer.counted.value, f"tasks_{n}": task_shares_text(payer.tasks)}
        values[f"overflow_{n}"] = places.get(payer.overflow_payer_id or 0, "")
        for name, minor in (("cap", payer.cap_minor), ("monthly", payer.monthly_minor)):
            values[f"{name}_{n}"] = Money(minor, currency) if minor is not None else None
    return values


def lines_sent() -> int:
    """For how many payers the browser that sent the form had room."""
    return min(sum(f"fees_{n}" in request.form for n in range(1, MOST_PAYERS + 1)), MOST_PAYERS)


def lines_for(arrangement: Arrangement | None) -> int:
    """Room for the payers and one more."""
    return min(len(arrangement.payers) + 1 if arrangement else 2, MOST_PAYERS)
