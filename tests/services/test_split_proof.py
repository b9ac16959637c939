"""Each payer's invoice shows the whole and the share, on the screen's data and on the printed page."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import AgreedDiscount, Hourly
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.integrations.documents.invoice import invoice_page
from lexapp.models import InvoiceSnapshot as Frozen
from lexapp.services.invoices import void_invoice
from tests.agreed_fees import agree as agree_fees
from tests.billing import agree, issue, spend, work_time
from tests.factories import NOW, make_client, make_matter, make_world


def snapshot_of(session: Session, invoice_id: int) -> InvoiceSnapshot:
    return InvoiceSnapshot.from_json(json.loads(session.scalars(select(Frozen.data).where(Frozen.invoice_id == invoice_id)).one()))


def test_both_invoices_prove_the_split_and_a_void_of_one_leaves_the_proof_of_the_other(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    terms = (PayerTerms(insurer.id, 8_000, 8_000, cap_minor=60_000), PayerTerms(matter.client_id or 0))
    agree(session, world, matter, Arrangement(terms, matter.client_id))
    work_time(session, world, matter, 200, 45_000)
    spend(session, world, matter, 23_500)
    invoices = {invoice.payer_id: invoice.id for invoice in issue(session, world, matter)}
    theirs, ours = (snapshot_of(session, invoices[id_]) for id_ in (insurer.id, matter.client_id))
    assert [(row.is_this, row.fees_minor, row.expenses_minor) for row in theirs.split] == [(True, 60_000, 0), (False, 30_000, 0)]
    assert sorted((row.is_this, row.fees_minor, row.expenses_minor) for row in ours.split) == [(False, 60_000, 0), (True, 30_000, 23_500)]
    printed = invoice_page(ours).split
    assert [line.amount for line in printed if line.kind or "this invoice" in line.name] == ["535.00", "1,135.00"]
    assert theirs.time[0].note.startswith("The part that was left of a payer")
    session.rollback()
    void_invoice(session, actor=world.owner, invoice_id=invoices[matter.client_id], reason="Address", now=NOW)
    (again,) = issue(session, world, matter)
    assert [row.total_minor for row in snapshot_of(session, again.id).split] == [row.total_minor for row in ours.split]


def test_a_printed_reason_says_what_the_payers_limit_and_each_term_come_to(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    terms = (PayerTerms(insurer.id, 8_000, 8_000, cap_minor=60_083), PayerTerms(matter.client_id or 0))
    agree(session, world, matter, Arrangement(terms, matter.client_id))
    agree_fees(session, world, matter, Hourly(), AgreedDiscount(basis_points=333))
    work_time(session, world, matter, 200, 45_000)
    invoices = {invoice.payer_id: invoice.id for invoice in issue(session, world, matter)}
    for id_ in (insurer.id, matter.client_id):
        shown = snapshot_of(session, invoices[id_])
        (line,) = shown.time
        off = line.gross_minor + line.adjustment_minor
        assert off == line.amount_minor
        said = [minor_of(text) for text in line.note.split("; ")] if "; " in line.note else [line.adjustment_minor]
        assert sum(said) == line.adjustment_minor
    (theirs,) = snapshot_of(session, invoices[insurer.id]).time
    assert theirs.note.split("; ") == ["The part that was left of a payer’s limit (+0.53)", "3.33 % off, as agreed (-20.70)"]
    (printed,) = invoice_page(snapshot_of(session, invoices[insurer.id])).matters[0].services
    assert printed.note == f"621.00 less 20.17: {theirs.note}"


def minor_of(text: str) -> int:
    """The amount at the end of a reason."""
    return int(text.rpartition("(")[2].strip(")+").replace(".", "").replace(",", ""))


def test_an_invoice_that_nobody_shares_proves_nothing(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    work_time(session, world, matter)
    (invoice,) = issue(session, world, matter)
    assert snapshot_of(session, invoice.id).split == ()
