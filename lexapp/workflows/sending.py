"""Handing a message to a mail server once: a row before it leaves, its date after, and never again what was taken before."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from sqlalchemy.orm import Session

from lexapp.domain.errors import Refused
from lexapp.integrations.mail import MailError
from lexapp.services.mails import NewMail, begin_mail, complete_mail
from lexapp.workflows.mail_servers import firm_mailer
from lexapp.workflows.outside import Outside


def send_once(
    session: Session,
    outside: Outside,
    *,
    firm_id: int,
    mail: NewMail,
    write: Callable[[], EmailMessage],
    confirm: Callable[[], None],
    by_firm: bool = True,
) -> str:
    """Send what `write` makes, through the firm's own server where `by_firm`; returns a note, usually empty.

    `confirm` is called right before the message leaves. Raises Refused when sending it again would not help, MailError when it would.
    """
    if not begin_mail(session, firm_id=firm_id, mail=mail, now=outside.now()):
        return "The mail server had taken it at an earlier attempt."
    mailer = firm_mailer(session, outside, firm_id=firm_id) if by_firm else outside.mailer
    message = write()
    confirm()
    try:
        refused = mailer.send(message)
    except MailError as error:
        if error.for_good:
            raise Refused(str(error)) from error
        raise
    complete_mail(session, firm_id=firm_id, message_id=mail.message_id, now=outside.now())
    return " ".join(f"The mail server refused {address}: {reason}." for address, reason in refused.items())
