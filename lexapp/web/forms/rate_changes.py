"""Fields that say a rate as a percentage of another one."""

from typing import Any

from wtforms import ValidationError

from lexapp.domain.errors import Refused
from lexapp.domain.rate_cards import parse_change
from lexapp.web.forms.base import CommandForm
from lexapp.web.forms.words import ChoiceField, TextField

WAYS = [("under", "less than the firm’s rate"), ("above", "more than the firm’s rate")]


class ChangeForm(CommandForm):
    """`percent` and `way`; both stay empty where the rate is an amount."""

    percent = TextField("Or a percentage", longest=12)
    way = ChoiceField("Which way", choices=WAYS, default="under")

    def validate_percent(self, field: Any) -> None:
        if field.data:
            try:
                parse_change(field.data, lower=self.way.data == "under")
            except Refused as error:
                raise ValidationError(str(error)) from error

    @property
    def change_hundredths(self) -> int | None:
        """Hundredths of a percent, None where none was written. Only after validation."""
        return parse_change(self.percent.data, lower=self.way.data == "under") if self.percent.data else None
