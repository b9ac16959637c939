"""From a pre-bill's lines to the frozen invoice: everything that the document prints, as of issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from lexapp.domain.ledger import EVENTS
from lexapp.domain.reductions import shown_reasons
from lexapp.domain.rounding import round_half_up
from lexapp.domain.snapshots import (
    AccountSummary,
    EarlyPayment,
    ExpenseLine,
    FixedFeeLine,
    InvoiceSnapshot,
    LabelledText,
    MatterSection,
    Party,
    PaymentInstructions,
    PaymentLine,
    Replenishment,
    SplitRow,
    TaxLine,
    TaxNote,
    TimeLine,
    TrustLine,
    TrustSummary,
    sum_totals,
    summarise_timekeepers,
    total_of,
)
from lexapp.domain.tax import Exemption, TaxBase
from lexapp.domain.trust import number_text
from lexapp.models import BankAccount, Firm
from lexapp.queries.letterheads import letterhead_of, lines_of, party_of
from lexapp.services.invoices.facts import Facts
from lexapp.services.invoices.rows import BillRow, EarlierInvoice, LineRow, MatterRow, PaidRow, TrustRow

TEMPLATE_VERSION = "1"
ROUNDING_NOTE = "Rounding of the split between payers"
CUT_NOTE = "The part that was left of a payer’s limit"


def freeze(facts: Facts, bill: BillRow, *, number: str, issued_on: date, due_on: date, split: tuple[SplitRow, ...] = ()) -> InvoiceSnapshot:
    """The invoice as it will be printed. Its totals are sums of its lines; `check()` of the result is the caller's."""
    firm, matter, lines = facts.firm, facts.matters[bill.matter_id], facts.lines[bill.id]
    section = _section(facts, matter, lines, issued_on)
    totals = sum_totals([section.totals])
    since_on = _since(facts, bill)
    return InvoiceSnapshot(
        number=number,
        issued_on=issued_on,
        billed_from=min(line.dated_on for line in lines),
        billed_through=bill.through_on,
        due_on=due_on,
        currency=firm.currency,
        locale=firm.locale,
        template_version=TEMPLATE_VERSION,
        firm=letterhead_of(firm),
        payer=_party(facts, bill.payer_id),
        client=_party(facts, matter.client_id),
        matters=(section,),
        totals=totals,
        timekeepers=summarise_timekeepers(section.time),
        account=_account(facts, bill, totals.total_minor, since_on),
        trust=_trust(facts, bill, matter, since_on, due_on, number),
        split=split,
        early=_early(facts, bill, totals.total_minor, issued_on),
        how_to_pay=_ways(facts.operating, firm, firm.name, number),
        description=bill.description,
        introduction=firm.invoice_introduction,
        footer=firm.invoice_footer,
        theme=firm.invoice_theme,
        paper=firm.paper,
        tax_rounding=facts.taxes.rounding.value,
        logo_hash=firm.logo_sha256,
    )


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def _section(facts: Facts, matter: MatterRow, lines: Sequence[LineRow], issued_on: date) -> MatterSection:
    section = MatterSection(
        matter_id=matter.id,
        number=matter.number,
        name=matter.name,
        client_matter_number=matter.client_matter_number,
        responsible_name=matter.responsible_name,
        time=tuple(_time_line(facts, line) for line in lines if line.kind == "time"),
        fixed_fees=tuple(_fixed_fee(line, facts.firm.currency) for line in lines if line.kind == "fixed_fee"),
        expenses=tuple(_expense(line, facts.firm.currency) for line in lines if line.kind == "expense"),
    )
    charges, exemptions = facts.taxes.charged(matter.id, tax_base(lines), on=issued_on)
    section = replace(section, taxes=tuple(map(TaxLine.of, charges)), tax_notes=tuple(map(_tax_note, exemptions)))
    return replace(section, totals=total_of(section))


def _tax_note(exemption: Exemption) -> TaxNote:
    return TaxNote(exemption.kind.value, exemption.words, exemption.tax_name, exemption.client_tax_number)


def tax_base(lines: Sequence[LineRow]) -> TaxBase:
    """What is charged for work and for expenses, as it is priced; a disbursement outside of taxes is no part of it."""
    fees = [line.amount_minor for line in lines if line.kind != "expense"]
    return TaxBase.of_lines(fees, [line.amount_minor for line in lines if line.kind == "expense" and line.is_taxed])


def _time_line(facts: Facts, line: LineRow) -> TimeLine:
    person = facts.timekeepers[line.timekeeper_id or 0]
    return TimeLine(
        line.dated_on,
        person.id,
        person.code,
        person.name,
        person.initials,
        person.classification,
        line.narrative,
        line.quantity_hundredths,
        line.rate_minor,
        line.amount_minor,
        _shown_off(line),
        _note(line, facts.firm.currency),
        line.billing_status == "no_charge",
        line.task_code,
        line.activity_code,
    )


def _fixed_fee(line: LineRow, currency: str) -> FixedFeeLine:
    no_charge = line.billing_status == "no_charge"
    fee_minor = round_half_up(line.quantity_hundredths * line.rate_minor, 100)
    note = _note(line, currency)
    return FixedFeeLine(line.dated_on, line.narrative, fee_minor, line.amount_minor, _shown_off(line), note, no_charge)


def _expense(line: LineRow, currency: str) -> ExpenseLine:
    return ExpenseLine(
        on=line.dated_on,
        code=line.expense_code,
        description=line.narrative,
        quantity_hundredths=line.quantity_hundredths,
        unit_minor=line.rate_minor,
        amount_minor=line.amount_minor,
        adjustment_minor=_shown_off(line),
        note=_note(line, currency),
        no_charge=line.billing_status == "no_charge",
        is_taxed=line.is_taxed,
    )


def _shown_off(line: LineRow) -> int:
    return line.rounding_minor + line.adjustment_minor + line.agreed_minor + line.volume_minor


def _note(line: LineRow, currency: str) -> str:
    """Why, in the order in which it was taken off; several reasons each with its amount."""
    return shown_reasons(
        (
            (CUT_NOTE if abs(line.rounding_minor) > 1 else ROUNDING_NOTE, line.rounding_minor),
            (line.adjustment_reason, line.adjustment_minor),
            (line.agreed_reason, line.agreed_minor),
            (line.volume_reason, line.volume_minor),
        ),
        currency,
    )


# ── parties ──────────────────────────────────────────────────────────────────────────────────────


def _party(facts: Facts, client_id: int) -> Party:
    attention = facts.attention.get(client_id)
    return party_of(facts.clients[client_id], attention.name if attention else "")


def _ways(bank: BankAccount | None, firm: Firm, cheque_payee: str, reference: str) -> PaymentInstructions:
    """`payment_details` of a bank account are lines such as "Routing: 000 123 456"."""
    return PaymentInstructions(
        bank_name=bank.bank_name if bank else "",
        account_lines=tuple(map(_labelled, lines_of(bank.payment_details))) if bank else (),
        reference=reference,
        cheque_payee=cheque_payee,
        note=firm.payment_instructions if bank is None or bank.kind == "operating" else "",
    )


def _labelled(line: str) -> LabelledText:
    label, colon, text = line.partition(":")
    return LabelledText(label.strip(), text.strip()) if colon else LabelledText("Account", line)


# ── what was owed, paid and held ─────────────────────────────────────────────────────────────────


def _since(facts: Facts, bill: BillRow) -> date | None:
    earlier = facts.earlier.get((bill.payer_id, bill.matter_id))
    return earlier[-1].issued_on if earlier else None


def _account(facts: Facts, bill: BillRow, total_minor: int, since_on: date | None) -> AccountSummary:
    """The payer's account of this matter: what earlier invoices left open on the day of the last one, what was paid since, this one."""
    key = (bill.payer_id, bill.matter_id)
    earlier: Sequence[EarlierInvoice] = facts.earlier.get(key, ())
    paid: Sequence[PaidRow] = facts.paid.get(key, ())
    before = [row for row in paid if since_on and row.effective_on <= since_on]
    since = [row for row in paid if since_on and row.effective_on > since_on]
    previous = sum(row.total_minor for row in earlier) - sum(row.amount_minor for row in before)
    payments = sum(row.amount_minor for row in since)
    return AccountSummary(
        previous_balance_minor=previous,
        previous_description=earlier[-1].number if earlier else "",
        payments_since_on=since_on,
        payments=tuple(PaymentLine(row.effective_on, _payment_text(row), row.amount_minor) for row in since),
        payments_minor=payments,
        this_invoice_minor=total_minor,
        total_due_minor=previous - payments + total_minor,
    )


def _early(facts: Facts, bill: BillRow, total_minor: int, issued_on: date) -> EarlyPayment | None:
    """What the payer may keep; nothing where that would be nothing, or everything."""
    agreed = facts.early.get(bill.id)
    kept = agreed.of(total_minor, issued_on) if agreed else 0
    if agreed is None or not 0 < kept < total_minor:
        return None
    return EarlyPayment(agreed.basis_points, kept, agreed.last_day(issued_on))


def _payment_text(row: PaidRow) -> str:
    if row.note:
        return f"Credit note {row.note} for {row.invoice_number}"
    if row.is_discount:
        return f"Discount for early payment of {row.invoice_number}"
    if row.method == "trust":
        return f"From trust for {row.invoice_number}"
    reference = f" {row.reference}" if row.reference else ""
    return f"{row.method.title()}{reference}, for {row.invoice_number}"


def _trust(facts: Facts, bill: BillRow, matter: MatterRow, since_on: date | None, due_on: date, number: str) -> tuple[TrustSummary, ...]:
    """The matter's trust ledger since the last invoice. A payer who is not the client is shown nothing of the client's money."""
    moved: Sequence[TrustRow] = facts.trust.get(matter.id, ())
    if bill.payer_id != matter.client_id or matter.id not in facts.trust_ledgers or not (moved or matter.trust_minimum_minor):
        return ()
    opening = sum(row.amount_minor for row in moved if since_on and row.effective_on <= since_on)
    shown = [row for row in moved if not since_on or row.effective_on > since_on]
    closing = sum(row.amount_minor for row in moved)
    first_on = moved[0].effective_on if moved else facts.lines[bill.id][0].dated_on
    return (
        TrustSummary(
            ledger_name=f"{matter.number} {matter.name}",
            opening_on=since_on or first_on,
            opening_minor=opening,
            movements=tuple(_movements(shown, opening)),
            closing_minor=closing,
            replenishment=_replenishment(facts, matter, closing, due_on, number),
        ),
    )


def _movements(rows: Sequence[TrustRow], balance: int) -> Iterator[TrustLine]:
    for row in rows:
        balance += row.amount_minor
        number = number_text(row.direction, row.number)
        event = EVENTS.get(f"trust.{row.kind}")
        text = row.purpose or (event.title if event else row.kind.replace("_", " ").capitalize())
        whom = f", {row.counterparty}" if row.counterparty and row.counterparty not in text else ""
        yield TrustLine(row.effective_on, number, text + whom, row.amount_minor, balance)


def _replenishment(facts: Facts, matter: MatterRow, held: int, due_on: date, number: str) -> Replenishment | None:
    agreed = matter.trust_minimum_minor or 0
    bank = facts.trust_accounts.get(facts.trust_ledgers[matter.id])
    if held >= agreed or bank is None:
        return None
    ways = _ways(bank, facts.firm, f"{facts.firm.name} Client Trust Account", f"{matter.number} {number}")
    return Replenishment(agreed, held, agreed - held, due_on, ways)
