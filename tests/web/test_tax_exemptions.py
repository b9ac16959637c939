"""Adopting a worked set and exempting a client, on the screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Tax, TaxExemption
from lexapp.services.tax_exemptions import NewExemption, add_exemption
from lexapp.services.taxes import NewTax, add_tax
from tests.billing import issue, work_time
from tests.factories import NOW, OPENED, World, make_client, make_matter
from tests.web.visitor import Visitor


def test_a_set_is_adopted_with_one_press_and_its_page_says_what_the_firm_has(owner: Visitor, session: Session):
    page = owner.get("/settings/tax-sets")
    assert "HST $143.00" in page.text
    assert "Reverse charge: VAT is owed by the recipient, article 196 of Directive 2006/112/EC." in page.text
    done = owner.post("/settings/tax-sets", {"code": "canada"})
    assert done.status_code == 303
    assert session.scalar(select(func.count(Tax.id))) == 9
    assert "The firm has all of these rates." in owner.get("/settings/tax-sets").text
    assert "Canada: AB, BC, MB" in owner.get("/settings/taxes").text
    assert owner.post("/settings/tax-sets", {"code": "atlantis"}).status_code == 404


def test_a_reverse_charge_needs_its_words_and_the_clients_number_and_then_stands_on_the_clients_page(
    owner: Visitor, session: Session, world: World
):
    client = make_client(session, world.owner, "Weavers’ Quay")
    sent = {"client": str(client.id), "kind": "reverse_charge", "words": "", "effective_from": "2026-01-01"}
    refused = owner.post("/tax-exemptions", sent)
    assert refused.status_code == 422
    assert "Write why the tax is not charged" in refused.text
    assert "Write the client’s own tax number" in owner.post("/tax-exemptions", sent | {"words": "Reverse charge"}).text
    assert owner.post("/tax-exemptions", sent | {"words": "Reverse charge", "client_tax_number": "IE1"}).status_code == 303
    assert session.scalar(select(func.count(TaxExemption.id))) == 1
    assert "Reverse charge" in owner.get(f"/clients/{client.id}").text
    assert "Client’s tax number IE1" in owner.get(f"/tax-exemptions?client={client.id}").text


def test_who_does_not_agree_fees_exempts_nobody(session: Session, world: World, member: Callable[[Role], Visitor]):
    client = make_client(session, world.owner, "Weavers’ Quay")
    assistant = member(Role.ASSISTANT)
    assert assistant.get(f"/tax-exemptions?client={client.id}").status_code == 200
    assert assistant.get(f"/tax-exemptions/new?client={client.id}").status_code == 403
    assert assistant.get("/tax-exemptions").status_code == 404


def test_the_page_of_an_invoice_names_each_tax_and_says_why_one_is_not_charged(owner: Visitor, session: Session, world: World):
    matter = make_matter(session, world.owner)
    vat = NewTax(name="VAT", rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=OPENED)
    for tax in (vat, replace(vat, name="Levy", rate_millionths=10_000)):
        add_tax(session, actor=world.owner, tax=tax, now=NOW)
    said = {"tax_name": "Levy", "words": "Exempt by section 4", "client_id": matter.client_id}
    add_exemption(session, actor=world.owner, exemption=NewExemption(kind="exempt", effective_from=OPENED, **said), now=NOW)
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter)
    page = owner.get(f"/invoices/{invoice.id}").text
    assert "VAT, 20% of 600.00 (fees and expenses), rounded once: 120.00" in page
    assert "Exempt by section 4." in page
