"""A matter that two pay for: an insurer 80 % of the fees up to 50,000, then the client, who pays the expenses. The insurer is credited
its part of one day, the client's invoice is not touched."""

from __future__ import annotations

from datetime import date, timedelta

from lexapp.books.expense_entries import Expense
from lexapp.demo.seeding.cast import CURRENCY
from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.agreements import Hourly, HourlyRate
from lexapp.domain.money import Money
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import Invoice, MatterPayer
from lexapp.queries.credit_notes import to_credit
from lexapp.queries.payers import arrangements_of
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.credit_notes import credit_invoice
from lexapp.services.expense_entries import ExpenseRow, record_expense_entries
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.invoices import issue_invoices
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.payers import Consent, agree_payers, record_consent
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from lexapp.services.time_entries import TimeRow, record_time_entries

CAP, FEES = 50_000_00, 8_000
RATES = Hourly((HourlyRate("PARTNR", 450_00), HourlyRate("ASSOC", 300_00)))
DAYS_BACK = 27
TASKS = (
    ("L120", "A104", "Review of the survey report and the policy wording; memorandum on cover"),
    ("L310", "A103", "Draft of the first interrogatories to the surveyor"),
    ("L330", "A109", "Deposition of the dock superintendent"),
    ("L210", "A103", "Answer and affirmative defences"),
)


def add_insured_matter(seeded: Seeded) -> int:
    """The matter, what is agreed for it, a month of work that uses the cap up, and an invoice for each payer. Returns its id."""
    session, actor, last = seeded.session, seeded.actor, seeded.plan.last_day
    first = last - timedelta(days=DAYS_BACK)
    parties = ("Harborline Mutual Assurance Society", "Coldbrook Grain Elevators, Inc.")
    insurer, client = (
        add_client(session, actor=actor, facts=ClientFacts(name=name, kind="organisation", email=email), now=at(first, 12)).id
        for name, email in zip(parties, ("claims@harborline.test", "accounts@coldbrook.test"), strict=True)
    )
    facts = MatterFacts(name="Silo collapse at Pier 9, the insurer pays 80 % up to 50,000", opened_on=first, practice_area="Insurance")
    matter_id = open_matter(session, actor=actor, client_id=client, facts=facts, now=at(first, 13)).id
    agreed = NewAgreement(matter_id=matter_id, effective_from=first, signed_on=first, terms=(RATES,))
    agree_fees(session, actor=actor, agreement=agreed, now=at(first, 13))
    _agree(seeded, matter_id, client, insurer, first)
    _work(seeded, matter_id, first)
    _bill(seeded, matter_id, last)
    return matter_id


def _agree(seeded: Seeded, matter_id: int, client: int, insurer: int, first: date) -> None:
    session, actor, now = seeded.session, seeded.actor, at(first, 14)
    payers = (PayerTerms(insurer, FEES, FEES, cap_minor=CAP, overflow_payer_id=client), PayerTerms(client))
    given = {"matter_id": matter_id, "version": 1, "effective_from": first}
    agree_payers(session, actor=actor, arrangement=Arrangement(payers, client), now=now, **given)  # type: ignore[arg-type]
    (agreed,) = arrangements_of(session, firm_id=actor.firm_id, matter_ids=[matter_id])[matter_id]
    theirs: MatterPayer = agreed.payers[0]
    payer_id = theirs.id
    session.rollback()
    said = Consent(consented_on=first, by="R. Okonjo, claims", how="letter", note="Claim 44-0187; reservation of rights withdrawn")
    record_consent(session, actor=actor, payer_id=payer_id, consent=said, now=now)


def _work(seeded: Seeded, matter_id: int, first: date) -> None:
    """Partner and associate work 7.9 and 8.3 hours on each of twelve days: more than the cap."""
    partner, associate = seeded.timekeepers[0], seeded.timekeepers[1]
    days = [first + timedelta(days=2 * n) for n in range(12)]
    rows = [
        TimeRow(
            matter_id=matter_id,
            timekeeper_id=person,
            worked_on=day,
            recorded_seconds=seconds,
            narrative=TASKS[n % len(TASKS)][2],
            task_code=TASKS[n % len(TASKS)][0],
            activity_code=TASKS[n % len(TASKS)][1],
            billing_status="billable",
            measured_seconds=None,
            recorded_at=at(day, 21),
        )
        for n, day in enumerate(days)
        for person, seconds in ((partner, 28_440), (associate, 29_880))
    ]
    record_time_entries(seeded.session, actor=seeded.actor, rows=rows, now=at(days[-1], 22))
    spent = ((0, 1_850_00, "E112", "Filing fee"), (6, 2_340_50, "E115", "Transcript, dock superintendent"))
    costs = [
        ExpenseRow(Expense(matter_id=matter_id, incurred_on=days[n], unit_minor=minor, code=code, description=text), at(days[n], 21))
        for n, minor, code, text in spent
    ]
    record_expense_entries(seeded.session, actor=seeded.actor, rows=costs, now=at(days[-1], 22))


def _bill(seeded: Seeded, matter_id: int, on: date) -> None:
    session, actor = seeded.session, seeded.actor
    bills = draft_pre_bill(session, actor=actor, matter_id=matter_id, through_on=on, now=at(on, 15))
    approve_pre_bills(session, actor=actor, pre_bill_ids=bills, now=at(on, 16))
    ids = issue_invoices(session, actor=actor, pre_bill_ids=bills, issued_on=on, print_now=False, now=at(on, 17))
    _credit(seeded, ids, on)


def _credit(seeded: Seeded, invoice_ids: list[int], on: date) -> None:
    """A credit note on the larger invoice, which is the insurer's."""
    session, actor = seeded.session, seeded.actor
    insured = max((session.get_one(Invoice, id_) for id_ in invoice_ids), key=lambda invoice: invoice.fees_minor)
    line = next(line for line in to_credit(session, invoice=insured).lines if line.text == TASKS[2][2])
    invoice_id = insured.id
    session.rollback()
    credited = {"lines": {line.id: Money(line.left_minor, CURRENCY)}, "credited_on": on}
    reason = "Attendance of two at the deposition is outside the insurer’s guidelines"
    credit_invoice(session, actor=actor, invoice_id=invoice_id, reason=reason, **credited, now=at(on, 18))  # type: ignore[arg-type]
