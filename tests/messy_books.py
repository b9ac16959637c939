"""Books of a quarter as they come about: split payers, part payments, money taken back, voids, trust, taxes, mark-up. By a seed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.credits import CreditKind
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.models import Allocation, Invoice, Matter, Payment, PracticeArea, Tax, Timekeeper
from lexapp.services import payments, trust
from lexapp.services.credit_notes import credit_invoice, void_credit_note
from lexapp.services.invoices import issue_invoices, void_invoice
from lexapp.services.pre_bills import LineChange, approve_pre_bills, edit_line
from tests import billing
from tests.credits import share_credit
from tests.databases import Database
from tests.factories import NOW, TODAY, World, make_client, make_matter, make_timekeeper, make_world, save

FIRST = date(2026, 8, 31)
ROUNDS = (date(2026, 9, 30), date(2026, 10, 30), date(2026, 11, 20))


@dataclass
class Books:
    """A firm with its matters; `picks` is what chance takes, `notes` what it takes for credit notes."""

    database: Database
    session: Session
    world: World
    picks: Random
    notes: Random
    matters: list[Matter] = field(default_factory=list)
    people: list[Timekeeper] = field(default_factory=list)

    @property
    def firm_id(self) -> int:
        return self.world.firm_id

    def day(self, after: date, before: date = TODAY) -> date:
        return after + timedelta(days=self.picks.randint(0, max((before - after).days, 0)))


def make_books(database: Database, seed: int) -> Books:
    """The same books for the same seed, in a firm of their own."""
    session = Session(database.engine, autoflush=False)
    books = Books(database, session, make_world(session, f"Firm {seed}"), Random(seed), Random(-1 - seed))
    _cast(books)
    before = FIRST
    for issued_on in ROUNDS:
        _work(books, before, issued_on)
        _bill(books, issued_on)
        _money(books, issued_on)
        for _ in range(3):
            _try(books, _credit_some, issued_on)
        before = issued_on
    _work(books, before, TODAY, lacking_rates=True)
    for matter in books.matters[:2]:
        with suppress(Refused):
            billing.draft(session, books.world, matter)
    session.rollback()
    return books


def _cast(books: Books) -> None:
    session, world = books.session, books.world
    areas = [save(session, PracticeArea(firm_id=world.firm_id, name=name), world.firm_id) for name in ("Admiralty", "Trade")]
    books.people = [world.partner, world.associate, make_timekeeper(session, world.owner, "Owen Marchetti", "PARALG")]
    clients = [make_client(session, world.owner, name) for name in ("Aldane Ltd", "Bexhill Inc.", "Corran & Sons")]
    books.matters = [make_matter(session, world.owner, clients[n % 3], f"Matter {n}") for n in range(5)]
    with transaction(session, world.firm_id):
        for n, matter in enumerate(books.matters[:4]):
            session.add(matter)
            matter.practice_area_id = areas[n % 2].id
            matter.responsible_timekeeper_id = books.people[n % 2].id
            matter.originating_timekeeper_id = books.people[(n + 1) % 3].id
        session.add(books.people[1])
        books.people[1].yearly_target_hours = 1_700
    levy = Tax(name="Levy", rate_millionths=62_500, on_fees=True, on_expenses=True, effective_from=date(2026, 10, 15), created_at=NOW)
    levy.firm_id = world.firm_id
    save(session, levy, world.firm_id)
    billing.share_matter(session, world, books.matters[1], {clients[1].id: 6_000, clients[2].id: 4_000})
    _credit(books)


def _credit(books: Books) -> None:
    """One matter's origination is shared, by other shares from a day on; another's responsibility among three; the others' not."""
    session, world, (one, two, three) = books.session, books.world, books.people
    share_credit(session, world, books.matters[0], [(one, 6_000), (two, 4_000)], start=FIRST)
    share_credit(session, world, books.matters[0], [(two, 2_500), (three, 7_500)], start=date(2026, 11, 5))
    thirds = [(one, 3_334), (two, 3_333), (three, 3_333)]
    share_credit(session, world, books.matters[1], thirds, CreditKind.RESPONSIBLE, date(2026, 10, 10))


def _work(books: Books, after: date, through: date, *, lacking_rates: bool = False) -> None:
    session, world, picks = books.session, books.world, books.picks
    for _ in range(14):
        matter = picks.choice(books.matters)
        status = picks.choice(("billable", "billable", "billable", "no_charge", "non_billable"))
        rate = picks.choice((50_000, 33_333, 27_505, None if lacking_rates and status == "billable" else 41_111))
        given = {"by": picks.choice(books.people), "on": books.day(after, through), "status": status}
        billing.work_time(session, world, matter, picks.randint(1, 400), rate, **given)
    own = session.scalars(select(Matter).where(Matter.firm_id == world.firm_id, Matter.is_internal)).one()
    billing.work_time(session, world, own, 130, None, on=books.day(after, through), status="non_billable")
    for _ in range(4):
        cost = picks.choice((None, 7_001, 20_000))
        kind = "hard" if cost is not None else "soft"
        billing.spend(session, world, picks.choice(books.matters), picks.randint(3_000, 25_000), cost=cost or 0, kind=kind)
    billing.charge_fixed_fee(session, world, picks.choice(books.matters), picks.randint(1, 90_000))


def _bill(books: Books, issued_on: date) -> None:
    session, world, picks = books.session, books.world, books.picks
    # A split without a rate cannot be billed: that one matter waits.
    for matter in picks.sample(books.matters, 4):
        with suppress(Refused):
            bills = billing.draft(session, world, matter, issued_on)
            for bill in bills:
                _review(books, bill)
            approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills, now=NOW)
            issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=issued_on, send=False, now=NOW)
        session.rollback()


def _review(books: Books, bill: int) -> None:
    """One line of a pre-bill loses a tenth of an hour."""
    lines = [line for line in billing.lines_of(books.session, bill) if line.kind == "time" and line.billing_status == "billable"]
    fit = [line for line in lines if line.quantity_hundredths > 30 and line.share_basis_points == 10_000 and line.rate_minor % 10 == 0]
    if fit:
        line = books.picks.choice(fit)
        same = LineChange(line.narrative, line.quantity_hundredths, line.rate_minor, line.task_code, line.activity_code)
        cut = replace(same, write_down_minor=line.rate_minor // 10, write_down_reason="Slow")
        edit_line(books.session, actor=books.world.owner, line_id=line.id, version=line.version, change=cut, now=NOW)


# ── money ────────────────────────────────────────────────────────────────────────────────────────


def _money(books: Books, after: date) -> None:
    for _ in range(12):
        _try(books, books.picks.choice((_pay, _pay, _pay, _trust, _take_off, _bounce, _void)), after)


def _try(books: Books, act: Callable[[Books, date], Any], after: date) -> None:
    """What the office refuses does not happen."""
    with suppress(Refused):
        act(books, after)
    books.session.rollback()


def _invoice(books: Books, picks: Random | None = None) -> Invoice:
    query = select(Invoice).where(Invoice.firm_id == books.firm_id, Invoice.voided_on.is_(None), Invoice.total_minor > 0)
    return (picks or books.picks).choice(list(books.session.scalars(query.order_by(Invoice.id))))


def _pay(books: Books, after: date) -> None:
    invoice, picks = _invoice(books), books.picks
    amount = picks.choice((invoice.total_minor, invoice.total_minor // 3 + 1, 1, picks.randint(1, invoice.total_minor)))
    on, left_over = books.day(max(after, invoice.issued_on)), picks.choice((0, 500))
    given = {"payer_id": invoice.payer_id, "received_on": on, "method": "cheque", "allocations": {invoice.id: Money(amount, "USD")}}
    payments.record_payment(books.session, actor=books.world.owner, amount=Money(amount + left_over, "USD"), now=NOW, **given)


def _trust(books: Books, after: date) -> None:
    invoice, on = _invoice(books), books.day(after)
    whose = {"matter_id": invoice.matters[0].matter_id}
    given = {"amount": Money(90_000, "USD"), "effective_on": on, "source": "Payer", "method": "cheque", **whose}
    made = trust.deposit_to_trust(books.session, actor=books.world.owner, now=NOW, **given)
    ledger_id, invoice_id, issued_on = made.trust_ledger_id, invoice.id, invoice.issued_on
    amount = Money(books.picks.randint(1, 80_000), "USD")
    when = {"effective_on": books.day(max(on, issued_on)), "amount": amount, "now": NOW}
    trust.apply_trust_to_invoice(books.session, actor=books.world.owner, trust_ledger_id=ledger_id or 0, invoice_id=invoice_id, **when)


def _take_off(books: Books, after: date) -> None:
    ids = list(books.session.scalars(select(Allocation.id).where(Allocation.firm_id == books.firm_id).order_by(Allocation.id)))
    if ids:
        on = books.day(after)
        payments.unapply_allocation(books.session, actor=books.world.owner, allocation_id=books.picks.choice(ids), effective_on=on, now=NOW)


def _bounce(books: Books, after: date) -> None:
    ids = list(books.session.scalars(select(Payment.id).where(Payment.firm_id == books.firm_id).order_by(Payment.id)))
    if ids:
        given = {"payment_id": books.picks.choice(ids), "reversed_on": books.day(after), "reason": "Unpaid"}
        payments.reverse_payment(books.session, actor=books.world.owner, now=NOW, **given)


def _credit_some(books: Books, after: date) -> None:
    """A credit note on some lines, or on all that is open; now and then one is voided again."""
    session, picks = books.session, books.notes
    invoice = _invoice(books, picks)
    lines = [line for line in billing.lines_of(session, invoice.pre_bill_id) if line.state == "included" and line.amount_minor]
    wanted = {line.id: Money(picks.randint(1, line.amount_minor), "USD") for line in picks.sample(lines, min(2, len(lines)))}
    first = max(after, invoice.issued_on)
    given = {"credited_on": first + timedelta(days=picks.randint(0, (TODAY - first).days)), "reason": "Agreed by telephone"}
    given["lines"] = picks.choice((wanted, wanted, None))
    note = credit_invoice(session, actor=books.world.owner, invoice_id=invoice.id, now=NOW, **given)
    if picks.random() < 0.3:
        void_credit_note(session, actor=books.world.owner, note_id=note.id, reason="Wrong invoice", now=NOW)


def _void(books: Books, after: date) -> None:
    if books.picks.random() < 0.5:
        invoice = _invoice(books)
        now = NOW - timedelta(days=(TODAY - books.day(max(after, invoice.issued_on))).days)
        void_invoice(books.session, actor=books.world.owner, invoice_id=invoice.id, reason="Wrong payer", now=now)
