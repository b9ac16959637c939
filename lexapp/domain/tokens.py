"""Random tokens: links, cookies, devices."""

from __future__ import annotations

from hashlib import sha256


def hash_token(token: str) -> str:
    """What the database keeps of a token: enough to recognise it, not enough to use it."""
    return sha256(token.encode()).hexdigest()
