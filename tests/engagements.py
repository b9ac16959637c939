"""An engagement for tests that go all the way: agreed, worked on, billed, and what the journal says of it afterwards.

Every step is the service that the screens use. `books` is the whole journal of the test by account role (`docs/ledger.md`), signed minor
units, without accounts that came to nothing: a test writes the expected ones out by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Term
from lexapp.domain.derivations import comes_to
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.integrations.documents import invoice_html
from lexapp.models import Account, Client, ExpenseEntry, FeeAgreement, FeeTerm, Invoice, Matter, Posting, TimeEntry, Timekeeper
from lexapp.queries.derivations import derive_invoice
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.verification import verify
from lexapp.services.clients import ClientFacts, add_client
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.fee_agreements import NewAgreement, agree_fees
from lexapp.services.invoices import issue_invoices
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from lexapp.services.time_entries import Work, record_time
from tests import billing
from tests.factories import NOW, OPENED, TODAY, World, make_world

JULY, OCTOBER, NOVEMBER = date(2026, 7, 1), date(2026, 10, 12), date(2026, 11, 3)


@dataclass
class Engagement:
    """One client with one matter, in a firm whose partner costs 500 an hour and whose associate costs 300."""

    session: Session
    world: World
    client_id: int
    matter_id: int
    issued: list[int] = field(default_factory=list)
    """Ids of the invoices that `bill` issued last."""

    @property
    def acting(self) -> dict[str, Any]:
        """What every service is told: the session is at rest, so that its command begins a transaction of its own."""
        self.session.rollback()
        return {"session": self.session, "actor": self.world.owner, "now": NOW}

    @property
    def partner(self) -> Timekeeper:
        return self.world.partner

    @property
    def associate(self) -> Timekeeper:
        return self.world.associate

    @property
    def matter(self) -> Matter:
        return self.session.get_one(Matter, self.matter_id)

    # ── what is agreed ───────────────────────────────────────────────────────────────────────────

    def agree(self, *terms: Term, since: date = OPENED) -> FeeAgreement:
        return agree_fees(
            agreement=NewAgreement(matter_id=self.matter_id, effective_from=since, terms=terms, signed_on=since), **self.acting
        )

    def term(self, kind: str) -> int:
        """The id of the term of that kind."""
        mine = (FeeTerm.matter_id == self.matter_id, FeeTerm.kind == kind)
        return self.session.scalars(select(FeeTerm.id).where(*mine)).one()

    def new_client(self, name: str, **facts: Any) -> int:
        return add_client(facts=ClientFacts(name=name, **facts), **self.acting).id

    def new_matter(self, name: str, client_id: int | None = None, **facts: Any) -> Engagement:
        """Another engagement in the same firm."""
        client_id = client_id or self.client_id
        told = MatterFacts(name=name, opened_on=OPENED, **facts)
        return replace(self, client_id=client_id, matter_id=open_matter(client_id=client_id, facts=told, **self.acting).id, issued=[])

    def share(self, *payers: PayerTerms, remainder: int | None = None, since: date = OPENED) -> None:
        """Who pays, with the consent of everybody."""
        self.session.rollback()
        billing.agree(self.session, self.world, self.matter, Arrangement(payers, remainder), since)

    # ── what is done ─────────────────────────────────────────────────────────────────────────────

    def work(self, hours: float, by: Timekeeper | None = None, on: date = NOVEMBER, **said: Any) -> TimeEntry:
        """Time as the form records it, priced by the rule that wins on its day. The partner works unless somebody else is named."""
        told = Work(self.matter_id, (by or self.partner).id, on, round(hours * 3_600), "Draft the answer", **said)
        return record_time(work=told, **self.acting)

    def spend(self, minor: int, on: date = NOVEMBER, **said: Any) -> ExpenseEntry:
        """A hard cost unless `kind` says soft."""
        facts = {"description": "Court fee", "code": "E112"} | said
        return record_expense(expense=Expense(self.matter_id, on, minor, **facts), **self.acting)

    def draft(self, through: date = TODAY) -> list[int]:
        return draft_pre_bill(matter_id=self.matter_id, through_on=through, **self.acting)

    def bill(self, through: date = TODAY, on: date = TODAY) -> dict[str, int]:
        """Draft, approve and issue what is unbilled, and explain it to the cent: each payer's invoice, by the payer's name."""
        bills = approve_pre_bills(pre_bill_ids=self.draft(through), **self.acting)
        self.issued = issue_invoices(pre_bill_ids=bills, issued_on=on, print_now=False, **self.acting)
        self._explain()
        query = select(Client.name, Invoice.total_minor).join(Client, Client.id == Invoice.payer_id)
        return dict(self.session.execute(query.where(Invoice.id.in_(self.issued)).order_by(Invoice.id)).all())

    def _explain(self) -> None:
        """Every amount opens to steps that come to it."""
        for invoice_id in self.issued:
            invoice = self.session.get_one(Invoice, invoice_id)
            found = derive_invoice(self.session, invoice=invoice)
            assert comes_to(found.steps) == invoice.total_minor
            shown = self.snapshot_of(invoice_id)
            lines = [line.amount_minor for matter in shown.matters for line in (*matter.time, *matter.fixed_fees, *matter.expenses)]
            assert sorted(comes_to(line.steps) or 0 for line in found.lines) == sorted(lines)

    # ── what stands afterwards ───────────────────────────────────────────────────────────────────

    def snapshot(self) -> InvoiceSnapshot:
        """The one invoice that was issued last, as it is frozen."""
        (invoice_id,) = self.issued
        return self.snapshot_of(invoice_id)

    def snapshot_of(self, invoice_id: int) -> InvoiceSnapshot:
        return frozen_invoice(self.session, firm_id=self.world.firm_id, invoice_id=invoice_id).snapshot

    def printed(self) -> str:
        """The text of that invoice as it is set for paper."""
        return invoice_html(self.snapshot())

    def books(self) -> dict[str, int]:
        """The journal by account role, after every entry was found to balance and `verify` to be clean."""
        self.session.rollback()
        assert verify(self.session, self.world.firm_id) == []
        entries = select(func.sum(Posting.amount_minor)).where(Posting.firm_id == self.world.firm_id)
        assert not any(self.session.scalars(entries.group_by(Posting.journal_entry_id)))
        query = select(Account.role, func.sum(Posting.amount_minor)).join(Account, Account.id == Posting.account_id)
        rows = self.session.execute(query.where(Posting.firm_id == self.world.firm_id).group_by(Account.role))
        return {role: int(minor) for role, minor in rows if minor}


@pytest.fixture
def letter(session: Session) -> Engagement:
    """A new client's matter. What is agreed is the first sentence of each test."""
    world = make_world(session)
    first = Engagement(session, world, 0, 0)
    return first.new_matter("Port Authority claims", first.new_client("Castellane Shipping"))
