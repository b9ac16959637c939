"""Adds up every total of a frozen invoice again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE
from lexapp.domain.snapshots.accounts import AccountSummary, TrustSummary
from lexapp.domain.snapshots.lines import DiscountLine, ShownLine
from lexapp.domain.snapshots.totals import ChargeTotals, sum_totals, summarise_timekeepers, total_of
from lexapp.domain.tax import TaxBase, TaxRounding, tax_amount, taxes_on

if TYPE_CHECKING:
    from lexapp.domain.snapshots.invoice import InvoiceSnapshot, MatterSection


def differences(invoice: InvoiceSnapshot) -> list[str]:
    """Every figure that is not what its parts make, as sentences."""
    return [
        *_dates(invoice),
        *(sentence for matter in invoice.matters for sentence in _matter(matter)),
        *_totals("the invoice", invoice.totals, sum_totals([matter.totals for matter in invoice.matters])),
        *_timekeepers(invoice),
        *tax_differences(invoice),
        *_split(invoice),
        *_account(invoice.account, invoice.totals.total_minor),
        *_early(invoice),
        *(sentence for trust in invoice.trust for sentence in _trust(trust)),
    ]


def _dates(invoice: InvoiceSnapshot) -> Iterator[str]:
    if invoice.billed_from > invoice.billed_through:
        yield "It is billed from a later day than through."
    if invoice.due_on < invoice.issued_on:
        yield "It is due before it is issued."


def _matter(matter: MatterSection) -> Iterator[str]:
    for line in matter.lines:
        yield from _line(matter.number, line)
    yield from _totals(f"matter {matter.number}", matter.totals, total_of(matter))


def _line(number: str, line: ShownLine) -> Iterator[str]:
    expected = 0 if line.no_charge else line.gross_minor + line.adjustment_minor
    if line.amount_minor != expected:
        yield f"A line of matter {number} on {line.on} shows {line.amount_minor} instead of {expected}."
    if line.no_charge and line.adjustment_minor:
        yield f"A no-charge line of matter {number} on {line.on} also has an adjustment."


def _totals(place: str, shown: ChargeTotals, expected: ChargeTotals) -> Iterator[str]:
    for field in fields(ChargeTotals):
        yield from _equal(f"{field.name} of {place}", getattr(shown, field.name), getattr(expected, field.name))


def _timekeepers(invoice: InvoiceSnapshot) -> Iterator[str]:
    if invoice.timekeepers != summarise_timekeepers(invoice.time):
        yield "The timekeeper summary is not that of the time lines."


def tax_differences(invoice: InvoiceSnapshot) -> Iterator[str]:
    """Every tax that is not what its rate makes of what is charged: worked out once over all matters, or on every line."""
    if invoice.tax_rounding == TaxRounding.LINE or any(tax.is_included for matter in invoice.matters for tax in matter.taxes):
        yield from _taxes_of_lines(invoice)
        return
    sums: dict[tuple[str, int, str], list[int]] = {}
    for tax in (tax for matter in invoice.matters for tax in matter.taxes):
        base_and_amount = sums.setdefault((tax.name, tax.rate_millionths, tax.base_description), [0, 0])
        base_and_amount[0] += tax.base_minor
        base_and_amount[1] += tax.amount_minor
    for (name, rate, _), (base_minor, amount) in sums.items():
        yield from _equal(name, amount, tax_amount(base_minor, rate))


def _taxes_of_lines(invoice: InvoiceSnapshot) -> Iterator[str]:
    """Charges the same taxes on the same lines again."""
    shown = {tax.name: tax for matter in invoice.matters for tax in matter.taxes}
    rules = [tax.rule(invoice.issued_on) for tax in shown.values()]
    bases = [
        TaxBase.of_lines(
            _amounts(matter.time, matter.discounts, matter.fixed_fees), _amounts([line for line in matter.expenses if line.is_taxed])
        )
        for matter in invoice.matters
    ]
    expected = taxes_on(rules, bases, on=invoice.issued_on, rounding=TaxRounding(invoice.tax_rounding))
    for matter, charges in zip(invoice.matters, expected, strict=True):
        amounts = {charge.rule.name: charge.amount_minor for charge in charges}
        for tax in matter.taxes:
            yield from _equal(f"{tax.name} of matter {matter.number}", tax.amount_minor, amounts.get(tax.name, 0))


def _amounts(*groups: Sequence[ShownLine | DiscountLine]) -> list[int]:
    return [line.amount_minor for lines in groups for line in lines]


def _split(invoice: InvoiceSnapshot) -> Iterator[str]:
    """The part that the proof of a split gives to this payer is what the lines of the invoice charge."""
    if invoice.split:
        own = next(row for row in invoice.split if row.is_this)
        for name, kind in (("fees_minor", "time"), ("fixed_fees_minor", "fixed_fees"), ("expenses_minor", "expenses")):
            charged = sum(line.amount_minor for matter in invoice.matters for line in getattr(matter, kind))
            yield from _equal(f"{name} of the payer in the split", getattr(own, name), charged)


def _early(invoice: InvoiceSnapshot) -> Iterator[str]:
    """What may be kept for paying early is that percentage of the total, and less than all of it."""
    early, total_minor = invoice.early, invoice.totals.total_minor
    if early:
        yield from _equal("The discount for early payment", early.amount_minor, round_half_up(total_minor * early.basis_points, WHOLE))
        if not 0 < early.amount_minor < total_minor or early.last_on < invoice.issued_on:
            yield "The discount for early payment cannot be kept."


def _account(account: AccountSummary, total_minor: int) -> Iterator[str]:
    yield from _equal("This invoice in the account", account.this_invoice_minor, total_minor)
    yield from _equal("Payments since", account.payments_minor, sum(payment.amount_minor for payment in account.payments))
    due = account.previous_balance_minor - account.payments_minor + account.this_invoice_minor
    yield from _equal("Total due", account.total_due_minor, due)


def _trust(trust: TrustSummary) -> Iterator[str]:
    balance = trust.opening_minor
    for movement in trust.movements:
        balance += movement.amount_minor
        yield from _equal(f"The trust balance after {movement.number or movement.on}", movement.balance_minor, balance)
    yield from _equal(f"The closing trust balance of {trust.ledger_name}", trust.closing_minor, balance)
    asked = trust.replenishment
    if asked:
        yield from _equal("The trust balance held", asked.held_minor, trust.closing_minor)
        yield from _equal("The replenishment requested", asked.requested_minor, asked.agreed_minor - asked.held_minor)


def _equal(name: str, shown: int, expected: int) -> Iterator[str]:
    if shown != expected:
        yield f"{name} is {shown} instead of {expected}."
