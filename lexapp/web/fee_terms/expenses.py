"""The section of a mark-up on expenses: for all, and a line for each category that has another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.agreements import CategoryMarkUp, Expenses, Term
from lexapp.domain.agreements.expenses import MOST_CATEGORIES
from lexapp.domain.errors import InvalidInput
from lexapp.domain.shares import parse_percent, percent_text
from lexapp.queries.expense_categories import category_names
from lexapp.web.forms import ChoiceField, TextField

FIRST_LINES = 3


def _names() -> list[tuple[str, str]]:
    """The firm's categories. One query for all the sections of a page."""
    if "expense_category_names" not in g:
        g.expense_category_names = category_names(db.session(), firm_id=current_user.actor.firm_id)
    return [(str(id_), name) for id_, name in g.expense_category_names]


class ExpensesFields:
    """Empty and `0` are at cost."""

    def fields(self, lines: int) -> dict[str, Any]:
        found: dict[str, Any] = {"percent": TextField("Mark-up on what is paid to others", longest=20, hint="Empty: at cost")}
        for number in range(1, lines + 1):
            found[f"category_{number}"] = ChoiceField("Category", choices=_names, empty="None", default="")
            found[f"percent_{number}"] = TextField("Mark-up", longest=20)
        return found

    def read(self, field: Callable[[str], Any], lines: int) -> Term:
        names = dict(_names())
        own = []
        for number in range(1, lines + 1):
            chosen = field(f"category_{number}").data
            if chosen:
                own.append(CategoryMarkUp(int(chosen), names[chosen], _points(field, f"percent_{number}")))
            elif (field(f"percent_{number}").data or "").strip():
                raise InvalidInput("Choose the category of this mark-up.", field=f"category_{number}")
        return Expenses(basis_points=_points(field, "percent"), by_category=tuple(own))

    def typed(self, term: Expenses) -> dict[str, str]:
        found = {"percent": _text(term.basis_points), "lines": str(min(max(len(term.by_category), FIRST_LINES), MOST_CATEGORIES))}
        for number, one in enumerate(term.by_category, 1):
            found |= {f"category_{number}": str(one.category_id), f"percent_{number}": percent_text(one.basis_points)}
        return found


def _text(points: int) -> str:
    return percent_text(points) if points else ""


def _points(field: Callable[[str], Any], name: str) -> int:
    text = (field(name).data or "").strip()
    if text.rstrip("% ") in ("", "0", "0.0", "0.00"):
        return 0
    try:
        return parse_percent(text)
    except InvalidInput as error:
        raise InvalidInput("Write a mark-up in percent between 0 and 100, such as 10.", field=name) from error
