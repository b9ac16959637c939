"""The invoice as the settings would print it, shown in a frame of the settings page before anything is saved."""

from flask import Response, make_response, url_for
from sqlalchemy import select

from lexapp.blueprints.settings.parts import INVOICES, InvoicesForm
from lexapp.blueprints.settings.resource import blueprint
from lexapp.database import db
from lexapp.domain.numbering import NumberPattern
from lexapp.integrations.documents import invoice_screen
from lexapp.models import BankAccount, Firm
from lexapp.queries.taxes import tax_rules
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import today_here
from lexapp.web.invoice_preview import Words, sample_invoice

# Nothing runs in it, nothing is loaded but our own styles, fonts and pictures, and only our own pages may frame it.
POLICY = "; ".join(
    ["default-src 'none'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:", "base-uri 'self'", "frame-ancestors 'self'"]
)


@blueprint.get("/settings/invoices/preview")
@requires("settings.edit")
def preview() -> Response:
    form = INVOICES.filled()
    assert isinstance(form, InvoicesForm)
    return _sheet(form)


@blueprint.post("/settings/invoices/preview")
@requires("settings.edit")
def preview_typed() -> Response:
    """With what stands in the form, finished or not: a field that cannot be read shows what is stored."""
    form = InvoicesForm()
    form.validate()
    return _sheet(form)


def _sheet(form: InvoicesForm) -> Response:
    firm, today = db.session().get_one(Firm, current_actor().firm_id), today_here()
    number = NumberPattern.parse(firm.invoice_number_pattern).text(1, today)
    made = {"number": number, "today": today, "taxes": tax_rules(db.session(), firm_id=firm.id), "bank": _operating(firm.id)}
    snapshot = sample_invoice(firm, _words(form, firm), **made)
    logo = url_for("settings.logo", of=firm.logo_sha256[:12])
    response = make_response(invoice_screen(snapshot, folder=url_for("static", filename="documents/"), logo=logo))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _words(form: InvoicesForm, firm: Firm) -> Words:
    def text(name: str) -> str:
        return str(getattr(firm, name)) if form[name].errors else form[name].data or ""

    terms = firm.payment_terms_days if form.payment_terms_days.errors else min(form.payment_terms_days.number, 365)
    long = (text("invoice_introduction"), text("payment_instructions"), text("invoice_footer"))
    return Words(text("invoice_theme"), text("paper"), terms, *long)


def _operating(firm_id: int) -> BankAccount | None:
    mine = select(BankAccount).where(BankAccount.firm_id == firm_id, BankAccount.kind == "operating", BankAccount.is_default)
    return db.session().scalars(mine.limit(1)).one_or_none()
