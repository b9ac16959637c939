"""What rates would make of unbilled work, as a page shows it: by client and matter, with a total and a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from flask import request

from lexapp.books.rate_effects import RateEffect, RatePreview
from lexapp.web.reports.charts import Bar, Chart, Series, columns_chart

SERIES = (Series("Value as recorded", "stand--2", "2"), Series("Value then", "stand"))
MOST_COLUMNS, LONGEST_LABEL, MOST_LINES = 6, 16, 200


@dataclass(frozen=True, slots=True)
class MatterLine:
    """The entries of one matter that would change. Hundredths of an hour; minor units before and after."""

    client_name: str
    matter_id: int
    matter_number: str
    matter_name: str
    entries: int
    quantity_hundredths: int
    old_minor: int
    new_minor: int

    @property
    def difference_minor(self) -> int:
        return self.new_minor - self.old_minor


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The matters by client, the first of them to be listed, and the sums of them all."""

    lines: list[MatterLine]
    closed: int

    @property
    def listed(self) -> list[MatterLine]:
        return self.lines[:MOST_LINES]

    @property
    def entries(self) -> int:
        return sum(line.entries for line in self.lines)

    @property
    def quantity_hundredths(self) -> int:
        return sum(line.quantity_hundredths for line in self.lines)

    @property
    def old_minor(self) -> int:
        return sum(line.old_minor for line in self.lines)

    @property
    def new_minor(self) -> int:
        return sum(line.new_minor for line in self.lines)

    @property
    def difference_minor(self) -> int:
        return self.new_minor - self.old_minor

    @property
    def chart(self) -> Chart | None:
        """The clients whose work changes most, or the matters where there is one client; two columns each."""
        return columns_chart("Unbilled work before and after", "money", SERIES, _bars(self.lines), stacked=False)


def asked_to_look() -> bool:
    """Whether the form was sent by the button that only shows the effect."""
    return request.form.get("act") == "look"


def shown_what_if(found: RatePreview) -> WhatIf:
    """The effects summed up by matter, those on time that is not billed aside."""
    of_matter: dict[int, list[RateEffect]] = defaultdict(list)
    for effect in (one for one in found.effects if one.old_amount_minor or one.new_amount_minor):
        of_matter[effect.entry.matter_id].append(effect)
    lines = [_line(effects) for effects in of_matter.values()]
    return WhatIf(sorted(lines, key=lambda line: (line.client_name.lower(), line.matter_number)), found.closed)


def _line(effects: list[RateEffect]) -> MatterLine:
    one = effects[0].entry
    return MatterLine(
        one.client_name or "The firm",
        one.matter_id,
        one.matter_number,
        one.matter_name,
        len(effects),
        sum(effect.entry.quantity_hundredths for effect in effects),
        sum(effect.old_amount_minor for effect in effects),
        sum(effect.new_amount_minor for effect in effects),
    )


def _bars(lines: Iterable[MatterLine]) -> list[Bar]:
    lines = list(lines)
    by_client = len({line.client_name for line in lines}) > 1
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        label = line.client_name if by_client else line.matter_number
        old, new = sums[label]
        sums[label] = (old + line.old_minor, new + line.new_minor)
    most = sorted(sums.items(), key=lambda pair: -max(pair[1]))[:MOST_COLUMNS]
    return [Bar(label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…", pair) for label, pair in most]
