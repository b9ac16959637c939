"""The settings of the firm, its bank accounts, its timekeepers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import BankAccount, Firm
from lexapp.services import firms
from lexapp.services.bank_accounts import BankAccountFacts, change_bank_account
from lexapp.services.matters import MatterFacts, open_matter
from lexapp.services.settings import (
    FirmDetails,
    InvoiceSettings,
    NumberSettings,
    SettingsPart,
    TimeSettings,
    change_settings,
    make_bank_account_default,
)
from lexapp.services.timekeepers import TimekeeperFacts, deactivate_timekeeper, edit_timekeeper, reactivate_timekeeper
from tests.databases import Database
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_firm, make_member, make_world

DETAILS = FirmDetails(
    name="Brannock Voss LLP",
    address="1 Quay Street\nDunmore",
    email="office@brannockvoss.test",
    phone="",
    website="",
    tax_number="12-3456789",
)
PARTS: tuple[SettingsPart, ...] = (
    DETAILS,
    InvoiceSettings(
        payment_terms_days=14,
        paper="a4",
        invoice_theme="ledger",
        invoice_introduction="For our work.",
        payment_instructions="By cheque or wire.",
        invoice_footer="Thank you.",
        mail_subject="Invoice {number}",
        mail_body="Dear {payer},",
    ),
    TimeSettings(phone_matters_offline=True),
    NumberSettings(matter_number_pattern="M{yy}/{number:03}", invoice_number_pattern="{year}-{number:05}"),
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def test_settings_take_effect_on_what_is_made_next(session: Session, world: World) -> None:
    for place, part in enumerate(PARTS, start=1):
        firm = change_settings(session, actor=world.owner, version=place, settings=part, now=NOW)
    assert (firm.paper, firm.payment_terms_days, firm.version) == ("a4", 14, 5)
    client = make_client(session, world.owner)
    matter = open_matter(session, actor=world.owner, client_id=client.id, facts=MatterFacts(name="M", opened_on=TODAY), now=NOW)
    assert matter.number == "M26/001"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("matter_number_pattern", "{year}"),
        ("invoice_number_pattern", "{n}"),
        ("mail_subject", "Invoice {nummer}"),
        ("mail_body", "{number.__class__}"),
        ("paper", "napkin"),
        ("invoice_theme", "../chambers"),
        ("payment_terms_days", -1),
        ("payment_terms_days", 366),
    ],
)
def test_a_setting_that_cannot_take_effect_is_refused_beside_its_field(
    session: Session, world: World, field: str, value: str | int
) -> None:
    part = next(one for one in PARTS if hasattr(one, field))
    with pytest.raises(InvalidInput) as refusal:
        change_settings(session, actor=world.owner, version=1, settings=replace(part, **{field: value}), now=NOW)
    assert refusal.value.field == field
    assert session.get_one(Firm, world.firm_id).version == 1


def test_settings_changed_meanwhile_are_not_overwritten(session: Session, world: World) -> None:
    change_settings(session, actor=world.owner, version=1, settings=DETAILS, now=NOW)
    with pytest.raises(Conflict):
        change_settings(session, actor=world.owner, version=1, settings=replace(DETAILS, name="Other"), now=NOW)
    assert session.get_one(Firm, world.firm_id).name == "Brannock Voss LLP"


def test_settings_sent_by_many_at_once_are_saved_for_one_and_the_others_ar(session: Session, world: World, database: Database) -> None:
    session.rollback()

    def save(place: int) -> str:
        with Session(database.engine, autoflush=False) as own:
            try:
                change_settings(own, actor=world.owner, version=1, settings=replace(DETAILS, phone=f"555 010{place}"), now=NOW)
            except Conflict:
                return "told"
            return "saved"

    with ThreadPoolExecutor(6) as browsers:
        assert sorted(browsers.map(save, range(6))) == ["saved", *["told"] * 5]


def test_a_bookkeeper_may_not_change_settings(session: Session, world: World) -> None:
    with pytest.raises(NotAllowed):
        change_settings(session, actor=make_member(session, world.owner, Role.BOOKKEEPER), version=1, settings=DETAILS, now=NOW)


def test_one_bank_account_of_a_kind_is_the_default(session: Session, world: World) -> None:
    second = firms.open_bank_account(session, actor=world.owner, kind="trust", name="IOLTA 2", opened_on=OPENED, now=NOW)
    second_id = second.id
    make_bank_account_default(session, actor=world.owner, bank_account_id=second_id, now=NOW)
    chosen = session.scalars(select(BankAccount.id).where(BankAccount.firm_id == world.firm_id, BankAccount.is_default))
    assert set(chosen) == {world.operating.id, second_id}
    with pytest.raises(NotFound):
        make_bank_account_default(session, actor=make_firm(session, "Other"), bank_account_id=second_id, now=NOW)


def test_a_timekeeper_is_changed_and_taken_out_of_the_lists(session: Session, world: World) -> None:
    facts = TimekeeperFacts(code="IA9", name="Ines Achterberg", initials="IA", classification="PARTNR")
    row = edit_timekeeper(session, actor=world.owner, timekeeper_id=world.associate.id, version=1, facts=facts, now=NOW)
    assert (row.classification, row.version) == ("PARTNR", 2)
    with pytest.raises(Conflict):
        edit_timekeeper(session, actor=world.owner, timekeeper_id=row.id, version=1, facts=facts, now=NOW)
    assert not deactivate_timekeeper(session, actor=world.owner, timekeeper_id=row.id, version=row.version, now=NOW).is_active
    assert reactivate_timekeeper(session, actor=world.owner, timekeeper_id=row.id, version=row.version, now=NOW).is_active


def test_a_timekeepers_id_and_class_are_checked(session: Session, world: World) -> None:
    for facts, field in (
        (TimekeeperFacts(code=world.partner.code, name="I", initials="I", classification="ASSOC"), "code"),
        (TimekeeperFacts(code="X1", name="I", initials="I", classification="FLTFEE"), "classification"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            edit_timekeeper(session, actor=world.owner, timekeeper_id=world.associate.id, version=1, facts=facts, now=NOW)
        assert refusal.value.field == field


@pytest.mark.parametrize(
    ("field", "value"), [("opened_on", date(2026, 11, 24)), ("account_last4", "471"), ("account_last4", "٤٤٧١"), ("account_last4", "44711")]
)
def test_a_bank_account_is_open_today_and_known_by_four_digits(session: Session, world: World, field: str, value: object) -> None:
    given = {"kind": "trust", "name": "IOLTA Larkfield", "opened_on": TODAY, field: value}
    with pytest.raises(InvalidInput) as refusal:
        firms.open_bank_account(session, actor=world.owner, **given, now=NOW)
    assert refusal.value.field == field


def test_two_accounts_renamed_to_one_name_at_once_leave_a_sentence(database: Database, session: Session) -> None:
    world = make_world(session)
    ids = (world.operating.id, world.trust.id)
    session.rollback()

    def rename(account_id: int) -> str:
        with Session(database.engine, autoflush=False) as own:
            try:
                given = {"version": 1, "facts": BankAccountFacts("The account"), "now": NOW}
                change_bank_account(own, actor=world.owner, bank_account_id=account_id, **given)  # type: ignore[arg-type]
            except InvalidInput as refusal:
                return str(refusal)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(rename, ids))
    assert said == ["", "A bank account called The account exists already. Choose another name."]


def test_two_accounts_opened_with_one_name_at_once_leave_a_sentence(database: Database, session: Session) -> None:
    owner = make_world(session).owner
    session.rollback()

    def open_one(kind: str) -> str:
        with Session(database.engine, autoflush=False) as own:
            try:
                firms.open_bank_account(own, actor=owner, kind=kind, name="The account", opened_on=TODAY, now=NOW)
            except InvalidInput as refusal:
                return str(refusal)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(open_one, ("trust", "operating")))
    assert said == ["", "A bank account called The account exists already. Choose another name."]


def test_a_timekeeper_is_linked_to_one_member_only(session: Session, world: World) -> None:
    first = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    second = make_member(session, world.owner, Role.TIMEKEEPER)
    for timekeeper_id in (world.partner.id, 999_999):
        with pytest.raises(InvalidInput) as refusal:
            firms.link_timekeeper(session, actor=world.owner, membership_id=second.membership_id, timekeeper_id=timekeeper_id, now=NOW)
        assert refusal.value.field == "timekeeper_id"
        with pytest.raises(InvalidInput) as refusal:
            make_member(session, world.owner, Role.TIMEKEEPER, timekeeper_id)
        assert refusal.value.field == "timekeeper_id"
    firms.link_timekeeper(session, actor=world.owner, membership_id=first.membership_id, timekeeper_id=world.partner.id, now=NOW)


def test_two_members_linked_to_one_timekeeper_at_once_leave_a_sentence(database: Database, session: Session) -> None:
    world = make_world(session)
    owner, timekeeper_id = world.owner, world.partner.id
    ids = [make_member(session, owner, Role.TIMEKEEPER).membership_id for _ in range(2)]
    session.rollback()

    def link(membership_id: int) -> str:
        with Session(database.engine, autoflush=False) as own:
            try:
                firms.link_timekeeper(own, actor=owner, membership_id=membership_id, timekeeper_id=timekeeper_id, now=NOW)
            except InvalidInput as refusal:
                return str(refusal)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(link, ids))
    assert said == ["", "Somebody else records time as this timekeeper. Pick another."]
