"""The hours that somebody is there for in a year, typed on their form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import AuditEvent, Timekeeper
from tests.factories import World
from tests.web.visitor import Visitor


def values(one: Timekeeper, **changes: Any) -> dict[str, Any]:
    kept = {"name": one.name, "code": one.code, "initials": one.initials, "classification": one.classification, "version": one.version}
    return kept | changes


def test_a_target_is_kept_shown_again_and_can_be_taken_out(session: Session, world: World, owner: Visitor):
    path, id_ = f"/timekeepers/{world.partner.id}", world.partner.id
    for typed, kept in (("1800", 1_800), ("", None)):
        one = session.get_one(Timekeeper, id_)
        sent = values(one, yearly_target_hours=typed)
        session.rollback()
        assert owner.post(path, sent).status_code == 303
        session.expire_all()
        assert session.get_one(Timekeeper, id_).yearly_target_hours == kept
        session.rollback()
        found = re.search(r'name="yearly_target_hours"[^>]* value="([^"]*)"', owner.get(f"{path}/edit").text)
        assert found is not None
        assert found[1] == typed
    changes = session.scalars(select(AuditEvent.after).where(AuditEvent.subject_kind == "timekeeper").order_by(AuditEvent.id)).all()
    assert [change["yearly_target_hours"] for change in changes if change][-2:] == [1_800, None]


TOO_MANY = "A year has 8,784 hours at most"
NO_NUMBER = "Write a whole number"
REFUSED = [("0", TOO_MANY), ("9000", TOO_MANY), ("-5", NO_NUMBER), ("12.5", NO_NUMBER), ("99999", "Keep it to 4")]


@pytest.mark.parametrize(("typed", "sentence"), REFUSED)
def test_a_target_that_no_year_holds_is_refused_beside_its_field(session: Session, world: World, owner: Visitor, typed: str, sentence: str):
    sent = values(world.partner, yearly_target_hours=typed)
    session.rollback()
    answer = owner.post(f"/timekeepers/{world.partner.id}", sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
