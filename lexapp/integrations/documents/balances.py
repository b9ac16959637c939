"""What was owed, what was paid and what is held in trust, as of issue. Operating and trust never share a block."""

from __future__ import annotations

from collections.abc import Iterator

from lexapp.domain.shares import percent_text
from lexapp.domain.snapshots import InvoiceSnapshot, PaymentInstructions, Replenishment, TrustSummary
from lexapp.integrations.documents import page
from lexapp.integrations.documents.codes import qr_code
from lexapp.integrations.documents.sections import ShortDate
from lexapp.integrations.documents.wording import Figures, plain, web_address, without_scheme


def account_total(invoice: InvoiceSnapshot, figures: Figures) -> str:
    """The one loud number, with the sign of the currency."""
    return figures.signed(invoice.account.total_due_minor)


def account(invoice: InvoiceSnapshot, figures: Figures, dates: ShortDate) -> Iterator[page.Booking]:
    """Previous balance, each payment since, this invoice, and the total due; nothing where the summary already says it all."""
    balance = invoice.account
    if not (balance.previous_balance_minor or balance.payments):
        return
    since = dates(balance.payments_since_on) if balance.payments_since_on else ""
    origin = plain(balance.previous_description)
    previous = f"Previous balance, {origin}" if origin else "Previous balance"
    yield page.Booking(since, previous, figures.amount(balance.previous_balance_minor))
    for payment in balance.payments:
        yield page.Booking(dates(payment.on), plain(payment.description), figures.amount(-payment.amount_minor))
    yield page.Booking(dates(invoice.issued_on), plain(f"Invoice {invoice.number}"), figures.amount(balance.this_invoice_minor))
    yield page.Booking("", "Total due", figures.amount(balance.total_due_minor), "grand")


def trusts(invoice: InvoiceSnapshot, figures: Figures, dates: ShortDate) -> tuple[page.Trust, ...]:
    """A block per trust ledger; the first that asks for money is where page 1 points to."""
    blocks = tuple(_trust(trust, invoice, figures, dates) for trust in invoice.trust)
    first = next((number for number, block in enumerate(blocks) if block.replenishment), None)
    return tuple(block._replace(is_first_request=number == first) for number, block in enumerate(blocks))


def _trust(trust: TrustSummary, invoice: InvoiceSnapshot, figures: Figures, dates: ShortDate) -> page.Trust:
    held_for = f"{plain(trust.ledger_name)}. Money we hold for {plain(invoice.client.name)}"
    sentence = f"{held_for}; it stays the client’s until it is earned and invoiced."
    asked = trust.replenishment
    request = _replenishment(asked, figures) if asked and asked.requested_minor > 0 else None
    return page.Trust(sentence, tuple(_trust_lines(trust, figures, dates)), request)


def _trust_lines(trust: TrustSummary, figures: Figures, dates: ShortDate) -> Iterator[page.TrustLine]:
    yield page.TrustLine(dates(trust.opening_on), "", "Balance brought forward", "", "", figures.amount(trust.opening_minor))
    for movement in trust.movements:
        minor = movement.amount_minor
        yield page.TrustLine(
            date=dates(movement.on),
            number=plain(movement.number),
            text=plain(movement.description),
            money_in=figures.amount(minor) if minor >= 0 else "",
            money_out=figures.amount(-minor) if minor < 0 else "",
            balance=figures.amount(movement.balance_minor),
        )
    yield page.TrustLine("", "", "Held in trust", "", "", figures.amount(trust.closing_minor), "tot")


def _replenishment(asked: Replenishment, figures: Figures) -> page.Replenishment:
    ways = asked.how_to_pay
    address = web_address(ways.link)
    by = f" by {figures.long_date(asked.due_on)}" if asked.due_on else ""
    sentence = (
        f"{figures.signed(asked.agreed_minor)} is to be kept in trust; {figures.signed(asked.held_minor)} is held. "
        f"Please deposit the difference{by},"
    )
    return page.Replenishment(
        amount=figures.signed(asked.requested_minor),
        sentence=sentence,
        account=_trust_account(ways),
        address=address,
        address_text=without_scheme(address) if address else "",
        code=qr_code(address) if address else None,
    )


def _trust_account(ways: PaymentInstructions) -> tuple[str, ...]:
    account = ", ".join(f"{row.label} {row.text}" for row in ways.account_lines)
    reference = f"Reference {ways.reference}" if ways.reference else ""
    payee = f"Payable to {ways.cheque_payee}" if ways.cheque_payee else ""
    return tuple(text for text in map(plain, (ways.bank_name, account, reference, payee, ways.note)) if text)


def replenishment_note(invoice: InvoiceSnapshot, figures: Figures) -> str:
    """The one line on page 1 that announces the request for trust money; empty where none is asked for."""
    asked = [trust.replenishment.requested_minor for trust in invoice.trust if trust.replenishment]
    total = sum(minor for minor in asked if minor > 0)
    return f"Trust replenishment of {figures.signed(total)} is requested separately" if total else ""


def early_sentence(invoice: InvoiceSnapshot, figures: Figures) -> str:
    """The sentence that offers a discount for paying this invoice early; empty where none is agreed."""
    early = invoice.early
    if early is None:
        return ""
    rest, kept = invoice.totals.total_minor - early.amount_minor, figures.signed(early.amount_minor)
    asked = f"Paid by {figures.long_date(early.last_on)}, this invoice is settled with {figures.signed(rest)}"
    return f"{asked}: a discount of {percent_text(early.basis_points)} %, {kept}, for early payment."
