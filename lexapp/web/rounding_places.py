"""The rounding rules of a place as pages show them: what is in force today with examples, and every dated rule."""

from __future__ import annotations

from typing import Any

from lexapp.database import db
from lexapp.domain.rounding_rules import RoundingDecision
from lexapp.models import Client, Matter
from lexapp.queries.rounding_rules import Place, RuleRow, count_rules_besides_firms, every_rule, in_force, rules_of_place
from lexapp.web.access import current_actor
from lexapp.web.dates import today_here
from lexapp.web.rounding_examples import examples


def place_of(matter: Matter | None, client: Client | None) -> Place:
    """Whose rules are looked at; a matter brings those of its client."""
    matter_id, client_id = (matter.id, matter.client_id) if matter else (None, client.id if client else None)
    return Place(current_actor().firm_id, matter_id, client_id)


def rules_shown(matter: Matter | None = None, client: Client | None = None, *, past: bool = False) -> dict[str, Any]:
    """`rules` of the place (of the firm with its clients and matters where it is neither) and `now`, what is in force. One query."""
    place, today = place_of(matter, client), today_here()
    rows = rules_of_place(db.session(), place=place) if matter or client else every_rule(db.session(), firm_id=place.firm_id)
    shown = [row for row in rows if past or row.state(today) != "past"]
    return {"rules": shown, "rounding": rounding_now(rows, place), "today": today}


def rounding_now(rows: list[RuleRow], place: Place) -> dict[str, Any]:
    """What rounds time of the place today, in words, with examples; and what is agreed for single activities."""
    today = today_here()
    decision = in_force(rows, place, on=today)
    codes = {row.rule.activity_code: row.activity for row in rows if row.rule.activity_code and row.state(today) == "now"}
    found = {name: in_force(rows, place, on=today, activity_code=code) for code, name in codes.items()}
    special = [(name, one) for name, one in sorted(found.items()) if one.winner and one.winner.activity_code]
    return {"decision": decision, "whose": whose(decision), "examples": examples(decision), "special": special}


def whose(decision: RoundingDecision) -> str:
    """Whose rule it is, in two words."""
    if decision.winner is None:
        return "the usual one"
    return {"matter": "this matter’s", "client": "the client’s", "firm": "the firm’s"}[decision.winner.level]


def firms_rules() -> dict[str, Any]:
    """The firm's own rules for the settings: those in force or to come, and how many clients and matters have of their own. Two queries."""
    firm_id = current_actor().firm_id
    others = count_rules_besides_firms(db.session(), firm_id=firm_id)
    place, today = Place(firm_id), today_here()
    rows = rules_of_place(db.session(), place=place)
    shown = [row for row in rows if row.state(today) != "past"]
    return {"rules": shown, "rounding": rounding_now(rows, place), "today": today, "others_count": others}
