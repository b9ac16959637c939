"""A matter for each way of charging that the others do not show. Its name says which (docs/guide/demonstration.md)."""

from __future__ import annotations

from lexapp.demo.seeding.people import Seeded
from lexapp.demo.seeding.structures.agreed import add_agreed
from lexapp.demo.seeding.structures.reduced import add_reduced
from lexapp.demo.seeding.structures.shared import add_shared
from lexapp.demo.seeding.structures.taxed import add_taxed

__all__ = ["add_structures"]


def add_structures(seeded: Seeded) -> None:
    """All of them, on the newest days of the plan."""
    add_agreed(seeded)
    add_reduced(seeded)
    add_shared(seeded)
    add_taxed(seeded)
