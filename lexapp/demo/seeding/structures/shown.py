"""One matter that shows one thing: opened for a client, agreed on, worked on, billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.agreements import Term
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import Matter, PreBill
from lexapp.queries.payers import arrangements_of
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.invoices import issue_invoices
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.payers import Consent, agree_payers, record_consent
from lexapp.services.pre_bills import approve_pre_bills, draft_next_chunk, start_draft_run
from lexapp.services.time_entries import TimeRow, record_time_entries


class Done(NamedTuple):
    """Work: days after the matter was opened (and up to four more, so that a day is not too full), who as a place among the
    timekeepers, minutes, what."""

    day: int
    person: int
    minutes: int
    text: str
    task: str = ""
    activity: str = ""


def first_day(seeded: Seeded) -> date:
    """The first of the month before the newest one."""
    return (seeded.plan.last_day.replace(day=1) - timedelta(days=1)).replace(day=1)


def party(seeded: Seeded, name: str, **facts: Any) -> int:
    """A client or payer of that name."""
    told = {"kind": "organisation", "email": f"accounts@{''.join(filter(str.isalnum, name.lower()))[:20]}.test"} | facts
    return add_client(seeded.session, actor=seeded.actor, facts=ClientFacts(name=name, **told), now=at(first_day(seeded), 12)).id


@dataclass(frozen=True, slots=True)
class Shown:
    """A matter of the demonstration, `since` the day on which it was opened."""

    seeded: Seeded
    client_id: int
    matter_id: int
    since: date

    @property
    def last(self) -> date:
        return self.seeded.plan.last_day

    @property
    def acting(self) -> dict[str, Any]:
        """What every service is told on the newest day."""
        return {"session": self.seeded.session, "actor": self.seeded.actor, "now": at(self.last, 17)}

    def agree(self, *terms: Term, since: date | None = None, note: str = "") -> None:
        first = since or self.since
        agreed = NewAgreement(matter_id=self.matter_id, effective_from=first, signed_on=self.since, terms=terms, note=note)
        agree_fees(agreement=agreed, **self.acting)

    def share(self, *payers: PayerTerms, since: date | None = None) -> None:
        """Who pays; the client takes the remainder, all others have agreed."""
        session, first = self.seeded.session, since or self.since
        version = session.get_one(Matter, self.matter_id).version
        session.rollback()
        arrangement = Arrangement((*payers, PayerTerms(self.client_id)), self.client_id)
        agree_payers(matter_id=self.matter_id, version=version, effective_from=first, arrangement=arrangement, **self.acting)
        found = arrangements_of(session, firm_id=self.seeded.actor.firm_id, matter_ids=[self.matter_id])[self.matter_id]
        waiting = [one.id for kept in found for one in kept.payers if one.consented_on is None and one.client_id != self.client_id]
        session.rollback()
        said = Consent(consented_on=self.since, by="The general counsel", how="letter", note="Countersigned letter of engagement")
        for payer_id in waiting:
            record_consent(payer_id=payer_id, consent=said, **self.acting)

    def work(self, *done: Done) -> None:
        rows = [
            TimeRow(
                matter_id=self.matter_id,
                timekeeper_id=self.seeded.timekeepers[one.person],
                worked_on=min(self.since + timedelta(days=one.day + self.matter_id % 5), self.last),
                recorded_seconds=one.minutes * 60,
                narrative=one.text,
                task_code=one.task,
                activity_code=one.activity,
                billing_status="billable",
                measured_seconds=None,
                recorded_at=at(self.last, 9),
            )
            for one in done
        ]
        record_time_entries(rows=rows, **self.acting)

    def spend(self, minor: int, text: str, **said: Any) -> int:
        expense = Expense(self.matter_id, self.since + timedelta(days=9), minor, description=text, **({"code": "E112"} | said))
        return record_expense(expense=expense, **self.acting).id


def bill_all(*shown: Shown) -> list[int]:
    """Drafted, approved and issued on the newest day, all matters at once; the ids of the invoices."""
    acting, matter_ids, last = shown[0].acting, [one.matter_id for one in shown], shown[0].last
    session = shown[0].seeded.session
    run_id = start_draft_run(matter_ids=matter_ids, through_on=last, **acting).id
    while draft_next_chunk(run_id=run_id, **acting):
        pass
    drafted = select(PreBill.id).where(PreBill.matter_id.in_(matter_ids), PreBill.state == "open").order_by(PreBill.id)
    bills = session.scalars(drafted).all()
    session.rollback()
    approve_pre_bills(pre_bill_ids=bills, **acting)
    return issue_invoices(pre_bill_ids=bills, issued_on=last, print_now=False, **acting)


def show(seeded: Seeded, client_id: int, name: str, *terms: Term, **facts: Any) -> Shown:
    """Open a matter in the month before the newest one, and agree its fees where there are terms."""
    since = first_day(seeded)
    told = MatterFacts(name=name, opened_on=since, responsible_timekeeper_id=seeded.actor.timekeeper_id, **facts)
    matter_id = open_matter(seeded.session, actor=seeded.actor, client_id=client_id, facts=told, now=at(since, 13)).id
    shown = Shown(seeded, client_id, matter_id, since)
    if terms:
        shown.agree(*terms)
    return shown
