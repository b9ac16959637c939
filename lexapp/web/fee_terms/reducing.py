"""The sections of caps and discounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_login import current_user

from lexapp.domain.agreements import COVERED_PHASES, AgreedCap, AgreedDiscount, Term
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.reductions import Counts, Window
from lexapp.domain.shares import parse_percent, percent_text
from lexapp.web.filters import money_plain
from lexapp.web.forms import ChoiceField, FirstDayField, MoneyField, TextField

Read = Callable[[str], Any]
WINDOWS = (
    (Window.WHOLE.value, "In all"),
    (Window.MONTH.value, "A month"),
    (Window.ROLLING.value, "A month, what is unused is carried on"),
)
COUNTS = (
    (Counts.FEES.value, "Fees"),
    (Counts.ALL.value, "Fees and expenses"),
    (Counts.TIME.value, "Time by the hour"),
)
HARD, SOFT = "hard", "soft"
BEYOND = ((HARD, "What goes beyond is not billed"), (SOFT, "What goes beyond is billed, with a warning"))
PERCENT, AMOUNT = "percent", "amount"
OFF_BY = ((PERCENT, "Percent"), (AMOUNT, "An amount off each invoice"))
NO_DISCOUNT = "A discount lies between 0.01 and 100 percent, for example 10 or 12.5."


class CapFields:
    """The most that is billed."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        phases = tuple((code, f"{name} ({code})") for code, name in COVERED_PHASES.items())
        return {
            "limit_minor": MoneyField("At most"),
            "window": ChoiceField("How often", choices=WINDOWS, default=Window.WHOLE.value),
            "counts": ChoiceField("Counts", choices=COUNTS, default=Counts.FEES.value),
            "phase": ChoiceField("Phase", choices=phases, empty="All work"),
            "beyond": ChoiceField("Beyond it", choices=BEYOND, default=HARD),
            "since": FirstDayField("Work from", hint="Empty: in all, the whole matter; by the month, work under the agreement"),
        }

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        limit = field("limit_minor").data
        return AgreedCap(
            limit_minor=limit.minor if limit else 0,
            window=Window(field("window").data),
            counts=Counts(field("counts").data),
            phase=field("phase").data or "",
            is_hard=field("beyond").data == HARD,
            since=field("since").data,
        )

    def typed(self, term: AgreedCap) -> dict[str, str]:
        found = {"window": term.window.value, "counts": term.counts.value, "phase": term.phase, "beyond": HARD if term.is_hard else SOFT}
        limit = money_plain(Money(term.limit_minor, current_user.currency))
        return {**found, "limit_minor": limit, "since": day_text(term.since) if term.since else ""}


class DiscountFields:
    """Percent, or an amount off each bill."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        return {
            "by": ChoiceField("Written as", choices=OFF_BY, default=PERCENT),
            "off": TextField("Off", longest=30),
            "counts": ChoiceField("Counts", choices=COUNTS, default=Counts.FEES.value),
        }

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        text, counts = field("off").data or "", Counts(field("counts").data)
        if field("by").data == AMOUNT:
            try:
                return AgreedDiscount(amount_minor=Money.parse(text, current_user.currency, positive=True).minor, counts=counts)
            except InvalidInput as error:
                raise InvalidInput(error.message, field="off") from error
        try:
            return AgreedDiscount(basis_points=parse_percent(text), counts=counts)
        except InvalidInput as error:
            raise InvalidInput(NO_DISCOUNT, field="off") from error

    def typed(self, term: AgreedDiscount) -> dict[str, str]:
        amount = money_plain(Money(term.amount_minor, current_user.currency))
        off = amount if term.amount_minor else percent_text(term.basis_points)
        return {"by": AMOUNT if term.amount_minor else PERCENT, "off": off, "counts": term.counts.value}
