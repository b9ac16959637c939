"""Taxes on a contingency fee: the settlement statement takes them out of the recovery, and its invoice charges the same to the cent."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.contingency import Basis, ContingencyTerms, Referral, Stage, Tier
from lexapp.domain.errors import InvalidInput
from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.settlements import SettlementFigures, SettlementSnapshot
from lexapp.domain.tax.sets import EU_REVERSE_CHARGE
from lexapp.models import Account, Client, ExpenseEntry, Firm, Invoice, Matter, Posting, Recovery
from lexapp.queries.contingency import settlement_steps, statement_of, trust_held
from lexapp.queries.verification import verify
from lexapp.services import contingency as service
from lexapp.services import trust
from lexapp.services.contingency import Consent, OwnTerms, RecoveryFacts
from lexapp.services.tax_exemptions import NewExemption, add_exemption
from lexapp.services.taxes import NewTax, add_tax, adopt_tax_set
from tests.billing import issue, spend
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter, make_world
from tests.trust_money import put_in, usd

REFERRAL = Referral("Hale & Co.", Fraction(1, 4), OPENED)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, make_client(session, world.owner, "Rosa Diaz"), "Diaz v. Harbor Transit")


def put(session: Session, model: type[Any], record_id: int, firm_id: int, **values: object) -> None:
    with transaction(session, firm_id):
        for name, value in values.items():
            setattr(session.get_one(model, record_id), name, value)


def charge_vat(session: Session, world: World, since: date) -> None:
    tax = NewTax(name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=since)
    add_tax(session, actor=world.owner, tax=tax, now=NOW)


def recovered(session: Session, world: World, matter: Matter, *, referral: Referral | None = None, taxed: int = 0, untaxed: int = 0):
    """A third of $100,000.01, with a cost that is taxed and one that is not."""
    tiers = {Stage.TRIAL: (Tier(0, None, Fraction(1, 3)),)}
    terms = OwnTerms(OPENED, terms=ContingencyTerms("USD", Basis.GROSS, tiers, "engagement letter", referral))
    acting = {"actor": world.owner, "now": NOW}
    service.agree_contingency(session, matter_id=matter.id, agreed=terms, **acting)
    costs = [spend(session, world, matter, minor).id for minor in (taxed, untaxed) if minor]
    if untaxed:
        put(session, ExpenseEntry, costs[-1], world.firm_id, is_taxed=False)
    facts = RecoveryFacts(TODAY, 10_000_001, "Harbor Mutual", Stage.TRIAL)
    row = service.record_recovery(session, matter_id=matter.id, facts=facts, **acting)
    return service.choose_costs(session, recovery_id=row.id, version=row.version, expense_entry_ids=costs, **acting)


def approve(session: Session, world: World, row: Recovery) -> SettlementFigures:
    session.refresh(row)
    given = Consent(TODAY, "signed copy")
    row = service.approve_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, given=given, now=NOW)
    return decode(SettlementSnapshot, row.snapshot).figures


def settle(session: Session, world: World, matter: Matter, row: Recovery) -> int:
    """The trust ledger with the recovery in it, of which the statement is settled."""
    ledger_id = put_in(session, world, matter, row.amount_minor).trust_ledger_id or 0
    session.refresh(row)
    service.settle_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, settled_on=TODAY, now=NOW)
    return ledger_id


def paid(figures: SettlementFigures) -> list[tuple[str, str, int]]:
    return [(line.part, line.name, line.paid_minor) for line in figures.lines]


def booked(session: Session, world: World, role: str) -> int:
    query = select(func.coalesce(func.sum(Posting.amount_minor), 0)).join(Account, Account.id == Posting.account_id)
    return -int(session.scalar(query.where(Posting.firm_id == world.firm_id, Account.role == role)) or 0)


def paid_out(session: Session, world: World, row: Recovery, figures: SettlementFigures, invoice: Invoice, ledger_id: int) -> None:
    """Everybody gets what the statement says, and nothing is left in trust."""
    out = {"actor": world.owner, "trust_ledger_id": ledger_id, "effective_on": TODAY, "now": NOW}
    trust.apply_trust_to_invoice(session, invoice_id=invoice.id, amount=usd(invoice.total_minor), **out)
    for line in figures.lines:
        if line.part == "referral":
            trust.disburse_trust(session, amount=usd(line.paid_minor), payee=line.name, method="cheque", purpose="Settlement", **out)
    trust.refund_trust(session, amount=usd(figures.paid_minor("client")), method="cheque", **out)
    assert all(step.done for step in settlement_steps(session, row, figures))
    assert trust_held(session, firm_id=world.firm_id, matter_id=row.matter_id) == 0
    assert verify(session, world.firm_id) == []


def test_vat_from_the_statement_to_the_invoice_the_journal_and_an_empty_trust_ledger(session: Session, world: World, matter: Matter):
    """The referring firm's quarter bears none of the firm's VAT, a court fee stays outside of it."""
    adopt_tax_set(session, actor=world.owner, code="uk", now=NOW)
    put(session, Client, matter.client_id or 0, world.firm_id, country="GB")
    row = recovered(session, world, matter, referral=REFERRAL, taxed=412_055, untaxed=45_500)
    figures = approve(session, world, row)
    assert paid(figures) == [
        ("fee", "Attorney fee", 2_500_000),
        ("referral", "Hale & Co.", 833_334),
        ("costs", "Court fee", 412_055),
        ("costs", "Court fee", 45_500),
        ("tax", "VAT", 582_411),
        ("client", "Client", 5_626_701),
    ]
    assert figures.lines[4].rule == "20 % of the attorney fee and taxed costs, $29,120.55"
    ledger_id = settle(session, world, matter, row)
    (invoice,) = issue(session, world, matter)
    assert (invoice.fees_minor, invoice.costs_minor, invoice.tax_minor) == (2_500_000, 457_555, 582_411)
    assert invoice.total_minor == figures.invoice_minor
    assert booked(session, world, "tax_payable") == 582_411
    paid_out(session, world, row, figures, invoice, ledger_id)
    assert booked(session, world, "receivable") == 0


@pytest.mark.parametrize("rounding", ["invoice", "line"])
@pytest.mark.parametrize(("region", "taxes"), [("QC", ("GST", "QST")), ("BC", ("GST", "PST")), ("ON", ("HST",)), ("AB", ("GST",))])
def test_in_canada_every_province_taxes_the_statement_as_its_invoice(
    session: Session, world: World, matter: Matter, region: str, taxes: tuple[str, ...], rounding: str
):
    adopt_tax_set(session, actor=world.owner, code="canada", now=NOW)
    put(session, Firm, world.firm_id, world.firm_id, tax_rounding=rounding)
    put(session, Client, matter.client_id or 0, world.firm_id, country="CA", region=region)
    row = recovered(session, world, matter, taxed=10_010, untaxed=3_333)
    figures = approve(session, world, row)
    ledger_id = settle(session, world, matter, row)
    (invoice,) = issue(session, world, matter)
    assert tuple(line.name for line in figures.lines if line.part == "tax") == taxes
    assert (invoice.tax_minor, invoice.total_minor) == (figures.paid_minor("tax"), figures.invoice_minor)
    paid_out(session, world, row, figures, invoice, ledger_id)


def test_a_tax_on_top_of_another_is_the_same_on_both(session: Session, world: World, matter: Matter):
    gst = NewTax(name="GST", rate_millionths=50_000, on_fees=True, on_expenses=True, effective_from=OPENED)
    qst = NewTax(name="QST", rate_millionths=95_000, on_fees=True, on_expenses=True, effective_from=OPENED, on_top_of="GST")
    for tax in (gst, qst):
        add_tax(session, actor=world.owner, tax=tax, now=NOW)
    row = recovered(session, world, matter, taxed=10_010)
    figures = approve(session, world, row)
    ledger_id = settle(session, world, matter, row)
    (invoice,) = issue(session, world, matter)
    assert [line.paid_minor for line in figures.lines if line.part == "tax"] == [167_167, 333_499]
    assert invoice.total_minor == figures.invoice_minor
    paid_out(session, world, row, figures, invoice, ledger_id)


def test_a_fee_that_contains_its_tax_leaves_the_client_as_much_as_without(session: Session, world: World, matter: Matter):
    vat = NewTax(name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=OPENED, is_included=True)
    add_tax(session, actor=world.owner, tax=vat, now=NOW)
    row = recovered(session, world, matter)
    figures = approve(session, world, row)
    assert paid(figures) == [("fee", "Attorney fee", 3_333_334), ("client", "Client", 6_666_667)]
    assert figures.tax_notes == ("Contained in the attorney fee: VAT, 20 %, $5,555.56.",)
    ledger_id = settle(session, world, matter, row)
    (invoice,) = issue(session, world, matter)
    assert (invoice.tax_minor, invoice.total_minor) == (555_556, 3_333_334)
    paid_out(session, world, row, figures, invoice, ledger_id)


def test_a_reverse_charge_takes_nothing_and_gives_its_reason(session: Session, world: World, matter: Matter):
    charge_vat(session, world, OPENED)
    words = {"words": EU_REVERSE_CHARGE.words, "client_tax_number": "FR40303265045"}
    exempt = NewExemption(kind="reverse_charge", effective_from=OPENED, client_id=matter.client_id, **words)
    add_exemption(session, actor=world.owner, exemption=exempt, now=NOW)
    figures = approve(session, world, recovered(session, world, matter))
    assert figures.paid_minor("tax") == 0
    assert figures.tax_notes == (f"{EU_REVERSE_CHARGE.words} Tax number of the client: FR40303265045.",)


def test_a_tax_that_came_since_the_consent_is_asked_about_again(session: Session, world: World, matter: Matter):
    row = recovered(session, world, matter)
    approve(session, world, row)
    charge_vat(session, world, TODAY)
    with pytest.raises(InvalidInput, match="taxes on the fee and the costs changed since the client consented"):
        settle(session, world, matter, row)
    session.rollback()
    row = service.reopen_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, now=NOW)
    assert approve(session, world, row).paid_minor("tax") == 666_667


def test_a_draft_is_taxed_as_an_invoice_of_the_day_it_is_looked_at(session: Session, world: World, matter: Matter):
    charge_vat(session, world, TODAY)
    row = recovered(session, world, matter)
    drafts = [statement_of(session, row, on=on).figures for on in (OPENED, TODAY)]
    assert [draft.paid_minor("tax") for draft in drafts if draft] == [0, 666_667]


def test_a_tax_that_the_recovery_cannot_pay_is_shown_short_and_refused(session: Session, world: World, matter: Matter):
    charge_vat(session, world, OPENED)
    row = recovered(session, world, matter, taxed=6_500_000)
    with pytest.raises(InvalidInput, match=r"Claims are \$18,000\.00 more than the recovery leaves"):
        approve(session, world, row)


def test_verify_names_a_statement_whose_tax_is_not_what_its_rate_makes(session: Session, world: World, matter: Matter):
    charge_vat(session, world, OPENED)
    row = recovered(session, world, matter)
    approve(session, world, row)
    kept = dict(row.snapshot)
    for wrong in ({"taxes": []}, {"taxes": [{**kept["figures"]["taxes"][0], "amount_minor": 1}]}, {"amount_minor": 1}):
        put(session, Recovery, row.id, world.firm_id, snapshot={**kept, "figures": {**kept["figures"], **wrong}})
        (found,) = verify(session, world.firm_id)
        assert found.check == "settlement statements distribute what was recovered"
        session.rollback()
    put(session, Recovery, row.id, world.firm_id, snapshot=kept)
    assert verify(session, world.firm_id) == []
