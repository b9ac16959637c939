"""Rounding rules at a browser: ended and removed as they were seen, or not at all."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from lexapp.models import RoundingRule
from tests.factories import World, make_rounding
from tests.web.visitor import Visitor


def test_a_rule_is_ended_and_removed_as_it_was_seen(session: Session, world: World, owner: Visitor):
    id_ = make_rounding(session, world.owner, 900, date(2026, 3, 3)).id
    path = f"/rounding-rules/{id_}"
    assert owner.get(f"{path}/ending").status_code == 200
    assert owner.post(f"{path}/ending", {"key": "key-end-01", "version": "1", "effective_to": "Jun 30, 2026"}).status_code == 303
    stale = owner.post(f"{path}/ending", {"key": "key-end-02", "version": "1", "effective_to": "May 31, 2026"})
    assert (stale.status_code, "Stands now" in stale.text, "Jun 30, 2026" in stale.text) == (409, True, True)
    session.rollback()
    assert session.get_one(RoundingRule, id_).effective_to == date(2026, 6, 30)
    assert owner.post(f"{path}/removal", {"version": "1"}).status_code == 409
    assert 'name="version" value="2"' in owner.get("/rounding-rules?past=yes").text
    assert owner.post(f"{path}/removal", {"version": "2"}).status_code == 303
    assert owner.post(f"{path}/removal", {"version": "3"}).status_code == 404
