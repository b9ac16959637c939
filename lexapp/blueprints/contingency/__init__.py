"""Contingency fees: the terms of a matter, its recoveries, the settlement statement of each."""

from lexapp.blueprints.contingency import claims, statements, terms  # noqa: F401 - they add their routes
from lexapp.blueprints.contingency.recoveries import blueprint

__all__ = ["blueprint"]
