"""Vendors at a browser: the list, a new name, two that are one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Vendor
from lexapp.services.expense_entries import Expense, record_expense
from tests.factories import TODAY, World, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor

VENDORS = "/settings/vendors"


def pay(session: Session, world: World, *names: str) -> list[int]:
    matter = make_matter(session, world.owner)
    for name in names:
        expense = Expense(matter.id, TODAY, 125_00, code="E119", description="Survey", vendor=name)
        record_expense(session, actor=world.owner, expense=expense)
    session.rollback()
    return list(session.scalars(select(Vendor.id).order_by(Vendor.id)))


def test_a_vendor_is_renamed_and_merged(session: Session, world: World, owner: Visitor) -> None:
    assert "No vendors yet" in text_of(owner.get(VENDORS))
    marlow, marine = pay(session, world, "Marlow", "Marlow Marine")
    assert "Marlow Marine" in text_of(owner.get(VENDORS))
    assert "1 expense, $125.00 paid" in text_of(owner.get(f"{VENDORS}/{marlow}"))
    taken = owner.post(f"{VENDORS}/{marlow}", {"key": "key-vendor-1", "version": "1", "name": "MARLOW MARINE"})
    assert taken.status_code == 422
    assert "There is a vendor called MARLOW MARINE already. Merge the two below, or choose another name." in text_of(taken)
    renamed = {"key": "key-vendor-2", "version": "1", "name": "Marlow Survey"}
    assert owner.post(f"{VENDORS}/{marlow}", renamed).status_code == 303
    assert owner.post(f"{VENDORS}/{marlow}", renamed | {"key": "key-vendor-3", "name": "Other"}).status_code == 409
    nobody = owner.post(f"{VENDORS}/{marlow}/merger", {"key": "key-vendor-4", "version": "2", "into": "Nobody"})
    assert nobody.status_code == 422
    assert "There is no vendor called Nobody." in text_of(nobody)
    into = {"key": "key-vendor-5", "version": "2", "into": "marlow marine"}
    assert owner.post(f"{VENDORS}/{marlow}/merger", into).status_code == 303
    page = text_of(owner.get(VENDORS))
    assert "Marlow Survey merged: 1 expense moved" in page
    assert "250.00" in page
    assert owner.get(f"{VENDORS}/{marlow}").status_code == 404
    assert text_of(owner.get(f"/expenses?vendor={marine}&period=all")).count("Survey") >= 2


def test_only_who_edits_settings_sees_vendors(session: Session, world: World, member: Callable[[Role], Visitor]) -> None:
    (id_,) = pay(session, world, "Marlow")
    clerk = member(Role.ASSISTANT)
    assert clerk.get(VENDORS).status_code == 403
    assert clerk.post(f"{VENDORS}/{id_}/merger", {"key": "key-vendor-1", "version": "1", "into": "Marlow"}).status_code == 403
