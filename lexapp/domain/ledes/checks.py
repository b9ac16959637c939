"""The rules between fields: what a line of each type needs, and what must add up."""

from collections.abc import Container, Sequence
from decimal import ROUND_HALF_UP, Decimal

from lexapp.domain.ledes.problems import Problems
from lexapp.domain.ledes.records import EXACT, ZERO, LedesLine, LineType
from lexapp.domain.ledes.values import Value

Values = dict[str, Value]


def check_needs(values: Values, line_type: LineType, unreadable: Container[str], line: int, problems: Problems) -> None:
    """What a line of this type must and must not have besides the fields that every line needs."""
    for name in ("LINE_ITEM_NUMBER_OF_UNITS", "LINE_ITEM_UNIT_COST"):
        value = values[name]
        if value is None and not line_type.is_invoice_level and name not in unreadable:
            problems.add(line, name, "A fee or an expense needs it. Fill it in.")
        if isinstance(value, Decimal) and value < 0:
            problems.add(line, name, "It is negative. Write a reduction as LINE_ITEM_ADJUSTMENT_AMOUNT.")
    _check_codes(values, line_type, line, problems)


def _check_codes(values: Values, line_type: LineType, line: int, problems: Problems) -> None:
    if line_type is LineType.FEE and not values["TIMEKEEPER_ID"]:
        problems.add(line, "TIMEKEEPER_ID", "A fee needs the timekeeper. Fill it in.")
    if line_type is LineType.FEE and values["LINE_ITEM_EXPENSE_CODE"]:
        problems.add(line, "LINE_ITEM_EXPENSE_CODE", "A fee has no expense code. Remove it.")
    if line_type is LineType.EXPENSE and values["LINE_ITEM_ACTIVITY_CODE"]:
        problems.add(line, "LINE_ITEM_ACTIVITY_CODE", "An expense has no activity code. Remove it.")


def check_line_total(item: LedesLine, line: int, decimals: int, problems: Problems) -> None:
    """Total = units x unit cost + adjustment, exactly or rounded half up once to the currency's decimals. At invoice level the number
    of units does not count, so there the unit cost (if any) may also stand once."""
    allowed = [EXACT.add(item.product, item.adjustment)]
    if item.type.is_invoice_level:
        allowed.append(EXACT.add(item.unit_cost, item.adjustment))
    if item.total in allowed or item.total in [_rounded(value, decimals) for value in allowed]:
        return
    expected = plain(_rounded(allowed[-1], decimals))
    sentence = f"{plain(item.total)} is not units x unit cost + adjustment, which is {expected}. Correct one of the four."
    problems.add(line, "LINE_ITEM_TOTAL", sentence)


def check_invoice_total(total: Decimal, lines: Sequence[LedesLine], line: int, problems: Problems) -> None:
    """The invoice total is the exact sum of its line totals."""
    added = ZERO
    for item in lines:
        added = EXACT.add(added, item.total)
    if added != total:
        sentence = f"{plain(total)} is not the sum of the line totals, which is {plain(added)}. Correct it or add the missing line."
        problems.add(line, "INVOICE_TOTAL", sentence)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=EXACT)


def plain(value: Decimal) -> str:
    """Digits and a point, without an exponent."""
    return format(value, "f")
