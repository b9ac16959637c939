"""The settlement statement is printed by the worker from what was frozen, once for each approval."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.contingency import Stage
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.models import Client, Recovery, StoredDocument
from lexapp.services import contingency as service
from lexapp.services.contingency import Consent, NewClaim, OwnTerms, RecoveryFacts
from lexapp.services.tax_exemptions import NewExemption, add_exemption
from lexapp.services.taxes import NewTax, add_tax
from tests.documents.reading import text_of
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_matter


def approved(session: Session, world: World, client_id: int | None = None) -> Recovery:
    client = session.get_one(Client, client_id) if client_id else make_client(session, world.owner, "Rosa Diaz")
    matter = make_matter(session, world.owner, client, "Diaz v. Harbor Transit")
    acting = {"actor": world.owner, "now": NOW}
    service.agree_contingency(session, matter_id=matter.id, agreed=OwnTerms(OPENED, statute="ny_474a"), **acting)
    facts = RecoveryFacts(TODAY, 30_000_000, "Harbor Mutual", Stage.TRIAL)
    row = service.record_recovery(session, matter_id=matter.id, facts=facts, **acting)
    claim = NewClaim("lien", "Medicare", 1_250_000, "final demand")
    row = service.add_claim(session, recovery_id=row.id, version=1, claim=claim, **acting)
    return approve(session, world, row)


def approve(session: Session, world: World, row: Recovery) -> Recovery:
    return service.approve_statement(
        session, actor=world.owner, recovery_id=row.id, version=row.version, given=Consent(TODAY, "signed copy"), now=NOW
    )


def printed(session: Session, place: Place) -> list[str]:
    session.rollback()
    while run_due(place):
        pass
    found = session.scalars(select(StoredDocument).where(StoredDocument.subject_kind == "recovery").order_by(StoredDocument.id)).all()
    return [text_of(place.outside.storage.get(one.sha256, firm_id=one.firm_id)) for one in found]


def test_the_statement_says_who_gets_what_by_which_rule(session: Session, world: World, place: Place) -> None:
    approved(session, world)
    (text,) = printed(session, place)
    words = " ".join(text.split())
    for said in (
        "Settlement statement",
        "Rosa Diaz",
        "87,500.00",
        "Medicare Final demand 12,500.00",
        "200,000.00",
        "30 % of the first $250,000.00",
        "25 % of the part from $250,000.00 to $500,000.00",
        "N.Y. Judiciary Law § 474-a",
        "consented to this distribution on November 23, 2026: signed copy",
        "Client 66.6 %",
    ):
        assert said in words


def test_the_statement_says_which_tax_is_added_and_which_is_not_charged(session: Session, world: World, place: Place) -> None:
    for name in ("VAT", "Levy"):
        tax = NewTax(name=name, rate_millionths=200_000, on_fees=True, on_expenses=True, effective_from=OPENED)
        add_tax(session, actor=world.owner, tax=tax, now=NOW)
    client_id = make_client(session, world.owner, "Rosa Diaz").id
    exempt = NewExemption(kind="exempt", words="Exempt by section 9", tax_name="Levy", effective_from=OPENED, client_id=client_id)
    add_exemption(session, actor=world.owner, exemption=exempt, now=NOW)
    approved(session, world, client_id)
    words = " ".join(printed(session, place)[0].split())
    for said in ("VAT 20 % of the attorney fee, $87,500.00 17,500.00", "Exempt by section 9.", "182,500.00", "Taxes 5.8 %"):
        assert said in words


def test_a_statement_reopened_before_it_was_printed_leaves_no_document_and_the_next_approval_one(
    session: Session, world: World, place: Place
) -> None:
    row = approved(session, world)
    row = service.reopen_statement(session, actor=world.owner, recovery_id=row.id, version=row.version, now=NOW)
    assert printed(session, place) == []
    session.refresh(row)
    approve(session, world, row)
    assert len(printed(session, place)) == 1
