"""An invoice that nobody owes: the firm's own letterhead and words on made-up work, to see settings before they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lexapp.domain.currencies import exponent
from lexapp.domain.rounding import round_half_up
from lexapp.domain.snapshots import (
    AccountSummary,
    ExpenseLine,
    InvoiceSnapshot,
    LabelledText,
    Letterhead,
    MatterSection,
    Party,
    PaymentInstructions,
    TaxLine,
    TimeLine,
    sum_totals,
    summarise_timekeepers,
    total_of,
)
from lexapp.domain.tax import Place, TaxBase, TaxRounding, TaxRule, taxes_on
from lexapp.models import BankAccount, Firm
from lexapp.services.settings import PAPERS, THEMES

PAYER = Party("C-0001", "Example Client, Inc.", "Accounts payable", ("14 Lantern Court", "Dunmore"), "")
WORK = (("Review correspondence; call with opposing counsel", 120), ("Draft and revise motion to compel", 240))
RATE, FILING = 350, 120  # whole units of the currency


@dataclass(frozen=True, slots=True)
class Words:
    """What the settings say, saved or not."""

    theme: str
    paper: str
    terms_days: int
    introduction: str
    payment_instructions: str
    footer: str


def sample_invoice(
    firm: Firm, words: Words, *, number: str, today: date, taxes: list[TaxRule], bank: BankAccount | None
) -> InvoiceSnapshot:
    """The page as `services.invoices` would freeze it today."""
    section = _section(firm, today, taxes)
    totals = sum_totals([section.totals])
    return InvoiceSnapshot(
        number=number,
        issued_on=today,
        billed_from=today - timedelta(days=2),
        billed_through=today,
        due_on=today + timedelta(days=words.terms_days),
        currency=firm.currency,
        locale=firm.locale,
        template_version="1",
        firm=_letterhead(firm),
        payer=PAYER,
        client=PAYER,
        matters=(section,),
        totals=totals,
        timekeepers=summarise_timekeepers(section.time),
        account=AccountSummary(this_invoice_minor=totals.total_minor, total_due_minor=totals.total_minor),
        how_to_pay=_ways(firm, words, bank, number),
        description="For services rendered",
        introduction=words.introduction,
        footer=words.footer,
        theme=words.theme if words.theme in THEMES else THEMES[0],
        paper=words.paper if words.paper in PAPERS else PAPERS[0],
        tax_rounding=firm.tax_rounding,
        logo_hash=firm.logo_sha256,
    )


def _section(firm: Firm, today: date, taxes: list[TaxRule]) -> MatterSection:
    unit = 10 ** exponent(firm.currency)
    rate = RATE * unit
    time = tuple(_time(today, text, hundredths, rate) for text, hundredths in WORK)
    cost = ExpenseLine(today, "E112", "Filing fee", 100, FILING * unit, FILING * unit)
    base = TaxBase.of_lines([line.amount_minor for line in time], [cost.amount_minor])
    charged = tuple(
        TaxLine.of(one)
        for one in taxes_on(taxes, [base], on=today, place=Place(firm.country, firm.region), rounding=TaxRounding(firm.tax_rounding))[0]
    )
    bare = MatterSection(1, "2026-0001", "Example v. Sample", responsible_name="You", time=time, expenses=(cost,), taxes=charged)
    return MatterSection(**{name: getattr(bare, name) for name in bare.__slots__ if name != "totals"}, totals=total_of(bare))


def _time(today: date, text: str, hundredths: int, rate: int) -> TimeLine:
    amount = round_half_up(hundredths * rate, 100)
    return TimeLine(today, 1, "MV", "Marguerite Voss", "MV", "PARTNR", text, hundredths, rate, amount)


def _letterhead(firm: Firm) -> Letterhead:
    address = tuple(line.strip() for line in firm.address.splitlines() if line.strip())
    return Letterhead(firm.name, "", address, firm.phone, firm.email, firm.website, firm.tax_number)


def _ways(firm: Firm, words: Words, bank: BankAccount | None, number: str) -> PaymentInstructions:
    told = [line.partition(":") for line in (bank.payment_details.splitlines() if bank else []) if line.strip()]
    lines = tuple(LabelledText(label.strip(), text.strip()) for label, _, text in told)
    return PaymentInstructions(bank.bank_name if bank else "", lines, number, "", firm.name, words.payment_instructions)
