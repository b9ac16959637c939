"""LEDES 1998B: the standard's own sample is read to the cent, what is wrong is refused whole by line and field, what is written is read."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lexapp.domain.ledes import FIELD_NAMES, PROBLEM_COUNT_MAX, LedesError, LineType, parse_1998b, scaled, write_1998b

SAMPLE = (Path(__file__).parents[1] / "data" / "ledes-1998b-sample.txt").read_text(encoding="ascii")
LINES = SAMPLE.splitlines()


def sample_with(line, field, text):
    """The sample with one field of one line (counted from 1) replaced."""
    lines = list(LINES)
    values = lines[line - 1].removesuffix("[]").split("|")
    values[FIELD_NAMES.index(field)] = text
    lines[line - 1] = "|".join(values) + "[]"
    return "\n".join(lines) + "\n"


def problems_of(text, **options):
    with pytest.raises(LedesError) as refused:
        parse_1998b(text, **options)
    return [(problem.line, problem.field, problem.message) for problem in refused.value.problems]


def test_the_sample_reads_as_two_invoices_of_one_client():
    first, second = parse_1998b(SAMPLE)
    assert (first.number, first.client_id, first.law_firm_matter_id, first.client_matter_id) == ("96542", "00711", "0528", "423-987")
    assert (first.total, len(first.lines), first.law_firm_id) == (Decimal("1684.45"), 5, "24-6437381")
    assert (first.issued_on, first.billed_from, first.billed_through) == (date(1999, 2, 25), date(1999, 1, 1), date(1999, 1, 31))
    assert (second.client_id, second.law_firm_matter_id, second.client_matter_id) == ("00711", "1326", "425-936")
    assert (second.total, second.description) == (Decimal(1250), "Monthly Retainer")


def test_the_sample_has_two_timekeepers_with_their_rates():
    fees = [line for invoice in parse_1998b(SAMPLE) for line in invoice.lines if line.type is LineType.FEE]
    assert {(line.timekeeper_id, line.timekeeper_name, line.timekeeper_classification, line.unit_cost) for line in fees} == {
        ("22547", "Arnsley, Robert", "PARTNR", Decimal(350)),
        ("45875", "Beaster, John", "ASSOC", Decimal(200)),
    }
    assert [(line.units, line.adjustment, line.total) for line in fees] == [(2, -70, 630), (2, 0, 700), (Decimal("0.2"), 0, 40)]
    assert {(line.task_code, line.activity_code) for line in fees} == {("L510", "A102"), ("L510", "A107")}


def test_the_sample_has_expenses_and_a_monthly_retainer():
    lines = [line for invoice in parse_1998b(SAMPLE) for line in invoice.lines if line.type is not LineType.FEE]
    assert [(line.type, line.expense_code, line.description, line.total) for line in lines] == [
        ("E", "E111", "Meals", Decimal("24.95")),
        ("E", "E110", "Out-of_town travel", Decimal("289.50")),
        ("IF", "", "Monthly Retainer Fee", Decimal(1250)),
    ]


def test_what_was_read_is_written_and_read_again_as_the_same_lines():
    invoices = parse_1998b(SAMPLE)
    written = write_1998b(invoices)
    assert parse_1998b(written) == invoices
    assert written.splitlines()[:2] == LINES[:2]
    plain = [line.replace("0.200", "0.2").replace("|1250.|", "|1250|") for line in LINES]
    assert [line.replace("0.200", "0.2") for line in written.splitlines()] == plain


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind_a_byte_order_mark_and_empty_lines_are_passed_over(end):
    assert parse_1998b("\ufeff" + end.join(LINES)) == parse_1998b(SAMPLE)
    assert parse_1998b(end + (end + " " + end).join(LINES) + end + end) == parse_1998b(SAMPLE)
    assert parse_1998b("\r\n".join(LINES[:4]) + "\r" + "\n".join(line + "\t " for line in LINES[4:])) == parse_1998b(SAMPLE)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("", 1, "must begin with LEDES1998B[]"),
        ("   \n\n", 1, "must begin with LEDES1998B[]"),
        ("LEDES1998B\n", 1, "must begin with LEDES1998B[]"),
        ("\n\nledes1998b[]\n", 3, "must begin with LEDES1998B[]"),
        (SAMPLE.replace("LEDES1998B[]", "LEDES98BI V2[]"), 1, "This is LEDES 1998BI. Ask for the file in LEDES 1998B."),
        ("<?xml version='1.0'?><invoice/>", 1, "This is an XML file"),
        ("LEDES2000[]\n", 1, "This is LEDES 2000"),
        ("LEDES1998B[]\n", 2, "24 field names is missing"),
        ("LEDES1998B[]\n" + LINES[1].removesuffix("[]"), 2, "does not end with []"),
        ("\n".join(LINES[:2]), 2, "no invoice lines"),
        (SAMPLE.replace("|CLIENT_ID|", "|CLIENT|"), 2, "The name in place 3 must be CLIENT_ID"),
        (SAMPLE.replace("INVOICE_NUMBER|CLIENT_ID", "CLIENT_ID|INVOICE_NUMBER"), 2, "The name in place 2 must be INVOICE_NUMBER"),
        (SAMPLE.replace("|CLIENT_MATTER_ID[]", "[]"), 2, "There are 23 field names"),
        (SAMPLE.replace("|CLIENT_MATTER_ID[]", "|CLIENT_MATTER_ID|MORE[]"), 2, "There are 25 field names"),
    ],
)
def test_a_wrong_heading_refuses_the_file_at_once(text, line, sentence):
    ((found_line, _, message),) = problems_of(text)
    assert (found_line, sentence in message) == (line, True), message


@pytest.mark.parametrize(
    ("line", "field", "text", "sentence"),
    [
        (3, "LINE_ITEM_TOTAL", "631", "631 is not units x unit cost + adjustment, which is 630.00. Correct one of the four."),
        (3, "LINE_ITEM_TOTAL", "630.0001", "630.0001 is not units x unit cost"),
        (8, "LINE_ITEM_TOTAL", "1251", "which is 1250.00"),
        (3, "INVOICE_TOTAL", "lots", '"lots" is not a number'),
        (4, "INVOICE_TOTAL", "lots", '"lots" is not a number'),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "-2", "It is negative"),
        (3, "LINE_ITEM_UNIT_COST", "-350", "It is negative"),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "", "needs it"),
        (6, "LINE_ITEM_UNIT_COST", "", "needs it"),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "2,0", '"2,0" is not a number'),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "1e3", "is not a number"),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "NaN", "is not a number"),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "٣", "is not a number"),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", ".", "is not a number"),
        (3, "LINE_ITEM_NUMBER_OF_UNITS", "2.00000", "is too long"),
        (3, "LINE_ITEM_UNIT_COST", "1234567890123", "is too long"),
        (3, "LINE_ITEM_DATE", "19990229", '"19990229" is not a date'),
        (3, "LINE_ITEM_DATE", "1999-01-15", "is not a date"),
        (3, "LINE_ITEM_DATE", "01151999", "is not a date"),
        (3, "LINE_ITEM_DATE", "99991231", "is not a date"),
        (3, "LINE_ITEM_DATE", "", "The field is empty"),
        (3, "EXP/FEE/INV_ADJ_TYPE", "X", "Write F (fee)"),
        (3, "EXP/FEE/INV_ADJ_TYPE", "f", "Write F (fee)"),
        (3, "EXP/FEE/INV_ADJ_TYPE", "", "The field is empty"),
        (3, "TIMEKEEPER_ID", "", "A fee needs the timekeeper"),
        (3, "LINE_ITEM_EXPENSE_CODE", "E101", "A fee has no expense code"),
        (6, "LINE_ITEM_ACTIVITY_CODE", "A101", "An expense has no activity code"),
        (3, "LINE_ITEM_DESCRIPTION", "see [exhibit]", "square bracket"),
        (3, "LINE_ITEM_DESCRIPTION", "a\x00b", "control characters"),
        (3, "LINE_ITEM_DESCRIPTION", "x" * 15_361, "Shorten it to 15360"),
        (3, "TIMEKEEPER_NAME", "x" * 31, "has 31 characters. Shorten it to 30"),
        (4, "LINE_ITEM_NUMBER", "1", "Another line of this invoice has the same number"),
        (4, "CLIENT_ID", "00712", "It differs from line 3 of the same invoice"),
        (5, "LAW_FIRM_MATTER_ID", "0529", "It differs from line 3"),
        (5, "INVOICE_TOTAL", "1684.46", "It differs from line 3"),
        (5, "INVOICE_DATE", "19990226", "It differs from line 3"),
        (5, "CLIENT_MATTER_ID", "", "It differs from line 3"),
        (8, "INVOICE_TOTAL", "1250.01", "1250.01 is not the sum of the line totals, which is 1250."),
        (8, "BILLING_END_DATE", "19981231", "It is before BILLING_START_DATE"),
    ],
)
def test_one_wrong_field_is_named_with_its_line(line, field, text, sentence):
    assert [(at, name) for at, name, _ in problems_of(sample_with(line, field, text))] == [(line, field)]
    assert sentence in problems_of(sample_with(line, field, text))[0][2]


def test_a_pipe_in_a_text_a_missing_field_and_a_missing_end_are_told_apart():
    pipe = SAMPLE.replace("Set off claim", "Set off | claim")
    assert problems_of(pipe) == [(3, "", "The line has 25 fields instead of 24. Remove the | from its texts.")]
    short = SAMPLE.replace("|PARTNR|423-987[]", "|PARTNR[]", 1)
    assert problems_of(short) == [(3, "CLIENT_MATTER_ID", "The line has 23 fields instead of 24. Add the missing ones.")]
    broken = SAMPLE.replace("Trial pleading", "Trial\npleading")
    assert [(line, field) for line, field, _ in problems_of(broken)] == [(4, "CLIENT_MATTER_ID"), (5, FIELD_NAMES[6])]


def test_the_invoice_total_is_compared_exactly_and_the_line_total_may_be_rounded_once():
    third = sample_with(3, "LINE_ITEM_NUMBER_OF_UNITS", "1.3333").replace("|-70|630|", "|-70|396.66|").replace("1684.45", "1451.11")
    assert parse_1998b(third)[0].lines[0].total == Decimal("396.66")
    assert problems_of(third, decimals=3)[0][:2] == (3, "LINE_ITEM_TOTAL")
    assert problems_of(third.replace("1451.11", "1451.105"))[0][:2] == (3, "INVOICE_TOTAL")


@pytest.mark.parametrize(
    ("units", "adjustment", "cost"),
    [("1", "1250", ""), ("", "", "1250"), ("7", "0", "1250"), ("0", "250", "1000"), ("5", "0", "250")],
)
def test_the_units_of_an_invoice_level_line_do_not_count(units, adjustment, cost):
    text = sample_with(8, "LINE_ITEM_NUMBER_OF_UNITS", units).replace("|1250.|1250|", f"|{adjustment}|1250|")
    text = text.replace("Retainer Fee|24-6437381||", f"Retainer Fee|24-6437381|{cost}|")
    assert parse_1998b(text)[1].total == 1250


def test_all_problems_are_told_at_once_in_line_order_up_to_fifty():
    text = sample_with(7, "LINE_ITEM_DATE", "x").replace("|24.95|19990117|", "|24.95|y|").replace("|-70|", "|z|")
    assert [(line, field) for line, field, _ in problems_of(text)] == [
        (3, "LINE_ITEM_ADJUSTMENT_AMOUNT"),
        (6, "LINE_ITEM_DATE"),
        (7, "LINE_ITEM_DATE"),
    ]
    with pytest.raises(LedesError, match=r"^Nothing was read from the file\. Line 3, LINE_ITEM_ADJUSTMENT_AMOUNT: ") as refused:
        parse_1998b(text)
    assert (refused.value.line, refused.value.field_name, refused.value.field) == (3, "LINE_ITEM_ADJUSTMENT_AMOUNT", "file")
    assert len(problems_of("\n".join(LINES[:2] + ["nonsense"] * 200))) == PROBLEM_COUNT_MAX


def test_amounts_scale_to_whole_units_or_not_at_all():
    assert scaled(Decimal("289.5"), 2) == 28_950
    assert scaled(Decimal("0.200"), 2) == 20
    assert scaled(Decimal("-70"), 0) == -70
    assert scaled(Decimal("0.125"), 2) is None


NOISE = st.text(st.one_of(st.sampled_from("0123456789.-+|[]\r\n EFI\ufeff\x00٣é"), st.characters()), max_size=12)


def outcome(text):
    """What was read, or why it was refused; any other exception fails the test."""
    try:
        return parse_1998b(text), ()
    except LedesError as error:
        return [], error.problems


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), NOISE)
@example(0, 0, "")
def test_a_mutated_sample_is_read_or_refused_and_nothing_else(start, length, noise):
    invoices, problems = outcome(SAMPLE[:start] + noise + SAMPLE[start + length :])
    assert bool(invoices) != bool(problems)
    assert all(invoice.total == sum(line.total for line in invoice.lines) for invoice in invoices)
    assert len(problems) <= PROBLEM_COUNT_MAX
    assert all(problem.line >= 1 and problem.message.endswith(".") for problem in problems)
    assert all(problem.field in ("", *FIELD_NAMES) for problem in problems)


@given(st.integers(3, 8), st.sampled_from(FIELD_NAMES), NOISE)
def test_a_mutated_field_is_read_or_refused_and_nothing_else(line, field, noise):
    invoices, problems = outcome(sample_with(line, field, noise))
    assert bool(invoices) != bool(problems)
    assert sum(invoice.total for invoice in invoices) == (Decimal("2934.45") if invoices else 0)


@given(st.text(max_size=60))
def test_any_text_is_refused_without_a_crash(text):
    with pytest.raises(LedesError):
        parse_1998b(text)
