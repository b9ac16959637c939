"""Addresses that carry the id of a link and a signature over it: without the secret none can be guessed or altered."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

LONGEST = 200


def invoice_address(public_id: str, *, base_url: str, secret_key: str) -> str:
    """The whole address of a client's page, for mail and print."""
    return f"{base_url}/i/{sign_link(public_id, secret_key=secret_key)}"


def sign_link(public_id: str, *, secret_key: str) -> str:
    """The part of the address that names the link."""
    text = _serializer(secret_key).dumps(public_id)
    return text if isinstance(text, str) else text.decode()


def read_link(signed: str, *, secret_key: str) -> str | None:
    """The link's id, or None for anything that was not signed here."""
    if len(signed) > LONGEST:
        return None
    try:
        public_id = _serializer(secret_key).loads(signed)
    except BadSignature:
        return None
    return public_id if isinstance(public_id, str) else None


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="invoice-link")
