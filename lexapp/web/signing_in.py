"""The person behind a request: a token in the signed cookie, a session row in the database (services/sessions.py)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask, Request, Response, current_app, g, request, session
from flask_login import UserMixin

from lexapp.books.tries import Browser
from lexapp.database import db, scope_to_firm
from lexapp.domain.permissions import Actor, Role
from lexapp.extensions import login
from lexapp.queries.sessions import OpenMembership, OpenSession, open_session
from lexapp.queries.walls import Outside, stand_outside
from lexapp.services.sessions import OWN_DEVICE, SEEN_EVERY, NewSession, note_seen

_TOKEN = "token"  # noqa: S105 - the name of a cookie entry
_OWN_DEVICE = "own_device"
KNOWN_FOR = timedelta(days=400)


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """`current_user` in templates: the actor, and what the frame of a page says about person and firm."""

    actor: Actor
    session_id: int
    name: str
    firm_name: str
    currency: str
    time_zone: str
    locale: str
    several_firms: bool
    proved_at: datetime
    has_codes: bool
    codes_asked_of: str
    letter_keys: bool = True

    @property
    def owes_codes(self) -> bool:
        """Whether the firm asks this person for one-time codes that they have not set up."""
        asked = self.codes_asked_of == "everybody" or (self.codes_asked_of == "trust" and moves_trust(self.actor))
        return asked and not self.has_codes

    def get_id(self) -> str:
        return str(self.session_id)


def here() -> Browser:
    """The browser that asks."""
    return Browser(request.remote_addr or "", str(request.user_agent), request.cookies.get(_device_cookie(), ""))


def remember(started: NewSession, *, own_device: bool = False) -> None:
    """Give the browser a new token; everything it held before goes, so a planted cookie is worth nothing."""
    session.clear()
    session[_TOKEN] = started.token
    session.permanent = True
    if started.needs_code:
        session[_OWN_DEVICE] = own_device
    if started.device_token:
        g.device_token = started.device_token


def is_own_device() -> bool:
    """What was ticked beside the password, for the step of the one-time code."""
    return bool(session.get(_OWN_DEVICE))


def token() -> str:
    """The token that the browser holds, whatever it opens."""
    found = session.get(_TOKEN)
    return found if isinstance(found, str) else ""


def _device_cookie() -> str:
    return "__Host-lexapp-device" if current_app.config["SESSION_COOKIE_SECURE"] else "lexapp-device"


def _keep_device(response: Response) -> Response:
    """The token by which this browser is known again stays when somebody signs out."""
    made = g.pop("device_token", None)
    if made:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(_device_cookie(), made, max_age=KNOWN_FOR, httponly=True, samesite="Lax", secure=secure)
    return response


def forget() -> None:
    """Take the token and everything else away from the browser."""
    session.clear()


def session_row() -> OpenSession | None:
    """The database's session of this browser, with or without a chosen firm; read once per request."""
    if "session_row" not in g:
        g.session_row = None  # should the database fail now, the page that says so has nobody signed in
        token = session.get(_TOKEN)
        g.session_row = open_session(db.session(), token=token, now=datetime.now(UTC)) if isinstance(token, str) else None
    row: OpenSession | None = g.session_row
    return row


def _load_person(_request: Request) -> SignedIn | None:  # the signature Flask-Login asks for
    row = session_row()
    if row is None or row.membership is None:
        return None
    now = datetime.now(UTC)
    if now - row.last_seen_at > SEEN_EVERY:
        note_seen(db.session(), session_id=row.id, now=now)
    scope_to_firm(db.session(), row.membership.firm_id)
    return _person_of(row, row.membership)


def _person_of(row: OpenSession, acts: OpenMembership) -> SignedIn:
    actor = Actor(
        user_id=row.user_id,
        firm_id=acts.firm_id,
        membership_id=row.membership_id or 0,
        role=Role(acts.role),
        timekeeper_id=acts.timekeeper_id,
        name=row.user_name,
    )
    if acts.has_walls and not actor.may("matter.see_walled"):
        stand_outside(db.session(), Outside(acts.firm_id, actor.membership_id))
    frame = (acts.firm_name, acts.currency, acts.time_zone, acts.locale, row.firms > 1)
    proof = (row.proved_at, row.has_codes, acts.codes_asked_of)
    return SignedIn(actor, row.id, row.user_name, *frame, *proof, row.letter_keys)


def moves_trust(actor: Actor) -> bool:
    """Whether the person may move client money out of a trust account."""
    return actor.may("trust.disburse") or actor.may("trust.apply")


def init_app(app: Flask) -> None:
    """Let Flask-Login find the person by the token; the signed cookie lasts as long as the longest session."""
    app.config["PERMANENT_SESSION_LIFETIME"] = OWN_DEVICE
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    login.request_loader(_load_person)
    app.after_request(_keep_device)
