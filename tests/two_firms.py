"""A firm with at least one record of every kind, made as its services make them, and its rows read back and compared.

`words` turns a plain text into the one that is stored: with a mark in it, what one firm shows to another is found; with markup in it,
what a page does not escape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session

from lexapp.database import Base, transaction
from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import (
    Change,
    Client,
    Contact,
    Invoice,
    MailServer,
    Matter,
    Membership,
    PracticeArea,
    SentMail,
    StoredDocument,
)
from lexapp.services import payments, timers
from lexapp.services.credit_notes import credit_invoice, send_credit_note
from lexapp.services.drafts import save_draft
from lexapp.services.firms import add_member, link_timekeeper, open_bank_account
from lexapp.services.invoices import send_invoice
from lexapp.services.matter_visits import note_visit
from lexapp.services.pre_bills import start_draft_run
from lexapp.services.snippets import add_snippet
from lexapp.services.time_locks import NewException, sign_exception
from lexapp.services.timer_checks import keep_running
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.walls import wall_matter
from tests import billing
from tests.agreed_expenses import seed_expenses
from tests.agreed_fees import seed_fee_agreements
from tests.budgets import seed_budgets
from tests.cards import seed_card
from tests.contingent import seed_contingency
from tests.devices import Phone, key
from tests.discounted import seed_discounts
from tests.factories import (
    OPENED,
    World,
    local_today,
    make_client,
    make_guideline,
    make_matter,
    make_rate,
    make_rounding,
    make_timekeeper,
    make_world,
    password_hash,
    save,
)
from tests.invited import seed_invitation
from tests.payers import seed_payers
from tests.recurring import seed_recurring
from tests.seeded_taxes import save_taxes
from tests.seeded_trust import seed_trust
from tests.tasks import seed_tasks

Words = Callable[[str], str]
NOT_SEEDED = {"sign_in_attempts", "known_devices", "recovery_codes", "alembic_version"}  # counted without a firm; the migrations' own
FIRST_GOES_LAST = ("matters", "bank_accounts")  # the firm's own matter and its operating account: more can be done with the others
EMAIL = "ap@example.test"


@dataclass(frozen=True)
class SeededFirm:
    """A firm, the ids of its rows by table, and a browser's worth of what it calls things."""

    world: World
    ids: dict[str, list[int]]
    roles: dict[Role, Membership] = field(default_factory=dict)

    def first(self, table: str) -> int:
        return self.ids[table][0]


def seed_firm(session: Session, words: Words, number: int) -> SeededFirm:
    """Everything a firm may have. `number` keeps e-mail addresses of two firms apart."""
    world = make_world(session, words(f"Voss {number} LLP"))
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id)
    owner = _with_timekeeper(world)
    roles = {role: _member(session, world, role, number) for role in Role if role is not Role.OWNER}
    client = _client(session, world, words)
    matters = [_matter(session, world, client, words(f"Port claims {n}")) for n in range(6)]
    _rates(session, world, client, matters[0], words)
    _guidelines(session, world, client, matters[0], words)
    _work(session, world, matters, words)
    seed_fee_agreements(session, world, matters[0], words)
    seed_tasks(session, owner.owner, matters[1], words, today=local_today())
    seed_budgets(session, world, matters[5], words)
    _timers(session, owner, matters[0], words)
    _settings(session, world, words)
    _snippets(session, owner, words)
    seed_contingency(session, owner, matters[0], words, today=local_today())
    seed_discounts(session, world.owner, make_client(session, world.owner, words("Larkspur Holdings")))
    seed_recurring(session, owner, matters[1], words, today=local_today())
    _bills_and_money(session, world, client, matters, words)
    _records(session, world, words)
    seed_payers(session, world, client, matters[1], words)
    _wall(session, world, matters[0], roles)
    seed_invitation(session, world.owner, words, number)
    seed_expenses(session, world, roles[Role.ASSISTANT], matters[1], words)
    _lock_exception(session, world, roles, words)
    _at_rest(session, world, client, words)
    return SeededFirm(owner, ids_of(session, world.firm_id), roles)


def _with_timekeeper(world: World) -> World:
    return replace(world, owner=replace(world.owner, timekeeper_id=world.partner.id))


def _member(session: Session, world: World, role: Role, number: int) -> Membership:
    named = {"email": f"{role.value}{number}@example.test", "name": f"A {role.label}", "password_hash": password_hash(), "role": role}
    named["timekeeper_id"] = world.associate.id if role is Role.TIMEKEEPER else None
    return add_member(session, actor=world.owner, **named)  # type: ignore[arg-type]


def _client(session: Session, world: World, words: Words) -> Client:
    client = make_client(session, world.owner, words("Castellane Shipping"))
    with transaction(session, world.firm_id):
        client.email, client.phone, client.address = EMAIL, words("555"), words("14 Lantern Court")
        session.add(client)
    contact = Contact(firm_id=world.firm_id, client_id=client.id, name=words("Rosa Diaz"), title=words("Counsel"), email=EMAIL)
    contact.receives_invoices, contact.created_at = True, client.created_at
    save(session, contact, world.firm_id)
    return client


def _matter(session: Session, world: World, client: Client, name: str) -> Matter:
    area = session.scalar(select(PracticeArea).where(PracticeArea.firm_id == world.firm_id))
    area = area or save(session, PracticeArea(firm_id=world.firm_id, name=name[:200]), world.firm_id)
    area_id = area.id
    matter = make_matter(session, world.owner, client, name)
    with transaction(session, world.firm_id):
        session.add(matter)
        matter.practice_area_id, matter.responsible_timekeeper_id = area_id, world.partner.id
        matter.originating_timekeeper_id, matter.description, matter.client_matter_number = world.partner.id, name, name[-20:]
    return matter


def _lock_exception(session: Session, world: World, roles: dict[Role, Membership], words: Words) -> None:
    days = {"first_day": OPENED, "last_day": OPENED, "until_on": local_today(), "reason": words("Was in hospital")}
    sign_exception(session, actor=world.owner, new=NewException(membership_id=roles[Role.TIMEKEEPER].id, **days))  # type: ignore[arg-type]


def _rates(session: Session, world: World, client: Client, matter: Matter, words: Words) -> None:
    make_rate(session, world.owner, "matter", 41_000, matter_id=matter.id, name=words("Agreed"))
    make_rate(session, world.owner, "client", 40_700, client_id=client.id, name=words("Card"))
    seed_card(session, world.owner, client, words)
    make_rounding(session, world.owner, 360)
    make_rounding(session, world.owner, 900, client_id=client.id)
    make_rounding(session, world.owner, 360, matter_id=matter.id, activity_code="A106", per_day=True)


def _guidelines(session: Session, world: World, client: Client, matter: Matter, words: Words) -> None:
    said = {"title": words("Outside counsel guidelines"), "forbidden_words": words("overhead"), "quotes": {"vague": words("Be exact")}}
    for place in ({"client_id": client.id}, {"matter_id": matter.id}):
        make_guideline(session, world.owner, **place, **said)


def _work(session: Session, world: World, matters: list[Matter], words: Words) -> None:
    for matter in matters:
        for status in ("billable", "non_billable"):
            billing.work_time(session, world, matter, narrative=words("Draft motion"), status=status)
        expense = billing.spend(session, world, matter, 12_000)
        fee = billing.charge_fixed_fee(session, world, matter, 50_000)
        with transaction(session, world.firm_id):
            session.add_all([expense, fee])
            expense.description, expense.vendor, fee.description = words("Court fee"), words("Clerk"), words("Retainer")


def _timers(session: Session, world: World, matter: Matter, words: Words) -> None:
    note = timers.TimerNote(matter.id, words("Call with client"))
    phone, now = Phone.of(world.owner), datetime.now(UTC)
    for hours in (2, 1):
        timer = timers.start_timer(session, actor=world.owner, note=note, now=now - timedelta(hours=hours))
    keep_running(session, actor=world.owner, timer_id=timer.id, now=now)
    phone.keep("quick_entry", key(), now, label=words("Hallway"), recorded_seconds=360)
    sync_timer_events(session, actor=world.owner, post=phone.read(now), now=now)


def _bills_and_money(session: Session, world: World, client: Client, matters: list[Matter], words: Words) -> None:
    """Of six matters one is unbilled, one has an open pre-bill, one an approved one, three have invoices, two of these part-paid."""
    today = local_today()
    billing.draft(session, world, matters[1], today)
    billing.approved(session, world, matters[2])
    first, second, _ = (billing.issue(session, world, matter, issued_on=today, send=True)[0] for matter in matters[3:6])
    start_draft_run(session, actor=world.owner, matter_ids=[matters[0].id], through_on=OPENED)
    _payments(session, world, client, first, words)
    seed_trust(session, world, client, matters[4], second, words)
    send_invoice(session, actor=world.owner, invoice_id=second.id)
    line = next(line for line in billing.lines_of(session, first.pre_bill_id) if line.amount_minor)
    given = {"invoice_id": first.id, "lines": {line.id: usd(25_00)}, "reason": words("Agreed by telephone")}
    note = credit_invoice(session, actor=world.owner, credited_on=today, **given)
    send_credit_note(session, actor=world.owner, note_id=note.id)


def _payments(session: Session, world: World, client: Client, invoice: Invoice, words: Words) -> None:
    payments.record_payment(
        session,
        actor=world.owner,
        payer_id=client.id,
        amount=usd(300_00),
        received_on=local_today(),
        method="cheque",
        reference=words("4411"),
        memo=words("In the post"),
        allocations={invoice.id: usd(100_00)},
    )


def _records(session: Session, world: World, words: Words) -> None:
    """What the worker would leave behind."""
    invoice_id = session.scalars(select(Invoice.id).where(Invoice.firm_id == world.firm_id)).first() or 0
    subject = {"firm_id": world.firm_id, "subject_kind": "invoice", "subject_id": invoice_id}
    now = datetime.now(UTC)
    file = {"kind": "invoice", "file_name": "invoice.pdf", "media_type": "application/pdf", "size_bytes": 4, "sha256": "0" * 64}
    mail = {"message_id": f"<{world.firm_id}@x>", "kind": "invoice", "recipient": EMAIL, "subject": words("Invoice")}
    save(session, StoredDocument(**subject, **file, created_at=now), world.firm_id)
    save(session, SentMail(**subject, **mail, created_at=now), world.firm_id)
    save(session, Change(**subject, at=now), world.firm_id)
    matter_id = session.scalars(select(Matter.id).where(Matter.firm_id == world.firm_id)).first() or 0
    save_draft(session, actor=world.owner, form="client", record_id=0, values={"name": [words("Half a name")]}, now=now)
    note_visit(session, actor=world.owner, matter_id=matter_id, now=now)


def _snippets(session: Session, owner: World, words: Words) -> None:
    add_snippet(session, actor=owner.owner, abbreviation=";tc", expansion=words("Telephone conference with"), for_firm=True)
    add_snippet(session, actor=owner.owner, abbreviation=";rr", expansion=words("Review and revise"))


def _settings(session: Session, world: World, words: Words) -> None:
    """Taxes, a mail server's names, and a practice area that is offered no more."""
    save_taxes(session, world, words)
    save(session, MailServer(firm_id=world.firm_id, from_name=words("Accounts"), from_address=EMAIL), world.firm_id)
    save(session, PracticeArea(firm_id=world.firm_id, name=words("Retired area"), retired_at=datetime.now(UTC)), world.firm_id)


def _wall(session: Session, world: World, matter: Matter, roles: dict[Role, Membership]) -> None:
    """Everybody who sees matters is admitted: a wall changes nothing for them."""
    members = [roles[role].id for role in (Role.BILLING_MANAGER, Role.TIMEKEEPER, Role.ASSISTANT)]
    version = session.get_one(Matter, matter.id).version
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=version, membership_ids=members)


def _at_rest(session: Session, world: World, client: Client, words: Words) -> None:
    """What is closed, archived, not begun or not the first of its kind: pages offer other buttons for it."""
    archived = make_client(session, world.owner, words("Gone"))
    matters = [make_matter(session, world.owner, client, words(name)) for name in ("Ended", "To come")]
    clerk = make_timekeeper(session, world.owner, words("Clerk"), "LEGAST")
    contact = Contact(firm_id=world.firm_id, client_id=client.id, name=words("Left"), is_archived=True, created_at=client.created_at)
    save(session, contact, world.firm_id)
    with transaction(session, world.firm_id):
        session.add_all([archived, *matters, clerk])
        archived.is_archived, clerk.is_active, matters[1].status = True, False, "pending"
        matters[0].status, matters[0].closed_on = "closed", local_today()
    open_bank_account(session, actor=world.owner, kind="operating", name=words("Second"), opened_on=OPENED)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def ids_of(session: Session, firm_id: int) -> dict[str, list[int]]:
    """Every id of the firm, by table. A table without a firm_id is left out."""
    metadata: MetaData = Base.metadata
    session.rollback()
    tables = [table for table in metadata.sorted_tables if "firm_id" in table.c]
    found = {
        table.name: list(session.scalars(select(table.c.id).where(table.c.firm_id == firm_id).order_by(table.c.id))) for table in tables
    }
    return found | {name: found[name][1:] + found[name][:1] for name in FIRST_GOES_LAST}
