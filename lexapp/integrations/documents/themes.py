"""The looks a document may have, and the stylesheets of each."""

from __future__ import annotations

THEMES = ("chambers", "ledger")
PAPERS = ("letter", "a4")
_FONTS = {"chambers": "fonts-eb-garamond.css", "ledger": "fonts-ibm-plex-sans.css"}


def theme_stylesheets(theme: str, paper: str) -> tuple[str, ...]:
    """File names in `static/documents`, in the order in which they overrule each other."""
    return (_FONTS[theme], "base.css", f"{theme}.css", f"paper-{paper}.css")
