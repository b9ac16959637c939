"""When a matter closes, how large an amount may be, and how numbers are told."""

import pytest

from lexapp.domain.amounts import check_size
from lexapp.domain.closings import check_closing
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.words import counted


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def close(held: int = 0, unbilled: int = 0, hundredths: int = 0, owed: int = 0, *, anyway: bool = False) -> None:
    check_closing(held=usd(held), unbilled=usd(unbilled), unbilled_hundredths=hundredths, owed=usd(owed), anyway=anyway)


def test_a_matter_on_which_nothing_stands_closes():
    close()


@pytest.mark.parametrize("anyway", [False, True])
def test_client_money_keeps_it_open_whatever_is_said(anyway: bool):
    with pytest.raises(NotAllowed, match=r"^\$5\.00 is held in trust for this matter\.") as refusal:
        close(held=5_00, unbilled=1, owed=1, anyway=anyway)
    assert refusal.value.code == "matter_holds_trust"


@pytest.mark.parametrize(
    ("stands", "told"),
    [
        ({"unbilled": 600_00, "hundredths": 120}, r"^\$600\.00 of work \(1\.20 h\) is not billed\. Settle"),
        ({"hundredths": 50}, r"^\$0\.00 of work \(0\.50 h\) is not billed\."),
        ({"owed": 1}, r"^\$0\.01 is open on its invoices\."),
        ({"unbilled": 2, "owed": 1}, r"^\$0\.02 of work is not billed, and \$0\.01 is open on its invoices\."),
    ],
)
def test_what_is_not_settled_asks_for_a_tick(stands: dict[str, int], told: str):
    with pytest.raises(NotAllowed, match=told) as refusal:
        close(**stands)
    assert refusal.value.field == "anyway"
    close(**stands, anyway=True)


@pytest.mark.parametrize(("currency", "largest"), [("USD", 10**11), ("JPY", 10**9), ("KWD", 10**12)])
def test_more_than_a_billion_whole_units_is_a_slip(currency: str, largest: int):
    check_size(largest, currency)
    check_size(-largest, currency)
    for minor in (largest + 1, -largest - 1):
        with pytest.raises(InvalidInput, match=f"more than 1,000,000,000.* {currency}") as refusal:
            check_size(minor, currency, field="amount")
        assert (refusal.value.field, refusal.value.code) == ("amount", "amount_too_large")


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [(1, "client", "1 client"), (2, "client", "2 clients"), (1, "time entry", "1 time entry"), (1200, "time entry", "1,200 time entries")],
)
def test_numbers_agree_with_their_noun(number: int, noun: str, told: str):
    assert counted(number, noun) == told
