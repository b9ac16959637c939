"""What tax an invoice would charge if it were dated today, for the screens before it is issued."""

from __future__ import annotations

from collections.abc import Sequence

from lexapp.database import db
from lexapp.domain.tax import TaxBase, TaxCharge, TaxRule, taxes_on
from lexapp.queries.pre_bills import Sums
from lexapp.queries.taxes import tax_rules
from lexapp.web.access import current_actor
from lexapp.web.dates import today_here


def taxes_expected(bills: Sequence[Sums]) -> list[list[TaxCharge]]:
    """For each pre-bill the taxes that its own invoice would charge. One query."""
    rules = tax_rules(db.session(), firm_id=current_actor().firm_id)
    return [_taxes_of(rules, sums) for sums in bills]


def _taxes_of(rules: Sequence[TaxRule], sums: Sums) -> list[TaxCharge]:
    base = TaxBase(sums.time_minor + sums.fixed_minor, sums.expenses_minor)
    return taxes_on(rules, [base], on=today_here())[0]
