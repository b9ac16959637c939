"""Client money: never below zero at any point, never to cash, never between clients, and only from a matter's ledger to an invoice."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InsufficientTrustFunds, InvalidInput, NotAllowed, Refused
from lexapp.domain.trust import (
    MAY,
    LedgerFacts,
    Movement,
    Point,
    TrustAction,
    TrustLedgerKind,
    available,
    balance_on,
    check_action,
    check_application,
    check_effective_on,
    check_movement,
    check_transfer,
    lowest_point,
    points,
)

MARCH_3, MARCH_10, MARCH_20 = date(2026, 3, 3), date(2026, 3, 10), date(2026, 3, 20)
LEDGER = [Movement(MARCH_3, 1, 100_000), Movement(MARCH_10, 2, -75_000), Movement(MARCH_20, 3, 50_000)]


def test_a_withdrawal_of_all_that_is_there_passes_and_one_cent_more_is_refused():
    check_movement(LEDGER, Movement(MARCH_20, 4, -75_000), currency="USD")
    with pytest.raises(InsufficientTrustFunds) as refused:
        check_movement(LEDGER, Movement(MARCH_20, 4, -75_001), currency="USD")
    assert refused.value.message == (
        "This trust ledger has $750.00 available on Mar 20, 2026. Enter that amount or less, or record the deposit first."
    )
    assert refused.value.field == "amount"


def test_a_withdrawal_dated_back_is_limited_by_the_lowest_later_balance_not_by_its_own_day():
    with pytest.raises(InsufficientTrustFunds) as refused:
        check_movement(LEDGER, Movement(MARCH_3, 4, -25_001), currency="USD")
    assert refused.value.message == (
        "Only $250.00 can leave this trust ledger on Mar 3, 2026, because its balance falls to $250.00 on Mar 10, 2026. "
        "Enter that amount or less."
    )
    check_movement(LEDGER, Movement(MARCH_3, 4, -25_000), currency="USD")


def test_a_later_deposit_does_not_cover_a_withdrawal_before_it():
    late = [Movement(MARCH_20, 1, 50_000)]
    with pytest.raises(InsufficientTrustFunds, match=r"no money available on Mar 10, 2026\. Record the deposit first\."):
        check_movement(late, Movement(MARCH_10, 2, -1), currency="USD")


def test_where_everything_is_needed_later_nothing_can_leave():
    spent = [Movement(MARCH_3, 1, 100), Movement(MARCH_10, 2, -100)]
    with pytest.raises(InsufficientTrustFunds, match=r"^Nothing can leave this trust ledger on Mar 3, 2026, .* \$0\.00 on Mar 10"):
        check_movement(spent, Movement(MARCH_3, 3, -1), currency="USD")


def test_amounts_are_told_in_the_decimals_of_their_currency():
    for currency, shown in (("JPY", "¥75,000"), ("KWD", "KWD\N{NO-BREAK SPACE}75.000")):
        with pytest.raises(InsufficientTrustFunds, match=shown):
            check_movement(LEDGER, Movement(MARCH_20, 4, -75_001), currency=currency)


def test_money_in_is_always_right_even_before_the_first_movement():
    check_movement([], Movement(MARCH_3, 1, 1), currency="USD")
    check_movement(LEDGER, Movement(date(2020, 2, 29), 9, 1), currency="USD")


def test_the_lowest_point_is_the_earliest_of_the_lowest():
    assert lowest_point([]) is None
    assert lowest_point(reversed(LEDGER)) == Point(MARCH_10, 2, 25_000)
    assert [point.balance_minor for point in points(LEDGER)] == [100_000, 25_000, 75_000]
    assert [balance_on(LEDGER, day) for day in (date(2026, 3, 2), MARCH_3, MARCH_10, date.max)] == [0, 100_000, 25_000, 75_000]


DAYS = st.integers(0, 6).map(lambda offset: MARCH_3 + timedelta(days=offset))
AMOUNT = st.integers(-60, 100)


def _never_negative(movements):
    """The rule as an auditor would check it: walk through time with a pencil."""
    balance = 0
    for movement in sorted(movements, key=lambda m: (m.effective_on, m.sequence)):
        balance += movement.amount_minor
        if balance < 0:
            return False
    return True


@given(st.lists(st.tuples(DAYS, AMOUNT), max_size=14))
def test_what_is_accepted_is_exactly_what_never_goes_below_zero(attempts):
    ledger: list[Movement] = []
    for sequence, (day, amount) in enumerate(attempts, start=1):
        new = Movement(day, sequence, amount)
        accepted = True
        try:
            check_movement(ledger, new, currency="USD")
        except InsufficientTrustFunds:
            accepted = False
        assert accepted == (amount >= 0 or _never_negative([*ledger, new]))
        ledger += [new] if accepted else []
    assert _never_negative(ledger)


@given(st.lists(st.tuples(DAYS, AMOUNT), max_size=10), DAYS)
def test_what_is_available_is_the_largest_amount_that_may_leave(attempts, day):
    ledger: list[Movement] = []
    for sequence, (on, amount) in enumerate(attempts, start=1):
        ledger += [new] if _never_negative([*ledger, new := Movement(on, sequence, amount)]) else []
    largest = max(n for n in range(1_100) if n == 0 or _never_negative([*ledger, Movement(day, 99, -n)]))
    assert available(ledger, day) == largest


MATTER = LedgerFacts(1, TrustLedgerKind.MATTER, 2, client_id=7, matter_id=70)
OTHER_MATTER = LedgerFacts(5, TrustLedgerKind.MATTER, 2, client_id=7, matter_id=71)
CLIENT = LedgerFacts(2, TrustLedgerKind.CLIENT, 2, client_id=7)
FIRM = LedgerFacts(3, TrustLedgerKind.FIRM_FUNDS, 2)
UNKNOWN = LedgerFacts(4, TrustLedgerKind.UNIDENTIFIED, 2)
STRANGER = LedgerFacts(6, TrustLedgerKind.MATTER, 2, client_id=8, matter_id=80)


@pytest.mark.parametrize(("kind", "action"), list(itertools.product(TrustLedgerKind, TrustAction)))
def test_each_kind_may_do_what_the_table_says_and_is_told_the_way_otherwise(kind, action):
    allowed = {
        "matter": "deposit apply disburse refund transfer_out transfer_in",
        "client": "deposit refund transfer_out transfer_in",
        "firm_funds": "add_firm_funds charge_bank",
        "unidentified": "deposit refund transfer_out",
    }[kind.value].split()
    assert (action in MAY[kind]) == (action.value in allowed)
    if action.value in allowed:
        check_action(kind, action)
    else:
        with pytest.raises(NotAllowed, match=r"\. \w.*\.$"):
            check_action(kind, action)


AUTHORITY = "Letter of D. Calloway, 2 March 2026"


@pytest.mark.parametrize(
    ("source", "target"),
    [(CLIENT, MATTER), (MATTER, OTHER_MATTER), (MATTER, CLIENT), (UNKNOWN, MATTER), (UNKNOWN, CLIENT)],
)
def test_money_of_one_client_moves_between_its_ledgers_with_an_authority_and_not_without(source, target):
    assert check_transfer(source, target, authority=f"  {AUTHORITY}\n") == AUTHORITY
    for nothing in ("", "   ", "ok", "12345 678"):
        with pytest.raises(InvalidInput, match="on whose authority") as refused:
            check_transfer(source, target, authority=nothing)
        assert refused.value.field == "authority"


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        (MATTER, STRANGER, "never moves to the ledger of another"),
        (CLIENT, STRANGER, "never moves to the ledger of another"),
        (FIRM, MATTER, "firm’s own money never moves"),
        (MATTER, FIRM, "only to the trust ledger of a matter or a client"),
        (MATTER, UNKNOWN, "only to the trust ledger of a matter or a client"),
        (MATTER, MATTER, "already there"),
        (CLIENT, LedgerFacts(9, TrustLedgerKind.MATTER, 3, 7, 70), "different bank accounts"),
    ],
)
def test_other_moves_are_refused_whatever_the_authority(source, target, sentence):
    with pytest.raises(Refused, match=sentence):
        check_transfer(source, target, authority=AUTHORITY)


def test_only_a_matter_pays_an_invoice_and_only_what_it_owes():
    check_application(MATTER, amount_minor=500, due_minor=500, currency="USD")
    with pytest.raises(InvalidInput, match=r"The invoice owes \$5\.00 for this matter\. Enter that amount or less\."):
        check_application(MATTER, amount_minor=501, due_minor=500, currency="USD")
    with pytest.raises(InvalidInput, match="above zero"):
        check_application(MATTER, amount_minor=0, due_minor=500, currency="USD")
    with pytest.raises(NotAllowed, match="no charges for this matter"):
        check_application(MATTER, amount_minor=1, due_minor=None, currency="USD")
    with pytest.raises(NotAllowed, match="Nothing is due"):
        check_application(MATTER, amount_minor=1, due_minor=0, currency="USD")


@pytest.mark.parametrize("ledger", [CLIENT, FIRM, UNKNOWN])
def test_no_other_ledger_pays_an_invoice(ledger):
    with pytest.raises(NotAllowed, match="Only the trust ledger of a matter pays an invoice"):
        check_application(ledger, amount_minor=1, due_minor=500, currency="USD")


TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (date(2026, 3, 11), "Choose a date up to today, Mar 10, 2026"),
        (date(9999, 12, 31), "up to today"),
        (date(2020, 12, 31), "bank account was opened on Jan 1, 2021"),
        (date(1900, 1, 1), "bank account was opened"),
        (date(2026, 1, 31), "matter was opened on Feb 1, 2026"),
    ],
)
def test_a_trust_date_lies_between_the_openings_and_today(on, sentence):
    opened = {"account_opened_on": date(2021, 1, 1), "matter_opened_on": date(2026, 2, 1)}
    with pytest.raises(InvalidInput, match=sentence) as refused:
        check_effective_on(on, today=TODAY, **opened)
    assert refused.value.field == "effective_on"
    check_effective_on(TODAY, today=TODAY, **opened)
    check_effective_on(date(2026, 2, 1), today=TODAY, **opened)
    check_effective_on(date(2021, 1, 1), today=TODAY, account_opened_on=date(2021, 1, 1))
