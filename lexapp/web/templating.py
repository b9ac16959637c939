"""Templates that import macros at the price of a look-up."""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context


class QuickTemplate(Template):
    """Jinja compares all names of the importing template with the imported one's at every import; here a superset is looked up."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        known: frozenset[str] | None = self.__dict__.get("known")
        if known is None:
            known = self.__dict__["known"] = frozenset(self.globals)
        if ctx is not None and ctx.globals_keys <= known:
            ctx = None
        return super()._get_default_module(ctx)


def init_app(app: Flask) -> None:
    """Make the templates of the application quick ones."""
    environment: Any = app.jinja_env
    environment.template_class = QuickTemplate
