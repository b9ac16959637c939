"""Forms of a client's discounts: steps by volume, percent and days for early payment."""

from __future__ import annotations

from typing import Any

from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import ClientDiscountTerms, Counts, EarlyDiscount, Reckoning, Tier, VolumeDiscount, YearlyDiscount
from lexapp.domain.reductions.by_client import MONTHS
from lexapp.domain.shares import parse_percent
from lexapp.services.client_discounts import NewDiscount
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, LastDayField, MoneyField, TextField, WholeNumberField

ROWS = 4
_PERCENT = "Write the discount in percent, between 0.01 and 100, with at most two decimals."


def discount_points(text: str, *, field: str) -> int:
    """Basis points of a typed percentage; raises InvalidInput beside the field."""
    try:
        return parse_percent(text)
    except InvalidInput as error:
        raise InvalidInput(_PERCENT, field=field) from error


class DiscountForm(CommandForm):
    """What both kinds have: their days."""

    effective_from = FirstDayField("From", needed="Write the first day.")
    effective_to = LastDayField("Until", hint="Empty: until a new one starts")

    def terms(self) -> ClientDiscountTerms:
        """What was typed. Only after validation; raises InvalidInput beside a field."""
        raise NotImplementedError

    def discount(self, client_id: int) -> NewDiscount:
        """As the service takes it. Raises as `terms`."""
        dates = {"effective_from": self.effective_from.data, "effective_to": self.effective_to.data}
        return NewDiscount(client_id=client_id, terms=self.terms(), **dates)


class VolumeForm(DiscountForm):
    reckoning = ChoiceField(
        "Taken off",
        choices=[
            (Reckoning.ABOVE.value, "What is billed above a step"),
            (Reckoning.EVERYTHING.value, "All of the year, once a step is passed"),
        ],
        default=Reckoning.ABOVE.value,
    )
    counts = ChoiceField("Counts", choices=[(one.value, one.words.capitalize()) for one in Counts], default=Counts.FEES.value)
    first_month = ChoiceField("Year begins in", choices=[(str(n), name) for n, name in enumerate(MONTHS, 1)], default="1")

    @property
    def lines(self) -> list[tuple[Any, Any]]:
        """Each step: above which amount, and its percentage."""
        return [(self[f"above_{n}"], self[f"percent_{n}"]) for n in range(1, ROWS + 1)]

    def terms(self) -> YearlyDiscount:
        volume = VolumeDiscount(tuple(self._tiers()), Reckoning(self.reckoning.data), Counts(self.counts.data))
        return YearlyDiscount(volume, int(self.first_month.data))

    def _tiers(self) -> list[Tier]:
        used = [n for n, (above, percent) in enumerate(self.lines) if above.data is not None or percent.data]
        if not used:
            raise InvalidInput("Write at least one step: above which amount, and how much is taken off.", field="above_1")
        return [self._tier(above, percent) for above, percent in self.lines[: used[-1] + 1]]

    @staticmethod
    def _tier(above: Any, percent: Any) -> Tier:
        if above.data is None:
            raise InvalidInput("Type above which amount this step begins. Leave no empty line between steps.", field=above.name)
        if not percent.data:
            raise InvalidInput("Type how many percent this step takes off.", field=percent.name)
        return Tier(above.data.minor, discount_points(percent.data, field=percent.name))


for _n in range(1, ROWS + 1):
    setattr(VolumeForm, f"above_{_n}", MoneyField(f"Step {_n}: above", zero=True))
    setattr(VolumeForm, f"percent_{_n}", TextField("Off", longest=12))


class EarlyForm(DiscountForm):
    percent = TextField("Off", longest=12, needed="Type how many percent may be kept.")
    days = WholeNumberField("If paid within", longest=12, needed="Type within how many days.", hint="Days after the date of the invoice")

    def terms(self) -> EarlyDiscount:
        days = self.days.number if len(self.days.data or "") <= 4 else 10_000
        return EarlyDiscount(discount_points(self.percent.data or "", field="percent"), days)


FORMS: dict[str, type[DiscountForm]] = {YearlyDiscount.kind: VolumeForm, EarlyDiscount.kind: EarlyForm}
