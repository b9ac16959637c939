"""The frozen invoice adds up, says where it does not, and survives storage unchanged."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots import (
    ChargeTotals,
    DiscountLine,
    ExpenseLine,
    InvoiceSnapshot,
    MatterSection,
    summarise_timekeepers,
    total_of,
)
from tests.sample_invoices import invoice_snapshot, matter_section, time_line

INVOICE = invoice_snapshot()


def test_the_sample_adds_up_by_pencil():
    assert INVOICE.totals == ChargeTotals(
        fees_minor=87_500 + 155_200 + 27_300 + 0 + 450_000,
        adjustments_minor=-19_500,
        discounts_minor=-36_463,
        fixed_fees_minor=75_000,
        expenses_minor=4_900 + 150_150 - 75_000 + 37_680,
        tax_minor=2_355,
        total_minor=878_622,
        quantity_hundredths=1_460,
    )
    assert INVOICE.account.total_due_minor == 878_622 + 184_250
    INVOICE.check()


def test_an_invoice_of_two_matters_adds_both():
    invoice = invoice_snapshot(matter_section(), matter_section(matter_id=119, number="2026-0119", discounts=()))
    invoice.check()
    assert invoice.totals.total_minor == 878_622 + 878_622 + 36_463
    assert invoice.totals.quantity_hundredths == 2_920
    assert len(invoice.time) == 10


def test_the_timekeeper_summary_has_a_row_per_person_and_rate_and_adds_up_to_the_services():
    rows = INVOICE.timekeepers
    assert [(row.initials, row.quantity_hundredths, row.amount_minor) for row in rows] == [
        ("EMH", 860, 537_500),
        ("MOO", 320, 155_200),
        ("JTR", 240, 27_300),
        ("KLS", 40, 0),
    ]
    assert sum(row.amount_minor for row in rows) == INVOICE.totals.fees_minor
    dearer = replace(time_line(date(2026, 10, 2), "EMH", 100, ""), rate_minor=70_000)
    assert [row.rate_minor for row in summarise_timekeepers([*INVOICE.time, dearer])] == [62_500, 48_500, 19_500, 36_000, 70_000]


def test_it_comes_back_from_storage_as_it_was():
    assert InvoiceSnapshot.from_json(json.loads(INVOICE.as_text())) == INVOICE
    assert InvoiceSnapshot.from_json(INVOICE.as_json()).as_text() == INVOICE.as_text()


def test_its_text_is_plain_ascii_with_sorted_keys():
    text = INVOICE.as_text()
    assert text.isascii()
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
    assert '"issued_on":"2026-11-02"' in text


def _with(path, value):
    """The stored sample with one value changed; the path is keys and positions."""
    data = INVOICE.as_json()
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("schema_version",), 2, "reads invoices of schema 1, not 2"),
        (("due_on",), "2026-13-01", "due_on is not a date"),
        (("due_on",), 20261202, "due_on cannot be 20261202"),
        (("totals", "fees_minor"), 1.0, "ChargeTotals.fees_minor cannot be 1.0"),
        (("totals", "fees_minor"), True, "fees_minor cannot be True"),
        (("totals", "fees_minor"), None, "fees_minor cannot be None"),
        (("show_codes",), 1, "show_codes cannot be 1"),
        (("firm", "fax"), "1", "Letterhead has no fax"),
        (("payer",), "Harrow", "Party is stored as an object, not as str"),
        (("matters", 0, "time"), "x", "MatterSection.time cannot be 'x'"),
        (("matters", 0, "time", 0), {}, "TimeLine is incomplete"),
        (("trust", 0, "replenishment"), [], "Replenishment is stored as an object"),
    ],
)
def test_stored_data_that_does_not_fit_is_named(path, value, sentence):
    with pytest.raises(InvariantBroken, match=sentence):
        InvoiceSnapshot.from_json(_with(path, value))


def test_an_invoice_without_replenishment_or_trust_is_whole():
    plain = replace(INVOICE, trust=(replace(INVOICE.trust[0], replenishment=None),))
    assert InvoiceSnapshot.from_json(plain.as_json()) == plain
    assert InvoiceSnapshot.from_json(replace(INVOICE, trust=()).as_json()).trust == ()


LINE = ("matters", 0, "time", 0)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ((*LINE, "amount_minor"), 87_501, "A line of matter 2026-0118 on 2026-10-01 shows 87501 instead of 87500."),
        ((*LINE, "rate_minor"), 62_400, "shows 87500 instead of 87360"),
        (("matters", 0, "time", 3, "adjustment_minor"), -1, "no-charge line of matter 2026-0118 on 2026-10-09 also has an adjustment"),
        (("matters", 0, "expenses", 1, "quantity_hundredths"), 28_700, "shows 150150 instead of 150675"),
        (("matters", 0, "fixed_fees", 0, "fee_minor"), 75_001, "shows 75000 instead of 75001"),
        (("matters", 0, "discounts", 0, "amount_minor"), -36_462, "discounts_minor of matter 2026-0118 is -36463 instead of -36462"),
        (("matters", 0, "taxes", 0, "amount_minor"), 2_354, "tax_minor of matter 2026-0118 is 2355 instead of 2354"),
        (("totals", "total_minor"), 878_623, "total_minor of the invoice is 878623 instead of 878622"),
        (("totals", "quantity_hundredths"), 1_461, "quantity_hundredths of the invoice"),
        (("timekeepers", 0, "quantity_hundredths"), 859, "timekeeper summary"),
        (("account", "payments_minor"), 1, "Payments since is 1 instead of 3000000"),
        (("account", "previous_balance_minor"), 0, "Total due is"),
        (("account", "this_invoice_minor"), 0, "This invoice in the account is 0 instead of 878622"),
        (("trust", 0, "movements", 1, "balance_minor"), 1, "The trust balance after T-1187 is 1 instead of 1000000"),
        (("trust", 0, "closing_minor"), 1, "The closing trust balance"),
        (("trust", 0, "replenishment", "held_minor"), 1, "The trust balance held is 1 instead of 925000"),
        (("trust", 0, "replenishment", "requested_minor"), 1, "The replenishment requested is 1 instead of 575000"),
        (("due_on",), "2026-11-01", "due before it is issued"),
        (("billed_from",), "2026-11-01", "billed from a later day than through"),
    ],
)
def test_one_changed_figure_is_found_and_named(path, value, sentence):
    changed = InvoiceSnapshot.from_json(_with(path, value))
    with pytest.raises(InvariantBroken, match=r"Invoice 2026-0417 does not add up") as caught:
        changed.check()
    assert sentence in str(caught.value)


QUANTITY = st.integers(0, 100_000)
LINES = st.builds(
    ExpenseLine,
    on=st.just(date(2026, 1, 31)),
    code=st.sampled_from(["E101", ""]),
    description=st.text(max_size=10),
    quantity_hundredths=QUANTITY,
    unit_minor=st.integers(-(10**9), 10**9),
    amount_minor=st.integers(-(10**9), 10**9),
)


@given(st.lists(LINES, max_size=5), st.integers(-(10**9), 0))
def test_any_lines_add_up_and_come_back_from_storage(lines, discount):
    section = MatterSection(
        matter_id=1,
        number="1",
        name="m",
        expenses=tuple(replace(line, amount_minor=line.gross_minor) for line in lines),
        discounts=(DiscountLine("d", discount),),
    )
    invoice = invoice_snapshot(replace(section, totals=total_of(section)))
    invoice.check()
    assert InvoiceSnapshot.from_json(json.loads(invoice.as_text())) == invoice
