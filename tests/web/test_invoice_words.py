"""What the settings make invoices and their mails say, and the preview of it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from lexapp.integrations.documents import invoice_html
from lexapp.models import Firm
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.services.taxes import NewTax, add_tax
from tests import billing
from tests.documents.test_logos import picture
from tests.factories import NOW, OPENED, World, make_matter
from tests.web.test_logos import upload
from tests.web.test_settings import INVOICES
from tests.web.visitor import Visitor

WORDS = INVOICES | {
    "invoice_introduction": "We thank you for your trust.\r\nAs agreed in our letter:",
    "invoice_footer": "Interest is charged <b>after</b> 30 days.",
    "mail_subject": "{firm}: invoice {number}",
    "mail_body": "Dear {payer},\r\n\r\nplease pay {to_pay} by {due} & keep {number}.",
}


def test_the_preview_shows_what_is_typed_before_it_is_saved(session: Session, world: World, owner: Visitor):
    saved = owner.get("/settings/invoices/preview")
    assert saved.status_code == 200
    assert "Brannock Voss LLP" in saved.text
    assert "We thank you" not in saved.text
    typed = owner.post("/settings/invoices/preview", WORDS | {"payment_terms_days": "thirty"})
    assert typed.status_code == 200
    assert "We thank you for your trust." in typed.text
    assert "Interest is charged &lt;b&gt;after&lt;/b&gt; 30 days." in typed.text
    assert "ledger.css" in typed.text
    assert typed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in typed.headers["Content-Security-Policy"]
    assert "<script" not in typed.text
    session.rollback()
    assert session.get_one(Firm, world.firm_id).invoice_introduction == ""


def test_a_preview_uses_the_firms_currency_taxes_and_logo(session: Session, world: World, owner: Visitor):
    tax = NewTax(name="GST", rate_millionths=50_000, on_fees=True, on_expenses=False, effective_from=OPENED)
    add_tax(session, actor=world.owner, tax=tax, now=NOW)
    upload(owner, picture())
    shown = owner.get("/settings/invoices/preview").text
    assert "GST, 5%" in shown
    assert 'src="/settings/logo?of=' in shown


def test_the_words_stand_on_invoices_issued_from_then_on(session: Session, world: World, owner: Visitor):
    def printed() -> str:
        session.rollback()
        matter = make_matter(session, world.owner)
        billing.work_time(session, world, matter)
        (invoice,) = billing.issue(session, world, matter)
        return invoice_html(frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot)

    before = printed()
    session.rollback()
    assert owner.post("/settings/invoices", WORDS).status_code == 303
    after = printed()
    for text in ("<p>We thank you for your trust.</p><p>As agreed in our letter:</p>", "Interest is charged &lt;b&gt;after&lt;/b&gt;"):
        assert text not in before
        assert text in after


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("mail_subject", "Invoice {nummer}", "Nothing fills {nummer}"),
        ("mail_subject", "Invoice\nBcc: x@y.test", "a line break"),
        ("mail_body", "{config}", "Nothing fills {config}"),
        ("invoice_footer", "x" * 1_001, "Keep it to 1,000"),
        ("invoice_introduction", "a\x00b", "invisible character"),
    ],
)
def test_words_that_cannot_be_are_told_beside_their_field(owner: Visitor, field: str, value: str, sentence: str):
    answer = owner.post("/settings/invoices", WORDS | {field: value})
    assert answer.status_code == 422
    assert f'id="invoices-{field}-error"' in answer.text
    assert sentence in answer.text
