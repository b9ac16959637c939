"""Secrets that must be read again, closed with a key that only this installation's SECRET_KEY gives: AES-256-GCM under a key by HKDF.

What was closed for one purpose and place does not open for another, so that a row copied to another firm is worth nothing there.
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "1."
_NONCE_BYTES = 12


class SealBroken(Exception):
    """The text was closed with another SECRET_KEY, for another place, or was changed."""


def seal(secret: str, *, secret_key: str, purpose: str, place: str) -> str:
    """The secret closed for a purpose (such as `mail password`) and a place (such as `firm 12`); different every time."""
    nonce = os.urandom(_NONCE_BYTES)
    closed = AESGCM(_key(secret_key, purpose)).encrypt(nonce, secret.encode(), place.encode())
    return _VERSION + urlsafe_b64encode(nonce + closed).decode()


def unseal(text: str, *, secret_key: str, purpose: str, place: str) -> str:
    """The secret again. Raises SealBroken."""
    try:
        raw = urlsafe_b64decode(text.removeprefix(_VERSION))
        return AESGCM(_key(secret_key, purpose)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken("This was closed with another SECRET_KEY.") from error


def fingerprint(secret: str, *, secret_key: str, purpose: str) -> str:
    """The same for the same secret, and nothing that a dictionary could be tried against without SECRET_KEY."""
    return hmac.new(_key(secret_key, purpose), secret.encode(), "sha256").hexdigest()


@lru_cache(maxsize=16)
def _key(secret_key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"lexapp {purpose}".encode()).derive(secret_key.encode())
