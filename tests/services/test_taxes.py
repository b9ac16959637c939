"""Taxes: from the setting to the line on the invoice, the snapshot and the account of what is owed to the authority."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.integrations.documents import invoice_html
from lexapp.models import Account, Invoice, InvoiceMatter, Posting, Tax
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.verification import verify
from lexapp.services.invoices import void_invoice
from lexapp.services.taxes import NewTax, add_tax, end_tax, remove_tax
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_firm, make_matter, make_member, make_world

GST = NewTax(name="GST", rate_millionths=50_000, on_fees=True, on_expenses=True, effective_from=OPENED, registration_number="RT0001")
PST = NewTax(name="PST", rate_millionths=99_750, on_fees=True, on_expenses=False, effective_from=OPENED)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def charge(session: Session, world: World, tax: NewTax) -> Tax:
    return add_tax(session, actor=world.owner, tax=tax, now=NOW)


def issued(session: Session, world: World, on: date = TODAY) -> Invoice:
    """600.00 of time, 250.00 fixed, and 120.05 of expenses."""
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    billing.charge_fixed_fee(session, world, matter, 250_00)
    billing.spend(session, world, matter, 120_05)
    return billing.issue(session, world, matter, issued_on=on)[0]


def owed(session: Session, world: World) -> int:
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).join(Account, Account.id == Posting.account_id)
    return -int(session.scalar(query.where(Posting.firm_id == world.firm_id, Account.role == "tax_payable")) or 0)


def test_two_taxes_are_charged_printed_frozen_and_owed(session: Session, world: World):
    charge(session, world, GST)
    charge(session, world, PST)
    invoice = issued(session, world)
    assert (invoice.fees_minor, invoice.costs_minor, invoice.tax_minor) == (850_00, 120_05, 48_50 + 84_79)
    assert invoice.total_minor == 850_00 + 120_05 + 48_50 + 84_79
    assert session.scalars(select(InvoiceMatter.tax_minor)).one() == invoice.tax_minor
    assert owed(session, world) == invoice.tax_minor
    snapshot = frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot
    assert [(one.name, one.base_minor, one.amount_minor, one.number) for one in snapshot.matters[0].taxes] == [
        ("GST", 970_05, 48_50, "RT0001"),
        ("PST", 850_00, 84_79, ""),
    ]
    printed = invoice_html(snapshot)
    assert "GST no. RT0001, 5% of 970.05 (fees and expenses)" in printed
    assert "PST, 9.975% of 850.00 (fees)" in printed
    assert "rounded once" in printed


def test_an_invoice_without_taxes_says_nothing_of_them(session: Session, world: World):
    invoice = issued(session, world)
    assert invoice.tax_minor == 0
    assert "rounded once" not in invoice_html(frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot)


def test_the_date_of_the_invoice_decides_and_issued_ones_keep_theirs(session: Session, world: World):
    charge(session, world, GST)
    before = issued(session, world, TODAY - timedelta(days=1))
    charge(session, world, NewTax(name="GST", rate_millionths=60_000, on_fees=True, on_expenses=True, effective_from=TODAY))
    after, earlier = issued(session, world, TODAY), issued(session, world, TODAY - timedelta(days=1))
    assert [one.tax_minor for one in (before, after, earlier)] == [48_50, 58_20, 48_50]


def test_voiding_gives_the_tax_back(session: Session, world: World):
    charge(session, world, GST)
    invoice = issued(session, world)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    assert owed(session, world) == 0


def test_each_payer_of_a_split_matter_owes_the_tax_on_their_share(session: Session, world: World):
    charge(session, world, GST)
    matter = make_matter(session, world.owner)
    other = make_client(session, world.owner, "Halvorsen Dairy")
    billing.share_matter(session, world, matter, {matter.client_id or 0: 5_000, other.id: 5_000})
    billing.work_time(session, world, matter, 10, 250_10)
    bills = billing.issue(session, world, matter)
    assert sorted((one.fees_minor, one.tax_minor) for one in bills) == [(12_50, 63), (12_51, 63)]


@given(
    st.lists(st.tuples(st.integers(1, 900), st.integers(1, 90_000)), min_size=1, max_size=4),
    st.integers(0, 300_000),
    st.integers(0, 300_000),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_billed_the_invoice_adds_up(session: Session, world: World, work: list[tuple[int, int]], first: int, second: int):
    session.rollback()
    with transaction(session, world.firm_id):
        session.execute(delete(Tax))
    charge(session, world, NewTax(name="A", rate_millionths=first, on_fees=True, on_expenses=False, effective_from=OPENED))
    charge(session, world, NewTax(name="B", rate_millionths=second, on_fees=True, on_expenses=True, effective_from=OPENED))
    matter = make_matter(session, world.owner)
    for hundredths, rate in work:
        billing.work_time(session, world, matter, hundredths, rate)
    (invoice,) = billing.issue(session, world, matter)
    assert invoice.total_minor == invoice.fees_minor + invoice.costs_minor + invoice.tax_minor
    assert verify(session, world.firm_id) == []


# ── the settings themselves ──────────────────────────────────────────────────────────────────────


def test_a_new_rate_of_a_name_ends_the_one_before_and_ends_before_the_next(session: Session, world: World):
    first = charge(session, world, GST)
    later = charge(session, world, NewTax(**{**_values(GST), "effective_from": date(2027, 7, 1)}))
    between = charge(session, world, NewTax(**{**_values(GST), "effective_from": date(2027, 1, 1)}))
    assert [(one.effective_from, one.effective_to) for one in (first, between, later)] == [
        (OPENED, date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 6, 30)),
        (date(2027, 7, 1), None),
    ]


def _values(tax: NewTax) -> dict[str, object]:
    return {name: getattr(tax, name) for name in tax.__slots__}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"rate_millionths": -1}, "rate"),
        ({"rate_millionths": 1_000_001}, "rate"),
        ({"on_fees": False, "on_expenses": False}, "on_fees"),
        ({}, "effective_from"),
        ({"name": "HST", "country": "CANADA"}, "country"),
        ({"name": "HST", "country": "CA", "regions": ("O!",)}, "regions"),
        ({"name": "HST", "regions": ("ON",)}, "country"),
        ({"name": "HST", "on_top_of": "VAT"}, "on_top_of"),
        ({"name": "HST", "on_top_of": "PST"}, "on_fees"),
        ({"name": "HST", "is_included": True}, "is_included"),
        ({"country": "CA", "effective_from": TODAY}, "regions"),
        ({"name": "HST", "effective_to": OPENED - timedelta(days=1)}, "effective_to"),
    ],
)
def test_a_tax_that_cannot_be_is_refused_beside_its_field(session: Session, world: World, changed: dict[str, object], field: str):
    charge(session, world, GST)
    charge(session, world, PST)
    with pytest.raises(InvalidInput) as refusal:
        charge(session, world, NewTax(**{**_values(GST), **changed}))
    assert refusal.value.field == field
    assert session.scalar(select(func.count(Tax.id))) == 2


def test_a_tax_ends_and_the_next_invoice_does_not_charge_it(session: Session, world: World):
    tax = charge(session, world, GST)
    with pytest.raises(InvalidInput):
        end_tax(session, actor=world.owner, tax_id=tax.id, version=tax.version, effective_to=OPENED - timedelta(days=1), now=NOW)
    end_tax(session, actor=world.owner, tax_id=tax.id, version=tax.version, effective_to=TODAY - timedelta(days=1), now=NOW)
    with pytest.raises(InvalidInput):
        end_tax(session, actor=world.owner, tax_id=tax.id, version=tax.version, effective_to=TODAY, now=NOW)
    assert issued(session, world).tax_minor == 0


def test_a_mistake_is_taken_out_and_what_was_charged_is_not(session: Session, world: World):
    mistake = charge(session, world, GST)
    remove_tax(session, actor=world.owner, tax_id=mistake.id, version=mistake.version, now=NOW)
    tax = charge(session, world, GST)
    issued(session, world)
    with pytest.raises(NotAllowed, match="End it instead"):
        remove_tax(session, actor=world.owner, tax_id=tax.id, version=tax.version, now=NOW)


def test_a_command_sent_twice_adds_one_tax(session: Session, world: World):
    for _ in range(2):
        add_tax(session, actor=world.owner, tax=GST, key="key-tax-0001", now=NOW)
    assert session.scalar(select(func.count(Tax.id))) == 1


def test_only_who_may_and_only_in_their_own_firm(session: Session, world: World):
    with pytest.raises(NotAllowed):
        add_tax(session, actor=make_member(session, world.owner, Role.BOOKKEEPER), tax=GST, now=NOW)
    tax_id = charge(session, world, GST).id
    outsider = make_firm(session, "Quillfeather & Lind")
    for deed in (remove_tax, end_tax):
        extra = {"effective_to": TODAY} if deed is end_tax else {}
        with pytest.raises(NotFound):
            deed(session, actor=outsider, tax_id=tax_id, version=1, now=NOW, **extra)  # type: ignore[operator]
