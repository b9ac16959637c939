"""Setting up one-time codes as a person does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp

from tests.factories import PASSWORD
from tests.web.visitor import Visitor


def set_up(visitor: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    """Turn codes on as the screen leads; the app and the recovery codes."""
    page = visitor.get("/account/codes").get_data(as_text=True)
    found = re.search(r"secret=([A-Z2-7]+)", page)
    assert found
    app = pyotp.TOTP(found[1])
    answer = visitor.post("/account/codes", {"code": app.at(datetime.now(UTC) - timedelta(seconds=30)), "password": PASSWORD})
    assert answer.status_code == 200
    return app, re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", answer.get_data(as_text=True))
