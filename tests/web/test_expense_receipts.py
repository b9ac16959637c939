"""Receipts and mileage at a browser."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Role
from lexapp.models import ExpenseEntry, Matter
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate, remove_unit_rate
from lexapp.services.walls import wall_matter
from tests.factories import OPENED, World, make_matter
from tests.web.test_expenses import TODAY, expense_form
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def photograph(kind: str = "JPEG", **options: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", (60, 40), "white").save(made, kind, **options)
    return made.getvalue()


def entry_of(session: Session) -> ExpenseEntry:
    session.rollback()
    return session.scalars(select(ExpenseEntry)).one()


def test_a_photograph_is_kept_without_what_the_camera_wrote_and_shown_to_who_may_see_it(
    session: Session, world: World, matter: Matter, owner: Visitor, outsider: Visitor, member: Any
):
    scope_to_firm(session, world.firm_id)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Somebody’s phone", 6
    sent = expense_form(matter, receipt=(BytesIO(photograph(exif=exif)), "IMG_1.HEIC"))
    assert owner.post("/expenses", sent).status_code == 303
    address = f"/expenses/{entry_of(session).id}/receipt"
    assert address in owner.get("/expenses").text
    answer = owner.get(address)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    kept = Image.open(BytesIO(answer.data))
    assert (kept.size, dict(kept.getexif())) == ((40, 60), {})
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert outsider.get(address).status_code == 404
    assert member(Role.TIMEKEEPER).get(address).status_code == 404


def test_who_is_shut_out_of_the_matter_finds_neither_its_receipt_nor_what_its_miles_are_worth(
    session: Session, world: World, matter: Matter, owner: Visitor, member: Any
):
    sent = expense_form(matter, receipt=(BytesIO(photograph()), "receipt.jpg"))
    assert owner.post("/expenses", sent).status_code == 303
    entry_id, colleague = entry_of(session).id, member(Role.BILLING_MANAGER)
    assert colleague.get(f"/expenses/{entry_id}/receipt").status_code == 200
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=matter.version, membership_ids=[])
    assert colleague.get(f"/expenses/{entry_id}/receipt").status_code == 404
    assert colleague.get(f"/unit-rates/worth?entry={entry_id}").status_code == 404
    assert owner.get(f"/expenses/{entry_id}/receipt").status_code == 200


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC pictures cannot be read here"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a JPEG, a PNG nor a PDF"),
        (photograph()[:200], "may be damaged"),
        (b"MZ" + b"\x00" * 100, "neither a JPEG"),
        (b"%PDF-1.7 cut off", "neither a JPEG"),
    ],
)
def test_what_is_no_receipt_is_refused_beside_its_field_and_what_was_typed_stays(
    session: Session, matter: Matter, owner: Visitor, data: bytes, told: str
):
    answer = owner.post("/expenses", expense_form(matter, receipt=(BytesIO(data), "receipt.jpg")))
    assert answer.status_code == 422
    assert told in answer.text
    assert "Clerk of the court" in answer.text
    assert session.scalar(select(ExpenseEntry.id)) is None


def test_miles_are_worth_the_rate_of_their_day(session: Session, world: World, matter: Matter, owner: Visitor):
    rate = NewUnitRate(name="Mileage", unit="mile", rate_hundredths=7_250, effective_from=OPENED, code="E110")
    add_unit_rate(session, actor=world.owner, rate=rate)
    assert "Mileage, 0.725 a mile" in owner.get("/expenses/new").text
    asked = f"/unit-rates/worth?unit_rate_name=Mileage&quantity_hundredths=120.5&incurred_on={TODAY}"
    told = owner.get(asked).text
    assert "= $87.36" in told
    assert "120.50 miles at 0.725, the rate since" in told
    assert "No rate named Mileage is in force on Jan 1, 2020." in owner.get(asked.replace(str(TODAY), "2020-01-01")).text
    assert "hidden" in owner.get("/unit-rates/worth?unit_rate_name=Nothing&quantity_hundredths=x&incurred_on=someday").text
    miles = {"unit_rate_name": "Mileage", "quantity_hundredths": "120.5", "unit_minor": "", "code": ""}
    assert owner.post("/expenses", expense_form(matter, **miles)).status_code == 303
    entry = entry_of(session)
    assert (entry.amount_minor, entry.kind, entry.cost_minor, entry.code) == (87_36, "soft", 0, "E110")
    remove_unit_rate(session, actor=world.owner, unit_rate_id=entry.unit_rate_id or 0)
    assert "No rate named" in owner.get(asked).text
    assert "= $87.36" in owner.get(f"{asked}&entry={entry.id}").text
    page = owner.get(f"/expenses/{entry.id}").text
    assert 'value="120.50"' in page
    assert ">Filing fee</textarea>" in page.replace("\n", "")
    nothing = expense_form(matter, key="key-none-1", unit_minor="")
    assert "Write the price of one, or choose a rate." in owner.post("/expenses", nothing).text


def test_rates_are_added_and_removed_on_their_page(session: Session, owner: Visitor):
    sent = {"key": "key-mile-1", "name": "Mileage", "unit": "mile", "code": "E110", "rate": "0.725", "effective_from": "Jan 1, 2026"}
    assert owner.post("/unit-rates", sent).status_code == 303
    assert "0.725" in owner.get("/unit-rates").text
    assert owner.post("/unit-rates", sent | {"key": "key-mile-2", "rate": "cheap"}).status_code == 422
    assert owner.post("/unit-rates/1/removal").status_code == 303
    assert "No expense rate yet" in owner.get("/unit-rates").text
