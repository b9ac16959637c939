"""Clients and matters that are not charged a tax, and the words that say why on the invoice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lexapp.domain.tax.rules import TaxRule


class ExemptionKind(StrEnum):
    """How a client or a matter is charged a tax."""

    TAXED = "taxed"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"


@dataclass(frozen=True, slots=True)
class Exemption:
    """From a day and perhaps until one. `tax_name` empty: every tax. `taxed` on a matter undoes what its client is."""

    kind: ExemptionKind
    words: str
    effective_from: date
    effective_to: date | None = None
    tax_name: str = ""
    client_tax_number: str = ""

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def without_exempt(
    rules: Sequence[TaxRule], of_matter: Iterable[Exemption], of_client: Iterable[Exemption], *, on: date
) -> tuple[list[TaxRule], list[Exemption]]:
    """The taxes that are charged, and what is to be said of those that are not, each once.

    What is agreed for the matter goes before what is agreed for the client, and what names a tax before what is said of all. A
    reverse charge is said where no tax of the firm would be charged too: the recipient owes it in their own country.
    """
    known = [one for one in of_matter if one.is_in_force(on)], [one for one in of_client if one.is_in_force(on)]
    if not any(known):
        return list(rules), []
    names = [rule.name for rule in rules] or sorted({one.tax_name for level in known for one in level})
    told = {name: _strongest(known, name) for name in names}
    charged = [rule for rule in rules if (one := told[rule.name]) is None or one.kind is ExemptionKind.TAXED]
    return charged, list(dict.fromkeys(one for one in told.values() if one is not None and one.kind is not ExemptionKind.TAXED))


def _strongest(known: Sequence[Sequence[Exemption]], name: str) -> Exemption | None:
    """For a tax: the matter's for its name, the matter's for all, the client's for its name, the client's for all."""
    wanted = (name, "") if name else ("",)
    return next((one for level in known for tax_name in wanted for one in level if one.tax_name == tax_name), None)
