"""Sending mail through an SMTP server, one connection per message, never waiting longer than the timeout."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20.0
STANDARD_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class MailError(Exception):
    """The message was not accepted. `for_good`: the server will not take this message later either."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


class Mailer(Protocol):
    """Hands messages to the outside."""

    def send(self, message: EmailMessage) -> dict[str, str]:
        """Deliver to every address of To; the addresses that were refused, with the server's words. Raises MailError when none got it."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """A mail server at an address such as smtp+starttls://user:password@host:587."""

    url: str

    def send(self, message: EmailMessage) -> dict[str, str]:
        try:
            with self._connect() as server:
                refused = server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _all_refused(error.recipients) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise MailError(f"The mail server refused the message: {_answer(error.smtp_error)}", for_good=error.smtp_code >= 500) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailError("The mail server did not accept the user and password of MAIL_URL.") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"The mail server at {self._host} did not answer as it should ({error}).") from error
        return {address: _answer(reason) for address, (_, reason) in refused.items()}

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or "localhost"

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        port = parts.port or STANDARD_PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self._host, port, timeout=TIMEOUT_SECONDS)
        try:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def _all_refused(recipients: dict[str, tuple[int, bytes]]) -> MailError:
    reasons = "; ".join(f"{address}: {_answer(reason)}" for address, (_, reason) in recipients.items())
    return MailError(
        f"The mail server refused every address ({reasons}). Correct the client's billing contact, then retry.",
        for_good=all(code >= 500 for code, _ in recipients.values()),
    )


def _answer(reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return " ".join(text.split())[:300]


def open_mailer(url: str) -> Mailer:
    """The mail server at `url`; it is connected to when a message is sent."""
    return SmtpMailer(url)
