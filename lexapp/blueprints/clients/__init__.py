"""Clients: the list, one client in its parts, adding, changing, archiving."""

from lexapp.blueprints.clients import editing, parts  # noqa: F401 - they add their routes
from lexapp.blueprints.clients.listing import blueprint

__all__ = ["blueprint"]
