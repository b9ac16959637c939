"""Mails to people who sign in. Their tokens are made right before the mail leaves and stand nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.integrations.letters import Notice, notice_id, notice_message
from lexapp.queries.people_mails import account_news, invitation_words, user_words
from lexapp.services.invitations import make_invitation_token
from lexapp.services.mails import NewMail
from lexapp.services.passwords import make_reset_token
from lexapp.workflows.outside import Outside
from lexapp.workflows.sending import send_once

IGNORE = "If you did not expect this, do nothing: without the link nobody can use it."


def mail_invitation(
    session: Session, outside: Outside, *, firm_id: int, invitation_id: int, outbox_id: int, confirm: Callable[[], None]
) -> str:
    """Send an invitation its link; returns a note, usually empty. Raises Refused when it is not open any more."""
    scope_to_firm(session, firm_id)
    words = invitation_words(session, firm_id=firm_id, invitation_id=invitation_id)
    told = f"{words.invited_by} invites you to {words.firm_name} on lexapp, where the firm keeps its time, bills and client money."
    asked = f"You are invited as {words.role.label}. Choose a password with the button below; it works once, for three days."

    def write(message_id: str, link: str) -> Notice:
        subject = f"{words.invited_by} invites you to {words.firm_name}"
        head = (words.firm_name, words.name, words.email, subject, (told, asked), "Join the firm", link, IGNORE)
        return Notice(*head, outside.mail_from, message_id, outside.now())

    def token(now: datetime) -> str:
        made = make_invitation_token(session, firm_id=firm_id, invitation_id=invitation_id, now=now)
        return f"{outside.base_url}/invitation/{made}"

    subject = ("invitation", invitation_id, outbox_id)
    return _send(session, outside, firm_id, subject, write, token, confirm, by_firm=True)


def mail_password_reset(
    session: Session, outside: Outside, *, firm_id: int, user_id: int, outbox_id: int, confirm: Callable[[], None]
) -> str:
    """Send a user a link to choose a new password; returns a note, usually empty."""
    scope_to_firm(session, firm_id)
    words = user_words(session, firm_id=firm_id, user_id=user_id)
    told = "Somebody, most likely you, asked for a new password for lexapp. The button below works once, for half an hour."

    def write(message_id: str, link: str) -> Notice:
        head = (words.firm_name, words.name, words.email, "Choose a new password", (told,), "Choose a new password", link, IGNORE)
        return Notice(*head, outside.mail_from, message_id, outside.now())

    def token(now: datetime) -> str:
        return f"{outside.base_url}/password-reset/{make_reset_token(session, firm_id=firm_id, user_id=user_id, now=now)}"

    return _send(session, outside, firm_id, ("password_reset", user_id, outbox_id), write, token, confirm)


_NEWS = {
    "user.password_changed": (
        "Your password was changed",
        "The password of your sign-in was changed just now, and every other browser signed out.",
    ),
    "user.password_reset": (
        "Your password was changed",
        "A new password was chosen by a link that was mailed to you. Every browser is signed out.",
    ),
    "user.edited": ("Your address was changed", "Your sign-in has another e-mail address now. This one opens nothing any more."),
    "user.codes_on": ("One-time codes are asked for", "From now on your sign-in asks for a one-time code besides the password."),
    "user.codes_off": ("One-time codes are off", "Your sign-in asks for the password alone from now on."),
    "user.recovery_code_used": ("A recovery code was used", "Somebody signed in with one of your recovery codes."),
}
WARNING = "If this was not you, tell an owner of your firm at once."


def mail_account_news(
    session: Session, outside: Outside, *, firm_id: int, user_id: int, command_id: int, outbox_id: int, confirm: Callable[[], None]
) -> str:
    """Tell somebody what happened to their sign-in; returns a note, usually empty."""
    scope_to_firm(session, firm_id)
    news = account_news(session, firm_id=firm_id, user_id=user_id, command_id=command_id)
    subject, told = _NEWS[news.action]

    def write(message_id: str, link: str) -> Notice:
        head = (news.firm_name, news.name, news.email, subject, (told,), "", link, WARNING)
        return Notice(*head, outside.mail_from, message_id, outside.now())

    return _send(session, outside, firm_id, ("account", user_id, outbox_id), write, lambda _: "", confirm)


def _send(
    session: Session,
    outside: Outside,
    firm_id: int,
    subject: tuple[str, int, int],
    write: Callable[[str, str], Notice],
    link: Callable[[datetime], str],
    confirm: Callable[[], None],
    *,
    by_firm: bool = False,
) -> str:
    """`by_firm`: through the firm's own server. What concerns a sign-in never is: the person may belong to other firms too."""
    kind, subject_id, outbox_id = subject
    id_ = notice_id(kind=kind.replace("_", "-"), firm_id=firm_id, outbox_id=outbox_id, mail_from=outside.mail_from)
    first = notice_message(write(id_, ""))
    session.rollback()
    mail = NewMail(id_, kind, kind, subject_id, str(first["To"]), str(first["Subject"]))
    return send_once(
        session,
        outside,
        firm_id=firm_id,
        mail=mail,
        write=lambda: notice_message(write(id_, link(outside.now()))),
        confirm=confirm,
        by_firm=by_firm,
    )
