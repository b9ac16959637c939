"""Each setting, and what is different after it: from then on, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.models import Firm, Invoice
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.services.settings import (
    FirmDetails,
    InvoiceSettings,
    NumberSettings,
    SettingsPart,
    change_settings,
)
from lexapp.services.time_entries import Work, record_time
from tests import billing
from tests.factories import NOW, TODAY, World, make_matter, make_rounding, make_world
from tests.services.test_settings import DETAILS, PARTS

INVOICES = next(part for part in PARTS if isinstance(part, InvoiceSettings))


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def change(session: Session, world: World, part: SettingsPart) -> None:
    version = session.get_one(Firm, world.firm_id).version
    change_settings(session, actor=world.owner, version=version, settings=part, now=NOW)


def issued(session: Session, world: World) -> tuple[Invoice, InvoiceSnapshot]:
    matter = make_matter(session, world.owner)
    billing.work_time(session, world, matter)
    (invoice,) = billing.issue(session, world, matter)
    return invoice, frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot


def test_the_letterhead_of_the_next_invoice_is_the_new_one(session: Session, world: World):
    first, before = issued(session, world)
    change(session, world, replace(DETAILS, name="Voss & Partners", address="9 Harbor Row\nDunmore", tax_number="99-1"))
    _, after = issued(session, world)
    assert (before.firm.name, after.firm.name) == ("Brannock Voss LLP", "Voss & Partners")
    assert (after.firm.address_lines, after.firm.tax_id) == (("9 Harbor Row", "Dunmore"), "99-1")
    kept = frozen_invoice(session, firm_id=world.firm_id, invoice_id=first.id).snapshot
    assert kept.firm == before.firm


def test_terms_paper_layout_and_words_are_those_of_the_next_invoice(session: Session, world: World):
    invoice, before = issued(session, world)
    assert (invoice.due_on, before.paper, before.theme) == (TODAY + timedelta(days=30), "letter", "chambers")
    change(session, world, INVOICES)
    invoice, after = issued(session, world)
    assert (invoice.due_on, after.paper, after.theme) == (TODAY + timedelta(days=14), "a4", "ledger")
    assert (after.introduction, after.footer, after.how_to_pay.note) == ("For our work.", "Thank you.", "By cheque or wire.")


def test_numbers_follow_the_new_pattern_and_given_ones_stay(session: Session, world: World):
    first, _ = issued(session, world)
    number = first.number
    change(session, world, NumberSettings(matter_number_pattern="M{yy}-{number:03}", invoice_number_pattern="{year}/{number:05}"))
    second, _ = issued(session, world)
    assert (number, first.number) == ("INV-2026-0001", "INV-2026-0001")
    assert second.number == "2026/00001", "another pattern is another series"


@pytest.mark.parametrize(
    ("rule", "hundredths"),
    [
        ({"seconds": 360}, 20),
        ({"seconds": 900}, 25),
        ({"seconds": 900, "increment_direction": "nearest"}, 0),
        ({"seconds": 360, "minimum_seconds": 1800}, 50),
    ],
)
def test_time_saved_from_then_on_is_rounded_so(session: Session, world: World, rule: dict[str, Any], hundredths: int):
    matter = make_matter(session, world.owner)
    make_rounding(session, world.owner, **rule)
    work = Work(matter.id, world.partner.id, TODAY, 7 * 60, "Draft motion to compel")
    entry = record_time(session, actor=world.owner, work=work, now=NOW)
    assert entry.quantity_hundredths == hundredths


def test_a_changed_name_of_the_firm_is_checked(session: Session, world: World):
    change(session, world, FirmDetails(name="Öğüt & Søn 法律", address="", email="", phone="", website="", tax_number=""))
    assert issued(session, world)[1].firm.name == "Öğüt & Søn 法律"
