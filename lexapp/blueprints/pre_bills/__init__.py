"""Pre-bills: the list, new ones for many matters, the review of one."""

from lexapp.blueprints.pre_bills import lines, review  # noqa: F401 - they add their routes
from lexapp.blueprints.pre_bills.listing import blueprint

__all__ = ["blueprint"]
