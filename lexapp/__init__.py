"""lexapp: law-firm billing and trust accounting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from lexapp.config import Settings


def create_app(settings: Settings) -> Flask:
    """The web application. Imported here, not above, so that `lexapp.domain` stays free of Flask."""
    from lexapp.application import build

    return build(settings)
