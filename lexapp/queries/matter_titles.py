"""How a matter is called on one line: a short form of its client, then its name."""

from __future__ import annotations

SHORT = 26


def short_client(name: str) -> str:
    """A client's name for a narrow place: whole when short, else its first two words."""
    if len(name) <= SHORT:
        return name
    words = name.split()
    return " ".join(words[:2]).rstrip(",;&") if len(words) > 1 else name


def matter_title(client_name: str | None, matter_name: str, *, is_internal: bool = False) -> str:
    """``Castellane Shipping · Port Authority claims``; the firm's own matter goes by its name alone."""
    return matter_name if is_internal or client_name is None else f"{short_client(client_name)} · {matter_name}"
