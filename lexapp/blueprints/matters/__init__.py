"""Matters: the list, one matter in its parts, opening and changing it."""

from lexapp.blueprints.matters import closing, editing, parts  # noqa: F401 - they add their routes
from lexapp.blueprints.matters.listing import blueprint

__all__ = ["blueprint"]
