"""Somebody at a browser: a checked client that sends the CSRF token, and htmx's headers when asked."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lexapp.database import transaction
from lexapp.domain.permissions import Actor
from lexapp.domain.tokens import hash_token
from lexapp.models import UserSession

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Source": "form#x", "HX-Target": "div#x"}


class Visitor:
    """`get` and `post` as a browser does them; `htmx=True` asks for a fragment.

    The test's own database session ends its read before each request: on SQLite it would keep the application from writing.
    """

    def __init__(self, app: Flask, session: Session) -> None:
        self.app = app
        self.session = session
        self.client = app.test_client()

    def get(self, path: str, *, htmx: bool = False, **options: Any) -> TestResponse:
        self.session.rollback()
        return self.client.get(path, headers=self._headers(htmx, options), **options)

    def post(
        self, path: str, data: dict[str, Any] | bytes | None = None, *, htmx: bool = False, csrf: bool = True, **options: Any
    ) -> TestResponse:
        headers = self._headers(htmx, options) | ({"X-CSRFToken": self.csrf_token()} if csrf else {})
        self.session.rollback()
        return self.client.post(path, data=data or {}, headers=headers, **options)

    def _headers(self, htmx: bool, options: dict[str, Any]) -> dict[str, str]:
        return options.pop("headers", {}) | (PARTIAL if htmx else {})

    def csrf_token(self) -> str:
        """A token that belongs to this browser's session."""
        with self.client.session_transaction() as kept:
            raw = kept.setdefault("csrf_token", secrets.token_hex(20))
        assert isinstance(self.app.secret_key, str)
        return str(URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw))

    def hold(self, token: str) -> Visitor:
        """Put a session token into the cookie."""
        with self.client.session_transaction() as kept:
            kept["token"] = token
        return self


def signed_in(app: Flask, session: Session, actor: Actor) -> Visitor:
    """A browser in which this person is signed in already, without the cost of a password."""
    token = secrets.token_urlsafe(8)
    now = datetime.now(UTC)
    with transaction(session, actor.firm_id):
        session.add(
            UserSession(
                token_hash=hash_token(token),
                user_id=actor.user_id,
                membership_id=actor.membership_id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )
    return Visitor(app, session).hold(token)
