"""Splits of credit at a browser: agreed, refused in words, taken back as they were seen; who may not, may not."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import MatterCredit
from tests.credits import share_credit
from tests.factories import OPENED, World, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor


def lines(*pairs: tuple[int, str]) -> dict[str, str]:
    found = {"key": "credit-0001", "kind": "originating", "effective_from": OPENED.isoformat()}
    for n, (id_, share) in enumerate(pairs, 1):
        found |= {f"timekeeper_{n}": str(id_), f"share_{n}": share}
    return found


def test_a_split_is_agreed_and_stands_on_the_matter(session: Session, world: World, owner: Visitor, outsider: Visitor):
    matter = make_matter(session, world.owner).id
    path = f"/matters/{matter}/credits"
    sent = lines((world.partner.id, "60"), (world.associate.id, "40"))
    for wrong, beside, sentence in (
        (sent | {"share_2": "30"}, "share_2", "10 % is missing"),
        (sent | {"share_2": "forty"}, "share_2", "at most two decimals"),
        (sent | {"share_2": "0"}, "share_2", "between 0.01 and 100"),
        (sent | {"timekeeper_2": ""}, "timekeeper_2", "Pick the timekeeper"),
        (sent | {"timekeeper_2": sent["timekeeper_1"]}, "timekeeper_2", "stands here twice"),
        (lines(), "timekeeper_1", "at least one timekeeper"),
        (sent | {"effective_from": ""}, "effective_from", "Write the first day"),
        (sent | {"effective_to": "Jan 1, 1990"}, "effective_to", "The last day lies before the first"),
    ):
        refused = owner.post(path, wrong)
        assert (refused.status_code, sentence in text_of(refused)) == (422, True), sentence
        assert f'id="split-{beside}-error"' in refused.text, sentence
    assert owner.post(path, sent).status_code == 303
    assert "60 %" in owner.get(path).text
    assert f'href="{path}"' in owner.get(f"/matters/{matter}").text
    assert outsider.get(path).status_code == outsider.post(path, sent).status_code == 404


def test_a_split_is_taken_back_as_it_was_seen(session: Session, world: World, owner: Visitor, member: Callable[[Role], Visitor]):
    matter = make_matter(session, world.owner)
    matter_id, row = matter.id, share_credit(session, world, matter, [(world.partner, 10_000)])[0].id
    path = f"/matter-credits/{row}/removal"
    reader = member(Role.BOOKKEEPER)
    assert reader.get(f"/matters/{matter_id}/credits").status_code == 200
    assert reader.post(path, {"version": "1"}).status_code == reader.get(f"/matters/{matter_id}/credits/new").status_code == 403
    assert owner.post(path, {"version": "2"}).status_code == 409
    assert owner.post(path, {"version": "1"}).status_code == 303
    session.rollback()
    assert session.scalar(select(MatterCredit.removed_at).where(MatterCredit.id == row)) is not None
    assert owner.post(path, {"version": "2"}).status_code == 404


def test_more_lines_are_made_without_a_word_of_what_was_typed_being_lost(session: Session, world: World, owner: Visitor):
    path = f"/matters/{make_matter(session, world.owner).id}/credits"
    shown = owner.post(path, lines((world.partner.id, "61.5")) | {"act": "lines"}).text
    assert 'name="share_6"' in shown
    assert 'value="61.5"' in shown
    assert "field-error" not in shown
    assert session.scalars(select(MatterCredit)).all() == []
