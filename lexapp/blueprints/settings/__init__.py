"""The settings of the firm: a tab for each part, and its bank accounts."""

from lexapp.blueprints.settings import bank_accounts, logo, parts, preview
from lexapp.blueprints.settings.resource import blueprint

__all__ = ["bank_accounts", "blueprint", "logo", "parts", "preview"]
