"""The audit log in words: what was done, where the record is, values before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from lexapp.domain.durations import format_clock, format_hours
from lexapp.web.access import may_open
from lexapp.web.filters import as_money, money

# Kind of record -> endpoint of its page and the name of its argument.
_PAGES = {
    "matter": ("matters.show", "matter_id"),
    "client": ("clients.show", "client_id"),
    "invoice": ("invoices.show", "invoice_id"),
    "pre_bill": ("pre_bills.show", "pre_bill_id"),
    "payment": ("payments.show", "payment_id"),
    "time_entry": ("time.show", "entry_id"),
    "trust_ledger": ("trust.show", "ledger_id"),
    "billing_run": ("billing_runs.show", "run_id"),
    "membership": ("people.edit", "membership_id"),
    "rate_card": ("rate_cards.show", "rate_card_id"),
    "timekeeper": ("timekeepers.edit", "timekeeper_id"),
}


def deed(action: str) -> str:
    """`pre_bill.approved` is `Pre-bill approved`."""
    return action.replace("pre_bill", "pre-bill").replace("write_", "write-").replace(".", " ").replace("_", " ").capitalize()


def kind_name(kind: str) -> str:
    return kind.replace("pre_bill", "pre-bill").replace("_", " ").capitalize()


def field_name(name: str) -> str:
    """A column as a person calls it."""
    plain = name.replace("_minor", "").removesuffix("_id").removesuffix("_hundredths").removesuffix("_seconds")
    return plain.replace("_", " ").capitalize()


def told(values: Mapping[str, Any], names: Sequence[str], *, changed: bool) -> list[tuple[str, Any]]:
    """The fields to show: of a change all of them, of something new those that hold something."""
    return [(name, values[name]) for name in names if name in values and (changed or values[name] not in (None, "", [], {}))]


def shown_value(name: str, value: Any) -> str:
    """A stored value as text; minor units as money."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int) and "minor" in name:
        amount = as_money(value)
        return money(amount) if amount else str(value)
    if isinstance(value, int) and name.endswith("_hundredths"):
        return format_hours(value)
    if isinstance(value, int) and name.endswith("_seconds"):
        return format_clock(value)
    if isinstance(value, list):
        return ", ".join(shown_value("", one) for one in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{field_name(key)}: {shown_value(key, one)}" for key, one in value.items())
    return str(value)


def record_link(kind: str, record_id: int | None) -> str | None:
    """Where the record is shown, for who may see it."""
    endpoint, argument = _PAGES.get(kind, ("", ""))
    return url_for(endpoint, **{argument: record_id}) if record_id and endpoint and may_open(endpoint) else None
