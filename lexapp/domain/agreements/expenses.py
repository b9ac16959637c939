"""Whether the client pays expenses at cost, or with a mark-up.

Without a client's agreement a lawyer charges no more than was paid (American Bar Association, Formal Opinion 93-379): where no term
says anything, expenses are charged at cost. What is the firm's own (copies, miles) is charged at its rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from lexapp.domain.agreements.agreement import Agreement
from lexapp.domain.agreements.terms import Term, term_kind
from lexapp.domain.errors import InvalidInput
from lexapp.domain.shares import WHOLE, percent_text

MOST_CATEGORIES = 24


@dataclass(frozen=True, slots=True)
class CategoryMarkUp:
    """The mark-up of one category in basis points; zero: at cost. `name` is what it was called when it was agreed."""

    category_id: int
    name: str
    basis_points: int

    @property
    def words(self) -> str:
        return f"{self.name} at cost plus {percent_text(self.basis_points)} %" if self.basis_points else f"{self.name} at cost"


@term_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Expenses(Term):
    """What was paid to others is charged with a mark-up in basis points: for all, and for single categories another."""

    kind: ClassVar[str] = "expenses"
    label: ClassVar[str] = "Expenses"
    once: ClassVar[str] = "What holds for expenses is agreed above already. Take one of the two out."

    basis_points: int = 0
    by_category: tuple[CategoryMarkUp, ...] = ()

    def check(self, currency: str) -> None:  # noqa: ARG002
        if not 0 <= self.basis_points <= WHOLE:
            raise InvalidInput("Write a mark-up between 0 and 100 percent.", field="percent")
        if len(self.by_category) > MOST_CATEGORIES:
            raise InvalidInput(f"At most {MOST_CATEGORIES} categories have a mark-up of their own.", field="category_1")
        seen: set[int] = set()
        for number, one in enumerate(self.by_category, 1):
            if not 0 <= one.basis_points <= WHOLE:
                raise InvalidInput("Write a mark-up between 0 and 100 percent.", field=f"percent_{number}")
            if one.category_id in seen:
                raise InvalidInput(f"{one.name} stands here twice. Leave one of the two empty.", field=f"category_{number}")
            seen.add(one.category_id)

    def mark_up_of(self, category_id: int | None) -> int:
        """Basis points for an expense of a category, or of none."""
        own = next((one.basis_points for one in self.by_category if one.category_id == category_id), None)
        return self.basis_points if own is None else own

    def sentences(self, currency: str) -> tuple[str, ...]:  # noqa: ARG002
        added = f" plus {percent_text(self.basis_points)} %" if self.basis_points else ""
        found = [f"What is paid to others is charged at cost{added}."]
        if self.by_category:
            words = "; ".join(one.words for one in self.by_category)
            found.append(f"{words[:1].upper()}{words[1:]}.")
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        some = [{"category_id": one.category_id, "name": one.name, "basis_points": one.basis_points} for one in self.by_category]
        return {"basis_points": self.basis_points, "by_category": some}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        some = tuple(CategoryMarkUp(one["category_id"], one["name"], one["basis_points"]) for one in data["by_category"])
        return cls(basis_points=data["basis_points"], by_category=some)


class AgreedMarkUp(NamedTuple):
    """A mark-up in basis points, and the position (from 0) of the term that says so; None: nothing is agreed, so at cost."""

    basis_points: int
    position: int | None


AT_COST = AgreedMarkUp(0, None)


def agreed_mark_up(agreement: Agreement | None, category_id: int | None) -> AgreedMarkUp:
    """What the agreement that holds says about what was paid in a category."""
    for position, term in enumerate(agreement.terms if agreement else ()):
        if isinstance(term, Expenses):
            return AgreedMarkUp(term.mark_up_of(category_id), position)
    return AT_COST
