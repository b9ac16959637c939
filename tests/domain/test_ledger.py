"""The ledger's builders, held against the tables of docs/ledger.md and against the laws of double entry."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.ledger import (
    CHART,
    EVENTS,
    GENESIS_HASH,
    EntryFacts,
    LedgerKey,
    MatterCharges,
    Posting,
    Postings,
    canonical_bytes,
    chain_hash,
    check_balanced,
    expense_hard_recorded,
    invoice_issued,
    reverse,
    trust_applied,
    trust_bank_charged,
    trust_deposit_returned,
    trust_firm_funds_added,
    trust_transferred,
)
from tests.markdown_tables import table_under

MATTER_LEDGER = LedgerKey(trust_ledger_id=31, bank_account_id=2, client_id=7, matter_id=70)
CLIENT_LEDGER = LedgerKey(trust_ledger_id=32, bank_account_id=2, client_id=7)
FIRM_LEDGER = LedgerKey(trust_ledger_id=33, bank_account_id=2)
FULL_CHARGES = MatterCharges(70, 7, fees_minor=900, hard_costs_minor=300, costs_written_down_minor=50, cost_income_minor=40, tax_minor=81)

# What each row of the table says, as arguments for its builder: one example with every leg, the bracketed ones included.
EXAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("invoice.issued", "receivable"): {"payer_id": 9, "matters": [FULL_CHARGES]},
    ("invoice.credited", "fee_income"): {
        "payer_id": 9,
        "client_id": 7,
        "matter_id": 70,
        "fees_minor": 500,
        "cost_income_minor": 40,
        "written_down_minor": 60,
        "tax_minor": 50,
    },
    ("expense.hard_recorded", "advanced_costs"): {"amount_minor": 500, "client_id": 7, "matter_id": 70},
    ("expense.hard_recorded", "costs_expense"): {"amount_minor": 500, "client_id": 7, "matter_id": 70, "billable": False},
    ("payment.received", "operating_bank"): {"amount_minor": 500, "payer_id": 9, "bank_account_id": 1},
    ("payment.applied", "client_credit"): {"amount_minor": 500, "payer_id": 9, "matter_id": 70},
    ("payment.discounted", "early_discounts"): {"amount_minor": 500, "payer_id": 9, "client_id": 7, "matter_id": 70},
    ("payment.refunded", "client_credit"): {"amount_minor": 500, "payer_id": 9, "bank_account_id": 1},
    ("trust.deposited", "trust_bank"): {"amount_minor": 500, "ledger": MATTER_LEDGER},
    ("trust.applied", "trust_liability"): {
        "amount_minor": 500,
        "ledger": MATTER_LEDGER,
        "payer_id": 9,
        "operating_bank_account_id": 1,
    },
    ("trust.refunded", "trust_liability"): {"amount_minor": 500, "ledger": MATTER_LEDGER},
    ("trust.disbursed", "trust_liability"): {"amount_minor": 500, "ledger": MATTER_LEDGER},
    ("trust.transferred", "trust_liability"): {"amount_minor": 500, "source": CLIENT_LEDGER, "target": MATTER_LEDGER},
    ("trust.deposit_returned", "trust_liability"): {"amount_minor": 500, "covered_minor": 300, "ledger": MATTER_LEDGER},
    ("trust.shortage_covered", "trust_bank"): {"amount_minor": 500, "trust_bank_account_id": 2, "operating_bank_account_id": 1},
    ("trust.firm_funds_added", "trust_bank"): {"amount_minor": 500, "ledger": FIRM_LEDGER, "operating_bank_account_id": 1},
    ("trust.bank_charged", "trust_liability"): {"amount_minor": 500, "covered_minor": 300, "ledger": FIRM_LEDGER},
}


ROLE = re.compile("[a-z_]+")
EVENT_ROWS = [(row["Event"], ROLE.findall(row["Debit"]), ROLE.findall(row["Credit"])) for row in table_under("ledger.md", "Events")]


@pytest.mark.parametrize(("code", "debited", "credited"), EVENT_ROWS, ids=[f"{code} {debits[0]}" for code, debits, _ in EVENT_ROWS])
def test_a_row_of_the_table_is_what_its_builder_posts(code: str, debited: list[str], credited: list[str]) -> None:
    postings = EVENTS[code].build(**EXAMPLES[code, debited[0]])
    check_balanced(postings)
    assert Counter(p.account for p in postings if p.amount_minor > 0) == Counter(debited)
    assert Counter(p.account for p in postings if p.amount_minor < 0) == Counter(credited)


def test_the_table_has_every_event_and_no_other() -> None:
    assert {(code, debits[0]) for code, debits, _ in EVENT_ROWS} == set(EXAMPLES)
    assert {code for code, _, _ in EVENT_ROWS} == set(EVENTS)
    assert all(code == event.code for code, event in EVENTS.items())


def test_the_chart_in_the_document_is_the_chart_in_the_code() -> None:
    documented = [tuple(row.values()) for row in table_under("ledger.md", "Chart of accounts")]
    coded = [(d.number, role, d.kind.value, "yes" if d.per_bank_account else "no", d.name) for role, d in CHART.items()]
    assert documented == coded
    assert len({number for number, *_ in documented}) == len(documented)


def test_assets_and_expenses_grow_by_debit_liabilities_and_income_by_credit() -> None:
    growing = {role for role, definition in CHART.items() if definition.kind.grows_by_debit}
    assert {"trust_bank", "receivable", "bank_charges", "costs_written_down"} <= growing
    assert not growing & {"trust_liability", "client_credit", "fee_income", "tax_payable"}


AMOUNTS = st.integers(min_value=1, max_value=10**15)
SIGNED = st.integers(min_value=-(10**15), max_value=10**15)
COSTS = st.integers(min_value=0, max_value=10**15)
CHARGES = st.builds(MatterCharges, st.integers(1, 9), st.integers(1, 9), SIGNED, SIGNED, COSTS, SIGNED, SIGNED)


OF_ONE_AMOUNT = sorted(key for key, given in EXAMPLES.items() if "amount_minor" in given)


@given(st.sampled_from(OF_ONE_AMOUNT), AMOUNTS, st.data())
def test_every_builder_balances_for_any_amount_and_its_reversal_undoes_it(key: tuple[str, str], amount: int, data: st.DataObject) -> None:
    arguments = EXAMPLES[key] | {"amount_minor": amount}
    if "covered_minor" in arguments:
        arguments["covered_minor"] = data.draw(st.integers(0, amount))
    _check_pair(EVENTS[key[0]].build(**arguments))


@given(st.lists(CHARGES, max_size=4))
def test_an_invoice_balances_for_any_charges_and_each_matter_is_owed_its_total(charges: list[MatterCharges]) -> None:
    postings = invoice_issued(payer_id=9, matters=charges)
    if postings:
        _check_pair(postings)
    owed = Counter[int | None]()
    for posting in postings:
        owed[posting.matter_id] += posting.amount_minor if posting.account == "receivable" else 0
    expected = Counter[int | None]()
    for charge in charges:
        expected[charge.matter_id] += charge.total_minor
    assert {k: v for k, v in owed.items() if v} == {k: v for k, v in expected.items() if v}


PARTS = st.integers(min_value=0, max_value=10**15)


@given(AMOUNTS, PARTS, PARTS, PARTS)
def test_a_credit_note_balances_for_any_parts_and_takes_its_total_off_the_payer(fees: int, income: int, lost: int, tax: int) -> None:
    given = {"fees_minor": fees, "cost_income_minor": income, "written_down_minor": lost, "tax_minor": tax}
    postings = EVENTS["invoice.credited"].build(payer_id=9, client_id=7, matter_id=70, **given)
    _check_pair(postings)
    assert [(p.client_id, p.amount_minor) for p in postings if p.account == "receivable"] == [(9, -(fees + income + lost + tax))]
    assert {p.client_id for p in postings if p.account != "receivable"} == {7}


def _check_pair(postings: Postings) -> None:
    check_balanced(postings)
    undone = reverse(postings)
    check_balanced(undone)
    assert reverse(undone) == postings
    sums = Counter[tuple[Any, ...]]()
    for p in (*postings, *undone):
        sums[p.account, p.client_id, p.matter_id, p.bank_account_id, p.trust_ledger_id] += p.amount_minor
    assert not any(sums.values())


def test_an_invoice_of_no_charge_work_only_has_no_postings() -> None:
    assert invoice_issued(payer_id=9, matters=[MatterCharges(70, 7)]) == ()


def test_a_hard_cost_billed_below_cost_leaves_the_asset_whole_and_books_the_difference() -> None:
    postings = invoice_issued(payer_id=9, matters=[MatterCharges(70, 7, hard_costs_minor=300, costs_written_down_minor=50)])
    assert {p.account: p.amount_minor for p in postings} == {"receivable": 250, "costs_written_down": 50, "advanced_costs": -300}


def test_the_receivable_names_the_payer_and_the_income_names_the_client() -> None:
    postings = invoice_issued(payer_id=9, matters=[FULL_CHARGES])
    assert {p.account: p.client_id for p in postings if p.account in ("receivable", "fee_income")} == {"receivable": 9, "fee_income": 7}
    assert {p.matter_id for p in postings} == {70}


def test_a_returned_deposit_that_the_ledger_covers_makes_no_shortage() -> None:
    covered = trust_deposit_returned(amount_minor=500, covered_minor=500, ledger=MATTER_LEDGER)
    assert [p.account for p in covered] == ["trust_liability", "trust_bank"]
    bare = trust_deposit_returned(amount_minor=500, covered_minor=0, ledger=MATTER_LEDGER)
    assert [p.account for p in bare] == ["trust_shortage", "trust_bank"]


@pytest.mark.parametrize("amount", [0, -1, True, 1.5])
def test_an_event_needs_whole_units_above_zero(amount: Any) -> None:
    with pytest.raises(InvariantBroken, match="above zero"):
        expense_hard_recorded(amount_minor=amount, client_id=7, matter_id=70)


def test_builders_refuse_ledgers_that_may_not_take_part() -> None:
    with pytest.raises(InvariantBroken, match="Only the trust ledger of a matter pays"):
        trust_applied(amount_minor=1, ledger=CLIENT_LEDGER, payer_id=9, operating_bank_account_id=1)
    with pytest.raises(InvariantBroken, match="not to a client’s"):
        trust_bank_charged(amount_minor=1, covered_minor=1, ledger=CLIENT_LEDGER)
    with pytest.raises(InvariantBroken, match="not to a client’s"):
        trust_firm_funds_added(amount_minor=1, ledger=MATTER_LEDGER, operating_bank_account_id=1)


def test_builders_refuse_amounts_and_pairs_that_cannot_be() -> None:
    with pytest.raises(InvariantBroken, match="two ledgers of the same bank account"):
        trust_transferred(amount_minor=1, source=MATTER_LEDGER, target=MATTER_LEDGER)
    with pytest.raises(InvariantBroken, match="two ledgers of the same bank account"):
        trust_transferred(amount_minor=1, source=CLIENT_LEDGER, target=LedgerKey(40, 3, 7, 70))
    with pytest.raises(InvariantBroken, match="between nothing and 5"):
        trust_deposit_returned(amount_minor=5, covered_minor=6, ledger=MATTER_LEDGER)
    with pytest.raises(InvariantBroken, match="mark-up belongs to cost income"):
        invoice_issued(payer_id=9, matters=[MatterCharges(70, 7, costs_written_down_minor=-1)])


GOOD = (Posting("operating_bank", 5, bank_account_id=1), Posting("client_credit", -5, 9))


@pytest.mark.parametrize(
    ("postings", "sentence"),
    [
        ((), "at least two postings"),
        (GOOD[:1], "at least two postings"),
        ((*GOOD, Posting("receivable", 0, 9, 70)), "other than zero"),
        ((*GOOD, Posting("receivable", True, 9, 70)), "whole minor units"),
        ((*GOOD, Posting("receivable", 1, 9, 70)), "sum to 1"),
        ((*GOOD, Posting("cash", 1)), "no account role 'cash'"),
        ((Posting("operating_bank", 5), GOOD[1]), "must name its bank account"),
        ((Posting("trust_shortage", 5), GOOD[1]), "must name its bank account"),
        ((Posting("trust_liability", 5, 7, 70, 2), GOOD[1]), "name a trust ledger"),
        ((GOOD[0], Posting("client_credit", -5, 9, trust_ledger_id=31)), "name a trust ledger"),
        ((MATTER_LEDGER.posting(5), Posting("receivable", -5, 9, 70)), "Trust bank account 2 and what it owes differ by 5"),
        ((MATTER_LEDGER.posting(5), Posting("trust_bank", -5, bank_account_id=3)), "Trust bank account 2 and what it owes differ by 5"),
    ],
)
def test_postings_that_may_not_become_an_entry_are_named(postings: Postings, sentence: str) -> None:
    with pytest.raises(InvariantBroken, match=re.escape(sentence)):
        check_balanced(postings)


ENTRY = EntryFacts(1, 1, "payment.received", date(2026, 2, 28), datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC), 12, None, GOOD)


def test_canonical_bytes_are_these_exact_bytes() -> None:
    assert canonical_bytes(ENTRY) == (
        b'{"command":12,"effective_on":"2026-02-28","event":"payment.received","firm":1,"postings":[["client_credit",-5,9,0,0,0],'
        b'["operating_bank",5,0,0,1,0]],"recorded_at":1772323200000001,"reverses":0,"sequence":1,"version":1}'
    )
    assert chain_hash(GENESIS_HASH, canonical_bytes(ENTRY)) == "a5c5b489a990c217c16998a2e53c969585d545ce1b4bd04978f7118799ad559e"


def test_canonical_bytes_do_not_depend_on_posting_order_or_time_zone() -> None:
    local = ENTRY.recorded_at.astimezone(timezone(timedelta(hours=14)))
    same = EntryFacts(1, 1, ENTRY.event, ENTRY.effective_on, local, 12, None, GOOD[::-1])
    assert canonical_bytes(same) == canonical_bytes(ENTRY)


@pytest.mark.parametrize(
    "changed",
    [
        {"firm_id": 2},
        {"sequence": 2},
        {"event": "payment.refunded"},
        {"effective_on": date(2026, 3, 1)},
        {"recorded_at": datetime(2026, 3, 1, tzinfo=UTC)},
        {"command_id": 13},
        {"reverses_id": 4},
        {"postings": reverse(GOOD)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_fact_of_an_entry_changes_its_hash_and_those_after_it(changed: dict[str, Any]) -> None:
    facts = {name: getattr(ENTRY, name) for name in EntryFacts.__slots__} | changed
    first = chain_hash(GENESIS_HASH, canonical_bytes(ENTRY))
    other = chain_hash(GENESIS_HASH, canonical_bytes(EntryFacts(**facts)))
    assert first != other
    assert chain_hash(first, b"next") != chain_hash(other, b"next")


def test_the_chain_refuses_a_naive_instant_and_a_short_hash() -> None:
    naive = EntryFacts(1, 1, ENTRY.event, ENTRY.effective_on, datetime(2026, 3, 1), 12, None, GOOD)  # noqa: DTZ001
    with pytest.raises(InvariantBroken, match="time zone"):
        canonical_bytes(naive)
    with pytest.raises(InvariantBroken, match="64 hex digits"):
        chain_hash("abc", b"")
