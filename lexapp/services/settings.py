"""The settings of the firm, part by part. Each takes effect on what is made from then on; nothing that is made already changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import change
from lexapp.books.records import of_firm
from lexapp.database import today_in, transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.domain.moments import EARLIEST
from lexapp.domain.numbering import NumberPattern
from lexapp.domain.permissions import Actor
from lexapp.domain.placeholders import check_places
from lexapp.domain.tax import TaxRounding, parse_place
from lexapp.domain.time_locks import LONGEST_OPEN_DAYS
from lexapp.domain.timer_shares import SharingRule, rule_in_force
from lexapp.models import BankAccount, Firm

PAPERS = ("letter", "a4")
THEMES = ("chambers", "ledger")
LONGEST_TERMS_DAYS = 365
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmDetails:
    """Who the firm is, as its letterhead says. Currency and time zone never change: the books are kept in them."""

    part: ClassVar[str] = "firm"
    name: str
    address: str
    email: str
    phone: str
    website: str
    tax_number: str
    country: str = ""
    region: str = ""

    def check(self) -> None:
        """Refuse, beside its field, what cannot take effect."""
        if not self.name.strip():
            raise InvalidInput("Write the firm’s name.", field="name")
        parse_place(self.country, self.region)

    def columns(self) -> dict[str, object]:
        place = parse_place(self.country, self.region)
        return asdict(self) | {"country": place.country, "region": place.region}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSettings:
    """How invoices look and what they say, on paper and in the mail that brings them. An empty text for the mail means the usual one."""

    part: ClassVar[str] = "invoices"
    payment_terms_days: int
    paper: str
    invoice_theme: str
    invoice_introduction: str
    payment_instructions: str
    invoice_footer: str
    mail_subject: str
    mail_body: str
    tax_rounding: str = TaxRounding.INVOICE.value

    def check(self) -> None:
        check_places(self.mail_subject, field="mail_subject")
        check_places(self.mail_body, field="mail_body")
        _one_of("paper", self.paper, PAPERS)
        _one_of("tax_rounding", self.tax_rounding, tuple(TaxRounding))
        _one_of("invoice_theme", self.invoice_theme, THEMES)
        _between("payment_terms_days", self.payment_terms_days, 0, LONGEST_TERMS_DAYS, "days")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSettings:
    """When timers are asked about, which days are closed, whether several timers may run, what phones may keep.

    How time is rounded stands in dated rules of their own (services.rounding_rules).
    """

    part: ClassVar[str] = "time"
    phone_matters_offline: bool = False
    forgotten_after_seconds: int = 14_400
    idle_after_seconds: int = 1_800
    time_closed_through: date | None = None
    time_open_days: int | None = None
    timers_at_once: bool = False
    shared_minutes: str = SharingRule.SPLIT

    def check(self) -> None:
        _between("forgotten_after_seconds", self.forgotten_after_seconds, 0, DAY_SECONDS, "seconds")
        _between("idle_after_seconds", self.idle_after_seconds, 0, DAY_SECONDS, "seconds")
        _one_of("shared_minutes", self.shared_minutes, tuple(SharingRule))
        if self.time_open_days is not None:
            _between("time_open_days", self.time_open_days, 1, LONGEST_OPEN_DAYS, "days, or leave it empty")

    def check_day(self, today: date) -> None:
        """Refuse to close days that are to come."""
        if self.time_closed_through is not None and not EARLIEST <= self.time_closed_through <= today:
            raise InvalidInput("Write today’s date or an earlier one.", field="time_closed_through")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSettings:
    """How matters, invoices and credit notes are numbered."""

    part: ClassVar[str] = "numbers"
    matter_number_pattern: str
    invoice_number_pattern: str
    credit_note_number_pattern: str = "CN-{year}-{number:04}"

    def check(self) -> None:
        NumberPattern.parse(self.matter_number_pattern, field="matter_number_pattern")
        NumberPattern.parse(self.invoice_number_pattern, field="invoice_number_pattern")
        NumberPattern.parse(self.credit_note_number_pattern, field="credit_note_number_pattern")


SettingsPart = FirmDetails | InvoiceSettings | TimeSettings | NumberSettings


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidInput("Choose one of the list.", field=field)


def _between(field: str, value: int, least: int, most: int, unit: str) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"Write {least} to {most} {unit}.", field=field)


def change_settings(
    session: Session, *, actor: Actor, version: int, settings: SettingsPart, key: str | None = None, now: datetime | None = None
) -> Firm:
    """Change one part of the firm's settings. Raises Conflict when somebody changed any part meanwhile."""
    actor.require("settings.edit")
    settings.check()
    with transaction(session, actor.firm_id):
        inputs = {"part": settings.part, "version": version, **asdict(settings)}
        command = record_command(session, actor=actor, name="settings.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Firm, actor.firm_id)
        firm = session.scalars(select(Firm).where(Firm.id == actor.firm_id).with_for_update(key_share=True)).one()
        if isinstance(settings, TimeSettings):
            settings.check_day(today_in(firm.time_zone, command.at))
        if firm.version != version:
            raise Conflict("Somebody changed the settings while you were writing. Reload the page, then make your change again.")
        rule = _sharing(firm)
        changed = change(firm, settings.columns() if isinstance(settings, FirmDetails) else asdict(settings))
        if _sharing(firm) is not rule:
            firm.sharing_before = [*firm.sharing_before, [command.at.astimezone(UTC).replace(microsecond=0).isoformat(), rule.value]]
        audit(
            session,
            command,
            action="settings.changed",
            subject_kind="firm",
            subject_id=firm.id,
            before=changed.before,
            after=changed.after,
        )
        succeed(session, command, firm_id=firm.id)
    return firm


def _sharing(firm: Firm) -> SharingRule:
    return rule_in_force(at_once=firm.timers_at_once, shared_minutes=firm.shared_minutes)


def make_bank_account_default(
    session: Session, *, actor: Actor, bank_account_id: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Make a bank account the one that is offered first among those of its kind."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        inputs = {"bank_account_id": bank_account_id}
        command = record_command(session, actor=actor, name="bank_account.default", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        account = of_firm(session, BankAccount, bank_account_id, firm_id=actor.firm_id, noun="bank account")
        if account.closed_at is not None:
            raise NotAllowed(f"{account.name} is closed. Choose an open account.")
        session.execute(select(Firm.id).where(Firm.id == actor.firm_id).with_for_update(key_share=True))
        same = update(BankAccount).where(BankAccount.firm_id == actor.firm_id, BankAccount.kind == account.kind)
        session.execute(same.where(BankAccount.is_default).values(is_default=False))
        session.execute(same.where(BankAccount.id == bank_account_id).values(is_default=True))
        audit(session, command, action="bank_account.made_default", subject_kind="bank_account", subject_id=bank_account_id)
        succeed(session, command, bank_account_id=bank_account_id)
