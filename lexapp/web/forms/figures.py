"""Fields for money, rates and time. The domain reads what was typed; the field keeps it."""

from typing import Any

from flask_login import current_user
from wtforms import StringField

from lexapp.domain.amounts import check_size
from lexapp.domain.durations import format_hours, format_typed, parse_duration
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up
from lexapp.web.filters import money_plain
from lexapp.web.forms.words import Needed, shown

SECONDS_PER_HOUR = 3600


class FigureField(StringField):
    """A field whose text is read by `parse`; a refusal becomes the field's error."""

    kind = "figure"

    def __init__(self, label: str, *, needed: str | None = None, hint: str | None = None, **options: Any) -> None:
        super().__init__(label, [Needed(needed)] if needed else [], description=hint or "", **options)

    def parse(self, text: str) -> Any:
        """What the text means. Raises Refused with a sentence."""
        raise NotImplementedError

    def show(self, data: Any) -> str:
        """How a stored value is written into the field."""
        return str(data)

    def _value(self) -> str:
        if self.raw_data:
            return shown(str(self.raw_data[0]))
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = self.parse(text)
            except Refused as error:
                raise ValueError(str(error)) from error


class MoneyField(FigureField):
    """An amount as `Money`, in the firm's currency unless told another; `12,500.00`, `12500`, `12.5k`."""

    kind = "money"

    def __init__(self, label: str, *, currency: str | None = None, negative: bool = False, zero: bool = False, **options: Any) -> None:
        super().__init__(label, **options)
        self._currency = currency
        self.negative = negative
        self.zero = zero

    @property
    def currency(self) -> str:
        return self._currency or str(current_user.currency)

    def parse(self, text: str) -> Money:
        amount = Money.parse(text, self.currency)
        if amount.minor < 0 and not self.negative:
            raise Refused("Write the amount without a minus.")
        if amount.minor == 0 and not self.zero:
            raise Refused("Write an amount above zero.")
        check_size(amount.minor, amount.currency)
        return amount

    def show(self, data: Money) -> str:
        return money_plain(data)


class RateField(MoneyField):
    """Money per hour."""

    unit = "per hour"


class DurationField(FigureField):
    """A length of time in seconds: `1h 12m`, `1:12`, `72m`, `1.2`, `.3`."""

    kind = "duration"

    def parse(self, text: str) -> int:
        return parse_duration(text)

    def show(self, data: int) -> str:
        """Decimal hours where they say it exactly, else a clock, so that an untouched field is read back unchanged."""
        return format_typed(data)


class HoursField(FigureField):
    """Hours as an integer number of hundredths: `1.25` is 125; also every form of a duration."""

    kind = "duration"

    def parse(self, text: str) -> int:
        return round_half_up(parse_duration(text) * 100, SECONDS_PER_HOUR)

    def show(self, data: int) -> str:
        return format_hours(data)
