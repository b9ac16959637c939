"""A whole invoice snapshot with every kind of line, for the tests of the core and of the documents. All names are invented."""

from dataclasses import replace
from datetime import date

from lexapp.domain.snapshots import (
    AccountSummary,
    ChargeTotals,
    DiscountLine,
    ExpenseLine,
    FixedFeeLine,
    InvoiceSnapshot,
    LabelledText,
    Letterhead,
    MatterSection,
    Party,
    PaymentInstructions,
    PaymentLine,
    Replenishment,
    TaxLine,
    TimeLine,
    TrustLine,
    TrustSummary,
    sum_totals,
    summarise_timekeepers,
    total_of,
)

PEOPLE = {
    "EMH": (1, "Hartwell, Eleanor", "PARTNR", 62_500),
    "MOO": (2, "Okonkwo, Marcus", "ASSOC", 48_500),
    "KLS": (3, "Stępień, Katarzyna", "ASSOC", 36_000),
    "JTR": (4, "Reyes, Jonah", "PARALG", 19_500),
}


def time_line(on, initials, quantity_hundredths, narrative, *, adjustment_minor=0, note="", no_charge=False, codes=("L120", "A104")):
    timekeeper_id, name, classification, rate_minor = PEOPLE[initials]
    line = TimeLine(
        on=on,
        timekeeper_id=timekeeper_id,
        timekeeper_code=f"TK{timekeeper_id}",
        timekeeper_name=name,
        timekeeper_initials=initials,
        timekeeper_classification=classification,
        narrative=narrative,
        quantity_hundredths=quantity_hundredths,
        rate_minor=rate_minor,
        amount_minor=0,
        adjustment_minor=adjustment_minor,
        note=note,
        no_charge=no_charge,
        task_code=codes[0],
        activity_code=codes[1],
    )
    return replace(line, amount_minor=0 if no_charge else line.gross_minor + adjustment_minor)


TIME = (
    time_line(date(2026, 10, 1), "EMH", 140, "Telephone conference with D. Calloway on settlement authority.", codes=("L160", "A106")),
    time_line(date(2026, 10, 1), "MOO", 320, "Draft motion to compel production of class survey correspondence.", codes=("L350", "A103")),
    time_line(
        date(2026, 10, 6),
        "JTR",
        240,
        "Assemble deposition exhibits 1 to 19 and attend deposition to manage documents.",
        adjustment_minor=-19_500,
        note="1.00 h of attendance not charged",
    ),
    time_line(date(2026, 10, 9), "KLS", 40, "Exchange emails about a date for the engine-room inspection.", no_charge=True),
    time_line(date(2026, 10, 19), "EMH", 720, "Attend mediation before Hon. (ret.) L. Whitcombe.", codes=("L160", "A109")),
)
EXPENSES = (
    ExpenseLine(date(2026, 10, 2), "E112", "Court fee: motion to compel", 100, 4_900, 4_900),
    ExpenseLine(date(2026, 10, 6), "E115", "Deposition transcript, R. Vance, expedited", 28_600, 525, 150_150, unit_name="pages"),
    ExpenseLine(date(2026, 10, 28), "E115", "Less transcript deposit paid from trust, check C-2094", 100, -75_000, -75_000),
    ExpenseLine(date(2026, 10, 31), "E118", "Document hosting, October", 3_140, 1_200, 37_680, unit_name="GB"),
)
OPERATING = PaymentInstructions(
    bank_name="Tidewater Savings Bank",
    account_lines=(LabelledText("Routing", "000 123 456"), LabelledText("Account", "4417 0092 31")),
    reference="2026-0417",
    link="https://pay.example.com/l/7Qk2Vn9XbA",
    cheque_payee="Aldermere & Pryce LLP",
)
TRUST = PaymentInstructions(
    bank_name="Granite Harbor Bank",
    account_lines=(LabelledText("Routing", "000 654 321"), LabelledText("Account", "8801 4429 08")),
    reference="T-2026-0118",
    cheque_payee="Aldermere & Pryce LLP Client Trust Account",
)


def matter_section(**changes) -> MatterSection:
    section = MatterSection(
        matter_id=118,
        number="2026-0118",
        name="Brightwater Marine v. Calder Shipyards",
        client_matter_number="HM-88213",
        responsible_name="Eleanor M. Hartwell",
        time=TIME,
        discounts=(DiscountLine("Courtesy discount, 5% of services", -36_463),),
        fixed_fees=(FixedFeeLine(date(2026, 10, 12), "Corporate disclosure statement: fixed fee", 75_000, 75_000),),
        expenses=EXPENSES,
        taxes=(TaxLine("Sales tax", "document hosting only", 37_680, 62_500, 2_355),),
    )
    section = replace(section, **changes)
    return replace(section, totals=total_of(section))


def invoice_snapshot(*sections: MatterSection) -> InvoiceSnapshot:
    matters = sections or (matter_section(),)
    totals = sum_totals([section.totals for section in matters])
    return InvoiceSnapshot(
        number="2026-0417",
        issued_on=date(2026, 11, 2),
        billed_from=date(2026, 10, 1),
        billed_through=date(2026, 10, 31),
        due_on=date(2026, 12, 2),
        currency="USD",
        locale="en_US",
        template_version="1",
        firm=Letterhead(
            name="Aldermere & Pryce LLP",
            tagline="Attorneys and Counselors at Law",
            address_lines=("14 Lantern Court, Suite 900", "Portland, Maine 04101"),
            phone="+1 207 555 0142",
            email="accounts@aldermerepryce.example",
            tax_id="00-1234567",
        ),
        payer=Party(
            "C-0007",
            "Harrow Mutual Marine Insurance Company",
            "Marine Claims, C. Delacroix",
            ("77 Wharfinger Row", "Hartford, Connecticut 06103"),
            "claims@harrowmutual.example",
        ),
        client=Party("C-0012", "Brightwater Marine, Inc.", address_lines=("2 Slip Street", "Portland, Maine 04101")),
        matters=matters,
        totals=totals,
        timekeepers=summarise_timekeepers([line for section in matters for line in section.time]),
        account=account_summary(totals),
        trust=(trust_summary(),),
        how_to_pay=OPERATING,
        description="For services rendered",
        logo_hash="0" * 64,
    )


def account_summary(totals: ChargeTotals) -> AccountSummary:
    return AccountSummary(
        previous_balance_minor=3_184_250,
        previous_description="2026-0351",
        payments_since_on=date(2026, 10, 1),
        payments=(
            PaymentLine(date(2026, 10, 13), "Wire, Harrow Mutual, 2026-0351", 2_500_000),
            PaymentLine(date(2026, 10, 20), "From trust for 2026-0351, T-1187", 500_000),
        ),
        payments_minor=3_000_000,
        this_invoice_minor=totals.total_minor,
        total_due_minor=184_250 + totals.total_minor,
    )


def trust_summary() -> TrustSummary:
    return TrustSummary(
        ledger_name="2026-0118 Brightwater Marine v. Calder Shipyards",
        opening_on=date(2026, 9, 30),
        opening_minor=1_250_000,
        movements=(
            TrustLine(date(2026, 10, 2), "D-0412", "Deposit from client, wire", 250_000, 1_500_000),
            TrustLine(date(2026, 10, 20), "T-1187", "To operating: earned fees, invoice 2026-0351", -500_000, 1_000_000),
            TrustLine(date(2026, 10, 28), "C-2094", "Check to Harbor Reporting, transcript deposit", -75_000, 925_000),
        ),
        closing_minor=925_000,
        replenishment=Replenishment(1_500_000, 925_000, 575_000, date(2026, 12, 2), TRUST),
    )
