"""One-time codes (RFC 6238) and the recovery codes that stand in for them."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from hashlib import sha256

import pyotp

STEP_SECONDS = 30
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_CODES = 10


def new_secret() -> str:
    """160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32(32)


def enrolment_uri(secret: str, *, email: str, firm_name: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"lexapp {firm_name}".strip())


def matching_step(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The time step whose code this is: now, or one before or after for clocks that differ. None for a wrong or used one.

    Without a secret no code is right. `after` is the last step that was taken: no code works twice.
    """
    plain = re.sub(r"\s", "", code)
    if not secret or not (plain.isascii() and plain.isdigit() and len(plain) == 6):
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    steps = [step for step in (present - 1, present, present + 1) if step > after]
    return next((step for step in steps if secrets.compare_digest(totp.generate_otp(step), plain)), None)


def new_recovery_codes() -> list[str]:
    """Ten codes of fifty bits, to be shown once: `abcde-fghjk`."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(user_id: int, code: str) -> str:
    """What the database keeps. Fifty random bits and a throttle: a slow hash would add nothing."""
    plain = re.sub(r"[^a-z0-9]", "", code.lower())
    return sha256(f"recovery:{user_id}:{plain}".encode()).hexdigest()
