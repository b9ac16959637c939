"""Trust money goes to somebody with a name that can be read: never to cash, to bearer, or to the firm without an invoice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.trust import check_payee, clean_name, payee_key


@pytest.mark.parametrize(
    "payee",
    [
        "cash",
        "CASH ",
        "c a s h",
        "C-A-S-H",
        "c.a.s.h.",
        "Bearer",
        "b e a r e r",
        "Cash or Bearer",
        "Pay to bearer",
        "to the order of CASH",
        "petty cash",
        "ｃａｓｈ",
        "сash",
        "саѕһ",
        "c\u0336a\u0336s\u0336h\u0336",
        "cásh",
        "c\u00a0ash",
    ],
)
def test_trust_money_never_goes_to_cash_or_bearer(payee):
    with pytest.raises(InvalidInput, match="never paid to cash or bearer") as refused:
        check_payee(payee)
    assert refused.value.field == "payee"


@pytest.mark.parametrize("payee", ["", "   ", "\u00a0", "-", "...", "!!!", "\u0301"])
def test_a_payee_needs_a_name(payee):
    with pytest.raises(InvalidInput, match="Type the name"):
        check_payee(payee)


@pytest.mark.parametrize(
    "payee",
    [
        "J\u202edoe",
        "J\u200bDoe",
        "J\u2066Doe",
        "Jane\nDoe",
        "Jane\x00",
        "Jane\tDoe",
        "\ud800 Doe",
        "Jane\u2028Doe",
        "\ufeffJ",
        "c\u200bash",
    ],
)
def test_a_payee_has_no_characters_that_cannot_be_seen(payee):
    with pytest.raises(InvalidInput, match="cannot be seen"):
        check_payee(payee)


def test_a_payee_is_not_longer_than_the_field_of_a_cheque():
    assert check_payee("x" * 200)
    with pytest.raises(InvalidInput, match="200 characters"):
        check_payee("x" * 201)


@pytest.mark.parametrize(
    "payee",
    [
        "Harbor Reporting, Inc.",
        "Johnny Cash",
        "Cash Converters",
        "Cashmere Ltd",
        "Bearer & Hart LLP",
        "Zoë Müller",
        "李小龙",
        "Оля Петрова",
        "3M",
    ],
)
def test_people_and_organisations_are_paid_under_their_names(payee):
    assert check_payee(f"  {payee} ") == payee


def test_the_firm_is_paid_only_through_an_invoice_however_its_name_is_typed():
    for typed in ("Aldermere & Pryce LLP", "aldermere pryce llp", "ALDERMERE  &  PRYCE  L.L.P."):
        with pytest.raises(InvalidInput, match="Apply the money to the invoice"):
            check_payee(typed, firm_name="Aldermere & Pryce LLP")
    assert check_payee("Pryce", firm_name="Aldermere & Pryce LLP") == "Pryce"


def test_names_are_trimmed_and_composed_and_lookalikes_share_a_key():
    assert clean_name("  Zoe\u0308   Mu\u0308ller ", field="source") == "Zoë Müller"
    assert payee_key("Harbor Reporting") == payee_key("H\u0430rb\u043er  reporting.")
    with pytest.raises(InvalidInput) as refused:
        clean_name("", field="source")
    assert refused.value.field == "source"


@given(st.text(max_size=250))
def test_any_text_is_a_clean_payee_or_a_refusal(text):
    try:
        name = check_payee(text)
    except InvalidInput:
        return
    assert name == name.strip()
    assert 0 < len(name) <= 200
    assert name.isprintable()
    assert check_payee(name) == name
