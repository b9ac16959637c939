"""Writes invoices as LEDES 1998B."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from lexapp.domain.errors import InvalidInput
from lexapp.domain.ledes.checks import plain
from lexapp.domain.ledes.fields import FIELD_NAMES, FIELDS, MARK, ROW_END, TEXT_LENGTH_MAX, FieldRule
from lexapp.domain.ledes.records import LedesInvoice, LedesLine

# The sample published with the standard ends its lines with LF; lines are parted by [] anyway, and the reader takes every kind.
LINE_END = "\n"
_SIGNS = str.maketrans(
    {
        "|": "/",
        "[": "(",
        "]": ")",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "×": "x",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "€": "EUR",
        "£": "GBP",
    }
)
# A name may be cut to its length; a shortened number or code would be another one.
_MAY_BE_CUT = frozenset({"TIMEKEEPER_NAME"} | {rule.name for rule in FIELDS if rule.length == TEXT_LENGTH_MAX})


def write_1998b(invoices: Iterable[LedesInvoice]) -> str:
    """The file, in ASCII. Texts lose what may not stand in them; raises InvalidInput where a number or code is too long for its field."""
    lines = [MARK, "|".join(FIELD_NAMES) + ROW_END]
    lines += ["|".join(_row(invoice, item)) + ROW_END for invoice in invoices for item in invoice.lines]
    return LINE_END.join(lines) + LINE_END


def _row(invoice: LedesInvoice, item: LedesLine) -> Iterator[str]:
    for rule, value in zip(FIELDS, _values(invoice, item), strict=True):
        yield _written(rule, value)


def _values(invoice: LedesInvoice, item: LedesLine) -> tuple[str | date | Decimal, ...]:
    return (
        invoice.issued_on,
        invoice.number,
        invoice.client_id,
        invoice.law_firm_matter_id,
        invoice.total,
        invoice.billed_from,
        invoice.billed_through,
        invoice.description,
        item.number,
        item.type.value,
        item.units,
        item.adjustment,
        item.total,
        item.on,
        item.task_code,
        item.expense_code,
        item.activity_code,
        item.timekeeper_id,
        item.description,
        invoice.law_firm_id,
        "" if item.type.is_invoice_level and not item.unit_cost else item.unit_cost,
        item.timekeeper_name,
        item.timekeeper_classification,
        invoice.client_matter_id,
    )


def _written(rule: FieldRule, value: str | date | Decimal) -> str:
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    if isinstance(value, Decimal):
        return plain(value)
    text = ascii_text(value)
    if len(text) > rule.length and rule.name not in _MAY_BE_CUT:
        raise InvalidInput(f"{rule.name} {text} is longer than the {rule.length} characters that LEDES allows. Shorten it.")
    return text[: rule.length].rstrip(" ")


def ascii_text(text: str) -> str:
    """One line of ASCII without pipes and brackets: accents are dropped, line breaks become spaces, what has no ASCII form becomes "?"."""
    spaced = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text)
    decomposed = unicodedata.normalize("NFKD", spaced.translate(_SIGNS)).translate(_SIGNS)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.sub(" +", " ", bare.encode("ascii", "replace").decode("ascii")).strip(" ")
