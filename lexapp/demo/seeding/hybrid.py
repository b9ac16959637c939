"""Two matters of several terms at once: reduced hours with a success fee and a fixed phase under a monthly cap; and a retained client."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from lexapp.demo.seeding.cast import CURRENCY
from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.agreements import (
    AdvanceRetainer,
    AgreedCap,
    Coverage,
    Covers,
    Flat,
    Hourly,
    HourlyRate,
    Minimum,
    MonthlyRetainer,
    SuccessFee,
    Term,
)
from lexapp.domain.money import Money
from lexapp.domain.reductions import Counts, Window
from lexapp.models import FeeTerm, Milestone
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.fee_agreements import NewAgreement, agree_fees, reach_milestone, record_month, record_result
from lexapp.services.invoices import issue_invoices
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.pre_bills import approve_pre_bills, draft_fee
from lexapp.services.time_entries import Work, record_time
from lexapp.services.trust import deposit_to_trust

DILIGENCE = Flat(name="Due diligence report", amount_minor=9_500_00, pays_for=Coverage(Covers.PHASES, ("L100",)))
SALE = SuccessFee(name="Success fee on the sale", basis_points=200, threshold_minor=2_500_000_00)
HYBRID: tuple[Term, ...] = (
    Hourly((HourlyRate("PARTNR", 360_00), HourlyRate("ASSOC", 240_00))),
    SALE,
    DILIGENCE,
    AgreedCap(limit_minor=6_000_00, window=Window.MONTH, counts=Counts.TIME),
)
RETAINED: tuple[Term, ...] = (
    MonthlyRetainer(
        name="General counsel services",
        amount_minor=3_800_00,
        pays_for=Coverage(Covers.ALL),
        hours_hundredths=12_00,
        beyond_minor_per_hour=310_00,
    ),
    AdvanceRetainer(amount_minor=10_000_00, minimum_minor=2_500_00),
)
LEASE: tuple[Term, ...] = (Hourly(), Minimum(amount_minor=1_500_00))


def add_hybrids(seeded: Seeded, now: datetime) -> None:
    """Agreements since the month before the newest; what that month came to, a result, and a phase earned while money is in trust."""
    last = seeded.plan.last_day
    month = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
    client_id = _client(seeded, month)
    sale = _matter(seeded, client_id, "Sale of the Dock Street site, reduced hours and a success fee", HYBRID, month)
    counsel = _matter(seeded, client_id, "General counsel for a monthly retainer, with an advance", RETAINED, month)
    lease = _matter(seeded, client_id, "Lease renewals with a monthly minimum", LEASE, month)
    for matter_id, days, hours, code, narrative in (
        (sale, 8, 7, "L120", "Review the data room"),
        (sale, 12, 8, "L210", "Negotiate the purchase agreement with counsel for the buyer"),
        (sale, 15, 8, "L210", "Draft disclosure schedules"),
        (sale, 19, 7, "L210", "Telephone conferences on closing conditions"),
        (counsel, 9, 8, "", "Employment handbook; questions of the board"),
        (counsel, 17, 6, "", "Supply agreement with the mill"),
        (lease, 10, 2, "", "Notice of renewal"),
    ):
        _work(seeded, matter_id, month + timedelta(days=days), hours, code, narrative, now)
    for matter_id in (sale, counsel):
        _advance(seeded, matter_id, month, now)
    session, actor = seeded.session, seeded.actor
    milestone = session.scalars(select(Milestone.id).where(Milestone.matter_id == sale)).one()
    reached = reach_milestone(session, actor=actor, milestone_id=milestone, version=1, reached_on=last, now=now)
    _bill(seeded, reached.fixed_fee_entry_id or 0, last, now)
    told = {"value_minor": 3_150_000_00, "achieved_on": last, "note": "closing of the first parcel"}
    record_result(session, actor=actor, fee_term_id=_term(seeded, sale, "success_fee"), **told, now=now)  # type: ignore[arg-type]
    for matter_id, kind in ((counsel, "monthly_retainer"), (lease, "minimum")):
        record_month(session, actor=actor, fee_term_id=_term(seeded, matter_id, kind), month=month, now=now)


def _client(seeded: Seeded, since: date) -> int:
    facts = ClientFacts(name="Dock Street Holdings LLC", email="office@dockstreet.test", address="5 Dock Street\nKingston, NY 12401")
    return add_client(seeded.session, actor=seeded.actor, facts=facts, now=at(since)).id


def _matter(seeded: Seeded, client_id: int, name: str, terms: tuple[Term, ...], since: date) -> int:
    facts = MatterFacts(name=name, opened_on=since, responsible_timekeeper_id=seeded.actor.timekeeper_id)
    matter = open_matter(seeded.session, actor=seeded.actor, client_id=client_id, facts=facts, now=at(since))
    agreement = NewAgreement(matter_id=matter.id, effective_from=since, terms=terms, signed_on=since)
    agree_fees(seeded.session, actor=seeded.actor, agreement=agreement, now=at(since))
    return matter.id


def _work(seeded: Seeded, matter_id: int, on: date, hours: int, code: str, narrative: str, now: datetime) -> None:
    by = seeded.actor.timekeeper_id or seeded.timekeepers[0]
    work = Work(matter_id, by, on, hours * 3_600, narrative, task_code=code)
    record_time(seeded.session, actor=seeded.actor, work=work, now=now)


def _advance(seeded: Seeded, matter_id: int, on: date, now: datetime) -> None:
    deposit_to_trust(
        seeded.session,
        actor=seeded.actor,
        matter_id=matter_id,
        amount=Money(10_000_00, CURRENCY),
        effective_on=on,
        source="The client",
        method="transfer",
        reference="W88102",
        purpose="Advance",
        now=now,
    )


def _bill(seeded: Seeded, fixed_fee_entry_id: int, on: date, now: datetime) -> None:
    """The phase by itself, so that its transfer out of trust waits for approval."""
    session, actor = seeded.session, seeded.actor
    bills = draft_fee(session, actor=actor, fixed_fee_entry_id=fixed_fee_entry_id, now=now)
    approve_pre_bills(session, actor=actor, pre_bill_ids=bills, now=now)
    issue_invoices(session, actor=actor, pre_bill_ids=bills, issued_on=on, now=now)


def _term(seeded: Seeded, matter_id: int, kind: str) -> int:
    return seeded.session.scalars(select(FeeTerm.id).where(FeeTerm.matter_id == matter_id, FeeTerm.kind == kind)).one()
