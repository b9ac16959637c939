"""Passwords: argon2id, and the same work for a sign-in name that does not exist, so that timing tells nothing."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_HASHER = PasswordHasher()
# Each check takes 64 MiB; without a bound, many sign-ins at once would take all memory.
_AT_ONCE = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _AT_ONCE:
        return _HASHER.hash(password)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one stored; takes as long for nobody (None) and is then always false."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _nobodys_hash(), password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None and len(password) <= LONGEST_PASSWORD


def needs_new_hash(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(stored)
