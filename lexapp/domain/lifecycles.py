"""The states of records and the only ways from one to the next.

What can be derived is no state: an invoice is issued or voided; open, part-paid, paid and overdue follow from its allocations.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lexapp.domain.errors import InvariantBroken, NotAllowed

_DONE = {
    "open": "opened",
    "close": "closed",
    "reopen": "reopened",
    "pause": "paused",
    "resume": "resumed",
    "stop": "stopped",
    "discard": "discarded",
    "restore": "restored",
    "approve": "approved",
    "issue": "issued",
    "void": "voided",
}


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A noun, its transitions (state, then action, gives state; the first state is the initial one), and per state what to do instead."""

    noun: str
    transitions: Mapping[str, Mapping[str, str]]
    advice: Mapping[str, str]

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.transitions)

    @property
    def initial(self) -> str:
        return self.states[0]

    def actions(self, state: str) -> tuple[str, ...]:
        """What may be done in a state, in the order to offer it; empty at the end of a life."""
        if state not in self.transitions:
            raise InvariantBroken(f"no {self.noun} is {state!r}")
        return tuple(self.transitions[state])

    def may(self, state: str, action: str) -> bool:
        return action in self.actions(state)

    def next(self, state: str, action: str) -> str:
        """The state that the action leads to; raises ``NotAllowed`` with a sentence where it does not exist."""
        if self.may(state, action):
            return self.transitions[state][action]
        raise NotAllowed(self._refusal(state, action), code=f"{self.noun.replace('-', '_')}_is_{state}")

    def _refusal(self, state: str, action: str) -> str:
        targets = {ways[action] for ways in self.transitions.values() if action in ways}
        if not targets:
            raise InvariantBroken(f"nobody can {action} a {self.noun}")
        if state in targets:
            return f"This {self.noun} is already {state}. There is nothing left to do."
        return f"This {self.noun} is {state} and cannot be {_DONE[action]}. {self.advice[state]}"


MATTER = Lifecycle(
    "matter",
    {
        "pending": {"open": "open", "close": "closed"},
        "open": {"close": "closed"},
        "closed": {"reopen": "open"},
    },
    {
        "pending": "Open it first.",
        "open": "Close it first.",
        "closed": "Reopen it instead.",
    },
)

TIMER = Lifecycle(
    "timer",
    {
        "running": {"pause": "paused", "stop": "stopped", "discard": "discarded"},
        "paused": {"resume": "running", "stop": "stopped", "discard": "discarded"},
        "stopped": {},
        "discarded": {"restore": "paused"},
    },
    {
        "running": "Pause it first.",
        "paused": "Resume it first.",
        "stopped": "Edit its time entry, or start a new timer.",
        "discarded": "Start a new timer.",
    },
)

PRE_BILL = Lifecycle(
    "pre-bill",
    {
        "open": {"approve": "approved", "discard": "discarded"},
        "approved": {"issue": "issued", "reopen": "open", "discard": "discarded"},
        "issued": {},
        "discarded": {},
    },
    {
        "open": "Approve it first.",
        "approved": "Reopen it first.",
        "issued": "Void its invoice to bill the work again.",
        "discarded": "Make a new pre-bill for the work.",
    },
)

INVOICE = Lifecycle(
    "invoice",
    {"issued": {"void": "voided"}, "voided": {}},
    {"issued": "Void it first.", "voided": "Make a new pre-bill for the work."},
)
