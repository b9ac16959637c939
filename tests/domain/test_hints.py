"""Who is told that a record changed."""

import pytest

from lexapp.domain.hints import NEEDS, Concern, may_be_told
from lexapp.domain.permissions import Actor, Role

MINE = Concern(frozenset({7}), timekeeper_id=3)
THEIRS = Concern(frozenset({7}), timekeeper_id=4)


def of(role: Role) -> Actor:
    return Actor(user_id=1, firm_id=1, membership_id=1, role=role, timekeeper_id=3)


@pytest.mark.parametrize("kind", sorted(NEEDS))
def test_a_client_contact_is_told_of_nothing(kind: str):
    assert not may_be_told(of(Role.CLIENT_CONTACT), kind, MINE, ())


@pytest.mark.parametrize("kind", ["timer", "time_entry", "expense_entry"])
def test_a_timekeeper_is_told_of_own_work_and_an_assistant_of_everybody_s(kind: str):
    assert may_be_told(of(Role.TIMEKEEPER), kind, MINE, ())
    assert not may_be_told(of(Role.TIMEKEEPER), kind, THEIRS, ())
    assert may_be_told(of(Role.ASSISTANT), kind, THEIRS, ())


def test_what_somebody_wrote_down_is_their_own_whoever_did_the_work():
    assert may_be_told(of(Role.TIMEKEEPER), "expense_entry", Concern(user_id=1), ())


@pytest.mark.parametrize("kind", sorted(NEEDS))
def test_nothing_of_a_shut_matter_is_told_not_even_of_own_work(kind: str):
    assert not may_be_told(of(Role.ASSISTANT), kind, MINE, {7})
    assert may_be_told(of(Role.OWNER), kind, MINE, {7}), "owners see every matter"


def test_a_record_of_two_matters_is_told_only_to_whoever_sees_both():
    assert not may_be_told(of(Role.ASSISTANT), "invoice", Concern(frozenset({7, 8})), {8})


@pytest.mark.parametrize(("role", "kind", "told"), [(Role.TIMEKEEPER, "invoice", False), (Role.ASSISTANT, "payment", False)])
def test_who_may_not_open_it_is_not_told(role: Role, kind: str, told: bool):
    assert may_be_told(of(role), kind, Concern(), ()) is told


def test_kinds_that_no_screen_follows_are_told_to_nobody():
    assert not may_be_told(of(Role.OWNER), "user", Concern(), ())
