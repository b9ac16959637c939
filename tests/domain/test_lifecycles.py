import pytest

from lexapp.domain.errors import InvariantBroken, NotAllowed
from lexapp.domain.lifecycles import INVOICE, MATTER, PRE_BILL, TIMER

LIFECYCLES = [MATTER, TIMER, PRE_BILL, INVOICE]
ALLOWED = {
    ("matter", "pending", "open"): "open",
    ("matter", "pending", "close"): "closed",
    ("matter", "open", "close"): "closed",
    ("matter", "closed", "reopen"): "open",
    ("timer", "running", "pause"): "paused",
    ("timer", "running", "stop"): "stopped",
    ("timer", "running", "discard"): "discarded",
    ("timer", "paused", "resume"): "running",
    ("timer", "paused", "stop"): "stopped",
    ("timer", "paused", "discard"): "discarded",
    ("timer", "discarded", "restore"): "paused",
    ("pre-bill", "open", "approve"): "approved",
    ("pre-bill", "open", "discard"): "discarded",
    ("pre-bill", "approved", "issue"): "issued",
    ("pre-bill", "approved", "reopen"): "open",
    ("pre-bill", "approved", "discard"): "discarded",
    ("invoice", "issued", "void"): "voided",
}
EVERY_STEP = [
    (lifecycle, state, action)
    for lifecycle in LIFECYCLES
    for state in lifecycle.states
    for action in sorted({action for ways in lifecycle.transitions.values() for action in ways})
]


@pytest.mark.parametrize(("lifecycle", "state", "action"), EVERY_STEP, ids=lambda part: getattr(part, "noun", part))
def test_every_step_leads_where_the_table_says_or_is_refused_with_a_sentence(lifecycle, state, action):
    target = ALLOWED.get((lifecycle.noun, state, action))
    assert lifecycle.may(state, action) is (target is not None)
    if target:
        assert lifecycle.next(state, action) == target
    else:
        with pytest.raises(NotAllowed) as refusal:
            lifecycle.next(state, action)
        assert refusal.value.message.startswith(f"This {lifecycle.noun} is ")
        assert refusal.value.message.endswith(".")
        assert state in refusal.value.message
        assert refusal.value.code == f"{lifecycle.noun.replace('-', '_')}_is_{state}"


@pytest.mark.parametrize(
    ("lifecycle", "state", "action", "sentence"),
    [
        (MATTER, "open", "open", "This matter is already open. There is nothing left to do."),
        (MATTER, "closed", "open", "This matter is closed and cannot be opened. Reopen it instead."),
        (TIMER, "running", "resume", "This timer is already running. There is nothing left to do."),
        (TIMER, "stopped", "pause", "This timer is stopped and cannot be paused. Edit its time entry, or start a new timer."),
        (PRE_BILL, "open", "issue", "This pre-bill is open and cannot be issued. Approve it first."),
        (PRE_BILL, "issued", "discard", "This pre-bill is issued and cannot be discarded. Void its invoice to bill the work again."),
        (INVOICE, "voided", "void", "This invoice is already voided. There is nothing left to do."),
    ],
)
def test_a_refusal_says_what_the_record_is_and_what_to_do(lifecycle, state, action, sentence):
    with pytest.raises(NotAllowed) as refusal:
        lifecycle.next(state, action)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.noun)
def test_every_state_is_known_advised_on_and_reached_from_the_first(lifecycle):
    targets = {target for ways in lifecycle.transitions.values() for target in ways.values()}
    assert targets | {lifecycle.initial} == set(lifecycle.states)
    assert set(lifecycle.advice) == set(lifecycle.states)


def test_what_is_issued_voided_or_stopped_stays_so():
    ends = {(lifecycle.noun, state) for lifecycle in LIFECYCLES for state in lifecycle.states if not lifecycle.actions(state)}
    assert ends == {("timer", "stopped"), ("pre-bill", "issued"), ("pre-bill", "discarded"), ("invoice", "voided")}


@pytest.mark.parametrize(("state", "action"), [("lost", "void"), ("issued", "burn")])
def test_unknown_states_and_actions_are_programming_mistakes(state, action):
    with pytest.raises(InvariantBroken):
        INVOICE.next(state, action)
