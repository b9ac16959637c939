"""A matter with 10 % off and at most 25,000 a month, shared by the client and its parent: one month is billed, the next is under review."""

from __future__ import annotations

from datetime import date, timedelta

from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly
from lexapp.domain.reductions import Counts, Window
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.queries.payers import arrangements_of
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.invoices import issue_invoices
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.payers import Consent, agree_payers, record_consent
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from lexapp.services.time_entries import TimeRow, record_time_entries

MONTHLY = AgreedCap(limit_minor=25_000_00, window=Window.MONTH)
TERMS = (Hourly(), AgreedDiscount(basis_points=1_000, counts=Counts.TIME), MONTHLY)
SHARES = (6_000, 4_000)
TASKS = (
    ("L120", "A104", "Review of the distribution agreements for resale restraints"),
    ("L110", "A103", "Chronology of the pricing announcements; list of custodians"),
    ("L320", "A108", "Call with the inquiry’s case team on the scope of the request"),
    ("L390", "A103", "Draft response to the request for information, sections 3 to 5"),
)


def add_capped_matter(seeded: Seeded) -> int:
    """Agreed, worked on for two months, the first of them billed to both. Returns the matter's id."""
    session, actor, last = seeded.session, seeded.actor, seeded.plan.last_day
    first = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
    names = (("Lantern Street Foods, Inc.", "legal@lanternstreet.test"), ("Aldergate Holdings plc", "counsel@aldergate.test"))
    client, parent = (
        add_client(session, actor=actor, facts=ClientFacts(name=name, kind="organisation", email=email), now=at(first, 12)).id
        for name, email in names
    )
    facts = MatterFacts(name="Competition inquiry, 10 % off and at most 25,000 a month", opened_on=first, practice_area="Antitrust")
    matter_id = open_matter(session, actor=actor, client_id=client, facts=facts, now=at(first, 13)).id
    note = "Letter of engagement, sections 4 (discount) and 5 (monthly cap)."
    agreed = NewAgreement(matter_id=matter_id, effective_from=first, signed_on=first, terms=TERMS, note=note)
    agree_fees(session, actor=actor, agreement=agreed, now=at(first, 13))
    _share(seeded, matter_id, (client, parent), first)
    for day in (first + timedelta(days=n) for n in (2, 6, 9, 13, 16, 20)):
        _work(seeded, matter_id, day)
    _bill(seeded, matter_id, last.replace(day=1) - timedelta(days=1))
    for day in sorted({min(last.replace(day=n), last) for n in (2, 4, 9, 11, 15, 18)}):
        _work(seeded, matter_id, day)
    draft_pre_bill(session, actor=actor, matter_id=matter_id, through_on=last, now=at(last, 18))
    return matter_id


def _share(seeded: Seeded, matter_id: int, payers: tuple[int, int], first: date) -> None:
    session, actor, now = seeded.session, seeded.actor, at(first, 14)
    terms = tuple(PayerTerms(payer, share, share, share) for payer, share in zip(payers, SHARES, strict=True))
    given = {"matter_id": matter_id, "version": 1, "effective_from": first}
    agree_payers(session, actor=actor, arrangement=Arrangement(terms), now=now, **given)  # type: ignore[arg-type]
    (agreed,) = arrangements_of(session, firm_id=actor.firm_id, matter_ids=[matter_id])[matter_id]
    payer_id = agreed.payers[1].id
    session.rollback()
    said = Consent(consented_on=first, by="J. Aldous, group counsel", how="agreement", note="Group cost-sharing agreement, schedule 2")
    record_consent(session, actor=actor, payer_id=payer_id, consent=said, now=now)


def _work(seeded: Seeded, matter_id: int, day: date) -> None:
    """Partner and associate, 4.2 and 5.6 hours."""
    n, (partner, associate) = day.day % len(TASKS), seeded.timekeepers[:2]
    task, activity, narrative = TASKS[n]
    rows = [
        TimeRow(
            matter_id=matter_id,
            timekeeper_id=person,
            worked_on=day,
            recorded_seconds=seconds,
            narrative=narrative,
            task_code=task,
            activity_code=activity,
            billing_status="billable",
            measured_seconds=None,
            recorded_at=at(day, 21),
        )
        for person, seconds in ((partner, 15_120), (associate, 20_160))
    ]
    record_time_entries(seeded.session, actor=seeded.actor, rows=rows, now=at(day, 22))


def _bill(seeded: Seeded, matter_id: int, through_on: date) -> None:
    session, actor, on = seeded.session, seeded.actor, through_on + timedelta(days=1)
    bills = draft_pre_bill(session, actor=actor, matter_id=matter_id, through_on=through_on, now=at(on, 9))
    approve_pre_bills(session, actor=actor, pre_bill_ids=bills, now=at(on, 10))
    issue_invoices(session, actor=actor, pre_bill_ids=bills, issued_on=on, print_now=False, now=at(on, 11))
