"""The choices of the filters that a report has, and what its chosen client and matter are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort

from lexapp.database import db
from lexapp.queries.reports.choices import everybody, practice_areas
from lexapp.queries.reports.scope import NOBODY, Scope, names_of
from lexapp.web.lists import asked_id


def filter_choices(filters: Sequence[str], scope: Scope) -> dict[str, Any]:
    """Only what the report's controls need is asked for. An id that this firm does not have is a page that does not exist."""
    session, firm_id = db.session(), scope.firm_id
    found: dict[str, Any] = {}
    if "practice" in filters:
        found["practice"] = practice_areas(session, firm_id=firm_id)
    if {"timekeeper", "responsible"} & set(filters):
        found["people"] = everybody(session, firm_id=firm_id)
    for name, id_ in (("client", scope.client_id), ("payer", asked_id("payer")), ("matter", scope.matter_id)):
        found[name] = _named(name, id_, firm_id) if id_ is not None else None
    return found


def _named(by: str, id_: int, firm_id: int) -> tuple[int, str]:
    if id_ == 0:
        return 0, NOBODY[by]
    names = names_of(db.session(), firm_id=firm_id, by=by, keys=[id_])
    return (id_, names[id_].label) if id_ in names else abort(404)
