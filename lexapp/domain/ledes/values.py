"""Single values of a LEDES line: text, dates, numbers."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from lexapp.domain.ledes.fields import DECIMALS_MAX, DIGITS_MAX, RULES, FieldKind
from lexapp.domain.ledes.problems import Problems
from lexapp.domain.ledes.records import ZERO

Value = str | date | Decimal | None
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
_DATE = re.compile(r"[0-9]{8}")
_YEARS = range(1900, 2101)


def read_value(name: str, text: str, line: int, problems: Problems) -> Value:
    """The value of a field, None where it is empty or wrong; what is wrong is noted."""
    rule = RULES[name]
    text = text.strip(" ")
    if not text:
        if rule.required:
            problems.add(line, name, "The field is empty. Fill it in.")
        return "" if rule.kind is FieldKind.TEXT else None
    if rule.kind is FieldKind.DATE:
        return _read_date(name, text, line, problems)
    if rule.kind is FieldKind.NUMBER:
        return _read_number(name, text, line, problems)
    return _read_text(name, text, line, problems)


def _read_text(name: str, text: str, line: int, problems: Problems) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        problems.add(line, name, "The text holds control characters. Remove them.")
    if "[" in text or "]" in text:
        problems.add(line, name, "The text holds a square bracket, which only ends lines. Replace it.")
    if len(text) > RULES[name].length:
        problems.add(line, name, f"The text has {len(text)} characters. Shorten it to {RULES[name].length}.")
    return text


def _read_date(name: str, text: str, line: int, problems: Problems) -> date | None:
    try:
        found = date(int(text[:4]), int(text[4:6]), int(text[6:])) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        problems.add(line, name, f"{_quoted(text)} is not a date. Write year, month and day as 20261231.")
        return None
    return found


def _read_number(name: str, text: str, line: int, problems: Problems) -> Decimal | None:
    match = _NUMBER.fullmatch(text)
    whole, decimals = (match[2], match[3] or "") if match else ("", "")
    if not whole + decimals:
        problems.add(line, name, f"{_quoted(text)} is not a number. Write digits with a point, such as 1250.00.")
        return None
    if len(whole.lstrip("0")) > DIGITS_MAX or len(decimals) > DECIMALS_MAX:
        problems.add(line, name, f"{_quoted(text)} is too long. Use up to {DIGITS_MAX} digits before and {DECIMALS_MAX} after the point.")
        return None
    number = Decimal(text)
    return number or ZERO


def _quoted(text: str) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return f'"{shown[:40]}"'
