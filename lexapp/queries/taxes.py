"""The taxes of a firm."""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lexapp.domain.tax import TaxRule
from lexapp.models import Invoice, Tax


def taxes_of(session: Session, *, firm_id: int) -> list[Tax]:
    """Every rate of every tax, by name, the latest first."""
    return list(session.scalars(select(Tax).where(Tax.firm_id == firm_id).order_by(Tax.name, Tax.effective_from.desc())))


def tax_rules(session: Session, *, firm_id: int) -> list[TaxRule]:
    """The same as the domain reads them. One query of plain columns."""
    columns = (Tax.name, Tax.rate_millionths, Tax.on_fees, Tax.on_expenses, Tax.effective_from, Tax.effective_to, Tax.registration_number)
    return [TaxRule(*row) for row in session.execute(select(*columns).where(Tax.firm_id == firm_id).order_by(Tax.id))]


def rule_of(tax: Tax) -> TaxRule:
    return TaxRule(
        tax.name, tax.rate_millionths, tax.on_fees, tax.on_expenses, tax.effective_from, tax.effective_to, tax.registration_number
    )


def taxed_since(session: Session, *, firm_id: int, first: date, last: date | None) -> bool:
    """Whether an invoice that charges tax was issued in these days."""
    dated = (Invoice.issued_on >= first) if last is None else Invoice.issued_on.between(first, last)
    return bool(session.scalar(select(exists().where(Invoice.firm_id == firm_id, Invoice.tax_minor > 0, dated))))
