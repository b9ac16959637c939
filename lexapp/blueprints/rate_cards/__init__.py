"""Rate cards: the list, one card with its rates and clients, writing, copying and retiring one, adding a rate to it."""

from lexapp.blueprints.rate_cards import changing, rates  # noqa: F401 - they add their routes
from lexapp.blueprints.rate_cards.listing import blueprint

__all__ = ["blueprint"]
