"""Who is told that a record changed: the same roles and walls that decide who may open it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

from lexapp.domain.permissions import Actor

# What is told at all, and what somebody must hold to be told of it.
NEEDS = MappingProxyType(
    {
        "timer": "matter.view",
        "time_entry": "matter.view",
        "expense_entry": "matter.view",
        "fixed_fee_entry": "pre_bill.view",
        "matter": "matter.view",
        "client": "client.view",
        "pre_bill": "pre_bill.view",
        "pre_bill_line": "pre_bill.view",
        "invoice": "invoice.view",
        "payment": "payment.view",
    }
)
# One's own work; that of others needs time.view_all.
_PERSONAL = frozenset({"timer", "time_entry", "expense_entry"})


@dataclass(frozen=True, slots=True)
class Concern:
    """What a record belongs to: the matters that it names, and for work whose it is and who wrote it down."""

    matter_ids: frozenset[int] = frozenset()
    timekeeper_id: int | None = None
    user_id: int | None = None

    def is_of(self, actor: Actor) -> bool:
        """Whether it is the actor's own work."""
        mine = actor.timekeeper_id is not None and self.timekeeper_id == actor.timekeeper_id
        return mine or self.user_id == actor.user_id


def may_be_told(actor: Actor, kind: str, concern: Concern, shut: Collection[int]) -> bool:
    """Whether a change of such a record is the actor's business. `shut`: the walled-off matters that do not admit them.

    A record of several matters is told only to whoever may see them all.
    """
    if kind not in NEEDS or not actor.may(NEEDS[kind]):
        return False
    if kind in _PERSONAL and not (concern.is_of(actor) or actor.may("time.view_all")):
        return False
    return actor.may("matter.see_walled") or concern.matter_ids.isdisjoint(shut)
