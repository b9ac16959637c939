"""Taxes of a place, exemptions, prices that contain tax, worked sets: from the setting to the frozen invoice and the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.domain.tax.sets import EU_REVERSE_CHARGE
from lexapp.integrations.documents import invoice_html
from lexapp.models import Account, AuditEvent, Client, Firm, Invoice, Matter, Posting, Tax, TaxExemption
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.verification import verify
from lexapp.services.invoices import void_invoice
from lexapp.services.tax_exemptions import NewExemption, add_exemption, end_exemption, remove_exemption
from lexapp.services.taxes import NewTax, add_tax, adopt_tax_set
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, make_firm, make_matter, make_member, make_world

VAT = NewTax(name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=OPENED, country="GB")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def put(session: Session, model: type[Any], record_id: int, **values: object) -> None:
    with transaction(session, session.get_one(model, record_id).firm_id if model is not Firm else record_id):
        for name, value in values.items():
            setattr(session.get_one(model, record_id), name, value)


def issued(session: Session, world: World, matter: Matter | None = None) -> tuple[Invoice, InvoiceSnapshot]:
    """600.00 of time, 250.00 fixed, and 120.05 of expenses."""
    matter = matter or make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    billing.charge_fixed_fee(session, world, matter, 250_00)
    billing.spend(session, world, matter, 120_05)
    (invoice,) = billing.issue(session, world, matter, issued_on=TODAY)
    assert verify(session, world.firm_id) == []
    return invoice, frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot


def booked(session: Session, world: World, role: str) -> int:
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).join(Account, Account.id == Posting.account_id)
    return -int(session.scalar(query.where(Posting.firm_id == world.firm_id, Account.role == role)) or 0)


def test_the_matters_place_goes_before_the_clients_and_that_before_the_firms(session: Session, world: World):
    adopt_tax_set(session, actor=world.owner, code="canada", now=NOW)
    put(session, Firm, world.firm_id, country="CA", region="AB")
    matter = make_matter(session, world.owner)
    names = []
    for model, record_id, region in ((None, 0, ""), (Client, matter.client_id, "ON"), (Matter, matter.id, "QC")):
        if model is not None:
            put(session, model, record_id or 0, country="CA", region=region)
        names.append([tax.name for tax in issued(session, world, matter)[1].matters[0].taxes])
    assert names == [["GST"], ["HST"], ["GST", "QST"]]


def test_prices_that_contain_the_tax_leave_the_invoice_as_it_is_and_the_rest_is_income(session: Session, world: World):
    add_tax(session, actor=world.owner, tax=replace(VAT, country="", is_included=True), now=NOW)
    invoice, snapshot = issued(session, world)
    assert (invoice.total_minor, invoice.tax_minor, invoice.included_tax_minor) == (970_05, 161_68, 161_68)
    assert invoice.fees_minor + invoice.costs_minor + invoice.tax_minor == 970_05
    assert booked(session, world, "fee_income") == invoice.fees_minor
    assert booked(session, world, "tax_payable") == 161_68
    printed = invoice_html(snapshot)
    assert "Contained in it: VAT, 20% of 808.37 (fees and expenses), rounded once" in printed
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    assert {booked(session, world, role) for role in ("fee_income", "tax_payable", "receivable")} == {0}


def test_a_firm_that_rounds_on_every_line_says_so_on_the_invoice(session: Session, world: World):
    put(session, Firm, world.firm_id, tax_rounding="line", country="GB")
    add_tax(session, actor=world.owner, tax=replace(VAT, rate_millionths=99_750), now=NOW)
    matter = make_matter(session, world.owner)
    for _ in range(3):
        billing.work_time(session, world, matter, 10, 100_10)
    (invoice,) = billing.issue(session, world, matter, issued_on=TODAY)
    snapshot = frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot
    assert (invoice.fees_minor, invoice.tax_minor) == (30_03, 3 * 1_00)
    assert "rounded on every line" in invoice_html(snapshot)
    assert verify(session, world.firm_id) == []


def test_a_tax_on_top_of_another_is_charged_on_it_too(session: Session, world: World):
    add_tax(session, actor=world.owner, tax=replace(VAT, name="GST", country="", rate_millionths=50_000), now=NOW)
    add_tax(session, actor=world.owner, tax=replace(VAT, name="QST", country="", rate_millionths=95_000, on_top_of="GST"), now=NOW)
    _, snapshot = issued(session, world)
    assert [(tax.name, tax.base_minor, tax.amount_minor) for tax in snapshot.matters[0].taxes] == [
        ("GST", 970_05, 48_50),
        ("QST", 1018_55, 96_76),
    ]
    assert "QST, 9.5% of 1,018.55 (fees and expenses and GST)" in invoice_html(snapshot)


REVERSE = NewExemption(kind="reverse_charge", words=EU_REVERSE_CHARGE.words, client_tax_number="FR40303265045", effective_from=OPENED)


def test_a_reverse_charge_charges_nothing_and_prints_its_words_and_the_clients_number(session: Session, world: World):
    add_tax(session, actor=world.owner, tax=replace(VAT, country=""), now=NOW)
    matter = make_matter(session, world.owner)
    add_exemption(session, actor=world.owner, exemption=replace(REVERSE, client_id=matter.client_id), now=NOW)
    invoice, snapshot = issued(session, world, matter)
    printed = invoice_html(snapshot)
    assert invoice.tax_minor == 0
    assert EU_REVERSE_CHARGE.words in printed
    assert "FR40303265045" in printed
    taxed = NewExemption(kind="taxed", effective_from=OPENED, matter_id=matter.id)
    add_exemption(session, actor=world.owner, exemption=taxed, now=NOW)
    assert issued(session, world, matter)[0].tax_minor == 194_01


def test_an_exemption_ends_and_the_tax_is_charged_again(session: Session, world: World):
    add_tax(session, actor=world.owner, tax=replace(VAT, country=""), now=NOW)
    matter = make_matter(session, world.owner)
    row = add_exemption(session, actor=world.owner, exemption=replace(REVERSE, matter_id=matter.id), now=NOW)
    with pytest.raises(Conflict):
        end_exemption(session, actor=world.owner, exemption_id=row.id, version=7, effective_to=TODAY, now=NOW)
    end_exemption(session, actor=world.owner, exemption_id=row.id, version=1, effective_to=TODAY - timedelta(days=1), now=NOW)
    assert issued(session, world, matter)[0].tax_minor == 194_01
    later = add_exemption(session, actor=world.owner, exemption=replace(REVERSE, matter_id=matter.id, effective_from=TODAY), now=NOW)
    remove_exemption(session, actor=world.owner, exemption_id=later.id, version=1, now=NOW)
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("tax_exemption.%")).order_by(AuditEvent.id)).all()
    assert actions == [f"tax_exemption.{verb}" for verb in ("added", "ended", "added", "removed")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "free"}, "kind"),
        ({"kind": "taxed"}, "kind"),
        ({"words": " "}, "words"),
        ({"words": "x" * 201}, "words"),
        ({"client_tax_number": ""}, "client_tax_number"),
        ({"effective_to": OPENED - timedelta(days=1)}, "effective_to"),
        ({}, "effective_from"),
        ({"client_id": 999_999}, "client_id"),
    ],
)
def test_an_exemption_that_cannot_be_is_refused_beside_its_field(session: Session, world: World, changed: dict[str, Any], field: str):
    client_id = make_matter(session, world.owner).client_id
    add_exemption(session, actor=world.owner, exemption=replace(REVERSE, client_id=client_id), now=NOW)
    with pytest.raises(InvalidInput) as refusal:
        add_exemption(session, actor=world.owner, exemption=replace(REVERSE, **{"client_id": client_id, **changed}), now=NOW)
    assert refusal.value.field == field
    assert session.scalar(select(func.count(TaxExemption.id))) == 1


def test_only_who_may_exempts_and_only_in_their_own_firm(session: Session, world: World):
    exemption = replace(REVERSE, client_id=make_matter(session, world.owner).client_id)
    with pytest.raises(NotAllowed):
        add_exemption(session, actor=make_member(session, world.owner, Role.BOOKKEEPER), exemption=exemption, now=NOW)
    row_id = add_exemption(session, actor=world.owner, exemption=exemption, now=NOW).id
    outsider = make_firm(session, "Quillfeather & Lind")
    with pytest.raises(InvalidInput):
        add_exemption(session, actor=outsider, exemption=exemption, now=NOW)
    with pytest.raises(NotFound):
        remove_exemption(session, actor=outsider, exemption_id=row_id, version=1, now=NOW)


def test_a_set_is_adopted_once_and_the_set_of_none_ends_all(session: Session, world: World):
    assert [adopt_tax_set(session, actor=world.owner, code="canada", now=NOW) for _ in range(2)] == [9, 0]
    assert adopt_tax_set(session, actor=world.owner, code="none", now=NOW) == 8
    put(session, Firm, world.firm_id, country="CA", region="ON")
    assert issued(session, world)[0].tax_minor == 0
    with pytest.raises(NotFound):
        adopt_tax_set(session, actor=world.owner, code="atlantis", now=NOW)


def test_a_set_that_does_not_go_with_what_is_charged_is_refused_as_a_whole(session: Session, world: World):
    add_tax(session, actor=world.owner, tax=replace(VAT, name="GST", country="", rate_millionths=70_000), now=NOW)
    with pytest.raises(InvalidInput, match="GST would have two rates in Canada: AB"):
        adopt_tax_set(session, actor=world.owner, code="canada", now=NOW)
    assert session.scalar(select(func.count(Tax.id))) == 1
