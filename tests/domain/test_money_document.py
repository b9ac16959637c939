"""docs/money.md promises numbers; each row of its tables is recomputed here."""

import re
from datetime import date
from fractions import Fraction

import pytest

from lexapp.domain.agreements import EarnedBasis, Milestones, Part, ShareBy, earned_part
from lexapp.domain.allocation import allocate
from lexapp.domain.durations import format_clock, format_hours, parse_duration
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money, total
from lexapp.domain.pre_bills import split_time
from lexapp.domain.pricing import line_amount, spread_discount, write_down
from lexapp.domain.productivity import available_hundredths
from lexapp.domain.quantities import parse_hundredths, spread_group
from lexapp.domain.rate_cards import raised
from lexapp.domain.rates import RateLevel, RateQuery, RateRule, resolve_rate
from lexapp.domain.rounding import Direction, IncrementRule, billed_hundredths, round_half_up
from lexapp.domain.shares import parse_percent
from lexapp.domain.spread import Charges
from tests.markdown_tables import table_under


def rows(heading):
    table = table_under("money.md", heading)
    return pytest.mark.parametrize("row", table, ids=[" · ".join(row.values())[:60] for row in table])


def money(cell):
    number, currency = cell.rsplit(" ", 1)
    return Money.parse(number, currency)


def amounts(cell, currency):
    return [Money.parse(number.strip(), currency) for number in cell.split(",")]


def hours(cell):
    return [parse_hundredths(number) for number in cell.split(",")]


def clock(cell):
    parts = [int(part) for part in cell.strip().split(":")]
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def increment(cell):
    minutes, direction, minimum = re.fullmatch(r"(\d+) min (\w+)(?:, at least (\d+) min)?", cell).groups()
    return IncrementRule(int(minutes) * 60, Direction(direction), int(minimum or 0) * 60)


def outcome(deed):
    try:
        return deed()
    except Refused as refusal:
        return str(refusal)


@rows("Reading an amount")
def test_amounts_are_read_as_documented(row):
    found = str(outcome(lambda: Money.parse(row["Typed"], row["Currency"])))
    assert found.replace("\N{NO-BREAK SPACE}", " ") == row["Result"]


@rows("Half up")
def test_halves_are_rounded_as_documented(row):
    exact = Fraction(row["Exact"])
    assert round_half_up(exact.numerator, exact.denominator) == int(row["Rounded"])


@rows("Reading a duration")
def test_durations_are_read_as_documented(row):
    assert outcome(lambda: format_clock(parse_duration(row["Typed"]))) == row["Result"]


@rows("Billing increments")
def test_time_is_billed_as_documented(row):
    assert format_hours(billed_hundredths(clock(row["Measured"]), increment(row["Rule"]))) == row["Billed"]


@rows("Once per day")
def test_a_day_is_rounded_once_as_documented(row):
    rule = increment(row["Rule"])
    seconds = [clock(cell) for cell in row["Measured"].split(",")]
    assert [billed_hundredths(each, rule) for each in seconds] == hours(row["Each alone"])
    assert [billed_hundredths(sum(seconds), rule)] == hours(row["Group"])
    assert spread_group(seconds, rule) == hours(row["Spread"])


def rule_of(level):
    names = {"timekeeper": "A. Arnsley", "class": "partners", "activity": "research"}
    scopes = {"matter": ("matter_id", 1), "client": ("client_id", 2), "timekeeper": ("timekeeper_id", 3)}
    scopes |= {"class": ("timekeeper_class", "PT"), "activity": ("activity_code", "A102"), "card": ("client_id", 2)}
    parts = level.value.split("_")
    card = {"card_id": 7} if parts[0] == "card" else {}
    whom = names.get(parts[-1], "")
    return RateRule(
        id=1,
        level=level,
        rate=Money(1, "USD"),
        effective_from=date(2026, 1, 1),
        name=" for ".join(filter(None, ("Harbor 2026", whom))) if card else whom,
        **card,
        **dict(scopes[part] for part in parts),
    )


def test_the_documented_levels_are_all_levels_strongest_first():
    assert [row["Level"] for row in table_under("money.md", "Which rate")] == [level.value for level in RateLevel]


@rows("Which rate")
def test_rates_win_in_the_documented_order_for_the_documented_reason(row):
    levels = list(RateLevel)[list(RateLevel).index(row["Level"]) :]
    typed = Money(2, "USD") if levels[0] is RateLevel.TYPED else None
    rules = [rule_of(level) for level in levels if level is not RateLevel.TYPED]
    query = RateQuery(
        on=date(2026, 6, 1), matter_id=1, client_id=2, timekeeper_id=3, timekeeper_class="PT", activity_code="A102", typed=typed
    )
    decision = resolve_rate(rules[::-1], query)
    assert decision.winner.level == row["Level"]
    assert decision.reason.partition(", beats ")[0] == row["Reason reads"]


@rows("Rates by percentage")
def test_percentages_of_rates_are_as_documented(row):
    change = int(Fraction(row["Change in percent"]) * 100)
    assert raised(money(row["Firm’s rate"]), change, step_minor=money(row["Step"]).minor) == money(row["Rate"])
    if money(row["Step"]).minor == 1:
        own = RateRule(id=1, level=RateLevel.CLASS, rate=money(row["Firm’s rate"]), effective_from=date(2026, 1, 1), timekeeper_class="PT")
        scopes = {"level": RateLevel.CARD, "client_id": 2, "card_id": 7, "effective_from": date(2026, 1, 1)}
        card = RateRule(id=2, rate=Money.zero(own.rate.currency), change_hundredths=change, **scopes)
        found = resolve_rate([own, card], RateQuery(on=date(2026, 6, 1), client_id=2, timekeeper_class="PT"))
        assert found.rate == money(row["Rate"])


@rows("Rate times quantity")
def test_lines_multiply_out_as_documented(row):
    quantity = parse_hundredths(row["Hours"])
    assert line_amount(quantity, money(row["Rate"]), money(row["Adjustment"])) == money(row["Amount"])


@rows("Sums of shown lines")
def test_totals_are_sums_of_shown_lines_as_documented(row):
    rate = money(row["Rate"])
    lines = amounts(row["Lines"], rate.currency)
    assert {rate.times_hundredths(parse_hundredths(row["Hours"]))} == set(lines)
    assert total(lines, rate.currency) == money(row["Total"])


@rows("Dividing a whole")
def test_wholes_are_divided_as_documented(row):
    whole = money(row["Whole"])
    weights = [int(weight) for weight in row["Weights"].split(",")]
    assert [Money(part, whole.currency) for part in allocate(whole.minor, weights)] == amounts(row["Parts"], whole.currency)


@rows("Splits after rounding")
def test_lines_are_split_between_payers_as_documented(row):
    line = money(row["Line"])
    shares = [int(share) for share in row["Shares in percent"].split(",")]
    assert sum(shares) == 100
    assert allocate(line.minor, shares) == [part.minor for part in amounts(row["Each payer"], line.currency)]


@rows("Splits of time")
def test_time_is_split_between_payers_as_documented(row):
    rate, (quantity,) = money(row["Rate"]), hours(row["Hours"])
    shares = [int(share) for share in row["Shares in percent"].split(",")]
    parts = split_time(quantity, rate.minor, rate.times_hundredths(quantity).minor, shares)
    assert [part.quantity_hundredths for part in parts] == hours(row["Hours each"])
    assert [part.amount_minor for part in parts] == [part.minor for part in amounts(row["Each payer"], rate.currency)]
    assert [part.rounding_minor for part in parts] == [part.minor for part in amounts(row["Rounding"], rate.currency)]


@rows("Discounts")
def test_discounts_become_adjustments_as_documented(row):
    discount = money(row["Discount"])
    found = outcome(lambda: spread_discount(discount, amounts(row["Lines"], discount.currency)))
    expected = row["Adjustments"] if row["Adjustments"].endswith(".") else amounts(row["Adjustments"], discount.currency)
    assert found == expected


@rows("Write-downs")
def test_write_downs_leave_lines_that_multiply_out_as_documented(row):
    rate = money(row["Rate"])
    found = outcome(lambda: write_down(parse_hundredths(row["Hours"]), rate, money(row["Write-down"])))
    if row["Amount left"] == "–":
        assert found == row["Hours left"]
    else:
        assert format_hours(found.remaining_hundredths) == row["Hours left"]
        assert rate.times_hundredths(found.remaining_hundredths) == money(row["Amount left"])


def test_the_sample_of_the_standard_adds_up():
    table = table_under("money.md", "Rate times quantity")
    assert total((money(row["Amount"]) for row in table[:5]), "USD") == money("1,684.45 USD")


@rows("Part payments")
def test_part_payments_pay_fees_costs_and_tax_as_documented(row):
    applied = money(row["Applied in all"])
    charges = Charges(*(amount.minor for amount in amounts(row["Fees, costs, tax"], applied.currency)))
    paid = charges.paid(applied.minor)
    assert [paid.fees_minor, paid.costs_minor, paid.tax_minor] == [one.minor for one in amounts(row["Paid of each"], applied.currency)]


@rows("Measures of a timekeeper")
def test_available_hours_are_counted_as_documented(row):
    span = date.fromisoformat(row["First day"]), date.fromisoformat(row["Last day"])
    months = {date.fromisoformat(f"{month.strip()}-01") for month in row["Months with time"].split(",")}
    target = None if row["Hours a year"] == "–" else int(row["Hours a year"])
    assert available_hundredths(*span, yearly_target_hours=target, months=months) == Fraction(row["Available"]) * 100


@rows("A fee in milestones")
def test_percentages_of_a_fee_become_amounts_as_documented(row):
    fee = money(row["Fee"])
    parts = tuple(Part(f"Step {number}", parse_percent(share)) for number, share in enumerate(row["Percentages"].split(","), 1))
    term = Milestones(parts=parts, by=ShareBy.PERCENT, total_minor=fee.minor)
    refused = outcome(lambda: term.check(fee.currency))
    if refused:
        assert refused == row["Amounts"]
    else:
        assert term.amounts == [amount.minor for amount in amounts(row["Amounts"], fee.currency)]


@rows("The earned part of a fixed fee")
def test_the_earned_part_of_a_fee_is_told_as_documented(row):
    fee, by = money(row["Fee"]), row["By"]
    how = {"basis": EarnedBasis.REACHED}
    if by.startswith("work worth"):
        how = {"basis": EarnedBasis.WORK, "worked_minor": Money.parse(by.removeprefix("work worth "), fee.currency).minor}
    elif by.endswith("%"):
        how = {"basis": EarnedBasis.SHARE, "share_basis_points": parse_percent(by)}
    part = earned_part(fee.minor, recorded_minor=money(row["Recorded"]).minor, **how)
    assert [part.earned_minor, part.to_bill_minor, part.to_return_minor] == [
        money(row[name]).minor for name in ("Earned", "To bill", "To return")
    ]
