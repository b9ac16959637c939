"""Kept fragments: what is shown never comes from what it was for somebody else, on another day, or before a change."""

from __future__ import annotations

import re

import pytest
from flask import Flask, g
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Timekeeper
from lexapp.web.shelf import Shelf, shelved
from tests.billing import work_time
from tests.factories import World, local_today, make_matter
from tests.web.visitor import Visitor


def kept(shelf: Shelf, key: str) -> str | None:
    found = shelf.get(key)
    return found and found.with_texts(())


def test_a_shelf_forgets_what_was_not_used():
    shelf = Shelf(most_bytes=8)
    shelf.put("a", "1111")
    shelf.put("b", "2222")
    assert kept(shelf, "a") == "1111"
    shelf.put("c", "3333")
    assert (kept(shelf, "a"), kept(shelf, "b"), kept(shelf, "c")) == ("1111", None, "3333")
    shelf.put("a", "44")
    shelf.put("d", "55")
    assert (kept(shelf, "a"), kept(shelf, "c"), kept(shelf, "d")) == ("44", "3333", "55")


def test_a_shelf_never_holds_more_than_it_may():
    shelf = Shelf(most_bytes=10)
    for number in range(50):
        shelf.put(number, "123")
        assert sum(shelf.get(earlier) is not None for earlier in range(number + 1)) == min(number + 1, 3)
    shelf.put("long", "x" * 11)
    assert shelf.get("long") is None


def test_a_row_changes_when_anything_that_it_shows_does(session: Session, world: World, owner: Visitor):
    matter = make_matter(session, world.owner, name="Berth logs")
    work_time(session, world, matter, on=local_today())
    assert "Marguerite Voss" in owner.get("/time").text
    with transaction(session, world.firm_id):
        session.get_one(Timekeeper, world.partner.id).name = "Margaret Vossberg"
    page = owner.get("/time").text
    assert "Margaret Vossberg" in page
    assert 'aria-label="Marguerite Voss"' not in page


def test_every_answer_has_forms_with_tokens_and_numbers_of_its_own(owner: Visitor):
    first, second = (owner.get("/time").text for _ in range(2))
    assert "\ue000" not in first + second
    for page in (first, second):
        assert len(set(re.findall(r'name="csrf_token" value="([^"]+)"', page))) == 1
    keys = [re.findall(r'name="key" value="([^"]+)"', page) for page in (first, second)]
    assert len({*keys[0], *keys[1]}) == len(keys[0]) + len(keys[1]) >= 2


def test_a_text_that_looks_like_a_mark_is_shown_as_it_was_written(session: Session, world: World, owner: Visitor):
    forged = "Call \ue0000\ue001 and \ue0001\ue001"
    work_time(session, world, make_matter(session, world.owner), on=local_today(), narrative=forged)
    for _ in range(2):
        assert forged in owner.get("/time").text


def test_an_empty_string_cannot_be_fresh(app: Flask):
    with app.test_request_context():
        g.reader = ("nobody",)
        with pytest.raises(ValueError, match="is empty"):
            shelved("time/head.html", fresh=("",))


def test_two_firms_do_not_share_what_is_kept(owner: Visitor, outsider: Visitor):
    assert "Brannock Voss LLP" in owner.get("/time").text
    assert "Brannock Voss LLP" not in outsider.get("/time").text
