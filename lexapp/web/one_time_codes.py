"""The secrets of one-time codes as the database keeps them, closed, and their pictures."""

from flask import current_app

from lexapp.integrations.sealing import SealBroken, seal, unseal

PURPOSE = "one-time codes"


def sealed_secret(secret: str, *, user_id: int) -> str:
    """The secret as it is stored with its user."""
    return seal(secret, secret_key=current_app.extensions["settings"].secret_key, purpose=PURPOSE, place=f"user {user_id}")


def opened_secret(sealed: str, *, user_id: int) -> str:
    """The secret as the app holds it; empty after SECRET_KEY was changed: then recovery codes alone open, until codes are set up anew."""
    try:
        return unseal(sealed, secret_key=current_app.extensions["settings"].secret_key, purpose=PURPOSE, place=f"user {user_id}")
    except SealBroken:
        return ""
