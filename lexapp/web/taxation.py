"""How a client or a matter is taxed today, in the words of its facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from lexapp.database import db
from lexapp.domain.tax import place_name
from lexapp.models import Client, Matter, TaxExemption
from lexapp.queries.taxes import exemptions_of
from lexapp.web.dates import today_here

_WORDS = {"exempt": "Exempt", "reverse_charge": "Reverse charge", "taxed": "Taxed all the same"}


class Taxation(NamedTuple):
    """What is agreed, and where taxes are charged; `where` is empty where the place is not said."""

    words: str
    where: str


def taxation_of_client(client: Client) -> Taxation:
    """One query."""
    rows = exemptions_of(db.session(), firm_id=client.firm_id, client_id=client.id)
    return Taxation(_words(rows, today_here()), _where(client))


def taxation_of_matter(matter: Matter) -> Taxation:
    """Where it is taxed; what it is exempt from stands on the page of its taxes. No query."""
    return Taxation("Place and exemptions", _where(matter))


def _words(rows: Sequence[TaxExemption], today: date) -> str:
    in_force = [row for row in rows if row.effective_from <= today and (row.effective_to is None or today <= row.effective_to)]
    told = [_WORDS[row.kind] + (f" ({row.tax_name})" if row.tax_name else "") for row in in_force]
    return ", ".join(told) or "As usual"


def _where(record: Client | Matter) -> str:
    return place_name(record.country, (record.region,) if record.region else ()) if record.country else ""
