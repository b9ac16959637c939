"""Copies of a whole database as of one instant, and databases made from them beside the one that is in use."""

from lexapp.integrations.database_copies.copies import Copies, Staged, Taken
from lexapp.integrations.database_copies.postgresql import PostgresCopies
from lexapp.integrations.database_copies.sqlite import SqliteCopies

__all__ = ["Copies", "Staged", "Taken", "open_copies"]


def open_copies(owner_url: str) -> Copies:
    """How the database at this address is copied. The address is that of the role which owns the tables."""
    if owner_url.startswith("sqlite:"):
        return SqliteCopies(owner_url)
    return PostgresCopies(owner_url)
