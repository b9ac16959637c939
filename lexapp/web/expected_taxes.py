"""What tax an invoice would charge if it were dated today, for the screens before it is issued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lexapp.database import db
from lexapp.domain.tax import Exemption, TaxBase, TaxCharge, TaxRounding
from lexapp.queries.pre_bills import PreBillRow, line_amounts
from lexapp.queries.taxes import tax_terms
from lexapp.web.access import current_actor
from lexapp.web.dates import today_here


class ExpectedTaxes(NamedTuple):
    """The taxes of an invoice to be, and what it would say of those that it does not charge."""

    charges: Sequence[TaxCharge] = ()
    exemptions: Sequence[Exemption] = ()

    @property
    def amount_minor(self) -> int:
        return sum(charge.amount_minor for charge in self.charges)

    @property
    def on_top_minor(self) -> int:
        """What is added to the lines: not what their prices contain already."""
        return sum(charge.amount_minor for charge in self.charges if not charge.rule.is_included)


def taxes_expected(bills: Sequence[PreBillRow]) -> list[ExpectedTaxes]:
    """For each pre-bill the taxes that its own invoice would charge. One query; two where lines are rounded."""
    firm_id = current_actor().firm_id
    terms = tax_terms(db.session(), firm_id=firm_id, matter_ids=sorted({bill.matter_id for bill in bills}))
    by_line = bool(terms.rules) and terms.rounding is TaxRounding.LINE
    lines = line_amounts(db.session(), firm_id=firm_id, pre_bill_ids=[bill.id for bill in bills]) if by_line else {}
    today = today_here()
    return [ExpectedTaxes(*terms.charged(bill.matter_id, _base(bill, lines.get(bill.id)), on=today)) for bill in bills]


def _base(bill: PreBillRow, lines: tuple[list[int], list[int]] | None) -> TaxBase:
    sums = bill.sums
    return TaxBase.of_lines(*lines) if lines else TaxBase(sums.time_minor + sums.fixed_minor, sums.taxed_expenses_minor)
