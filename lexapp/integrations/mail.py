"""Sending mail through an SMTP server, one connection per message, never waiting longer than the timeout."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import unquote, urlsplit

from lexapp.integrations.letters.envelope import mailbox, one_line

TIMEOUT_SECONDS = 20.0
STANDARD_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class MailError(Exception):
    """The message was not accepted. `for_good`: the server will not take this message later either.

    `stage` is where it ended (connection, tls, sign_in, sender, recipient or message), `words` are the server's own.
    """

    def __init__(self, message: str, *, for_good: bool = False, stage: str = "message", words: str = "") -> None:
        super().__init__(message)
        self.for_good = for_good
        self.stage = stage
        self.words = words


class Mailer(Protocol):
    """Hands messages to the outside."""

    def send(self, message: EmailMessage) -> dict[str, str]:
        """Deliver to every address of To; the addresses that were refused, with the server's words. Raises MailError when none got it."""

    def answer(self, message: EmailMessage) -> str:
        """Deliver to the one address of To, and return what the server said when it took the message. Raises MailError."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """A mail server at an address such as smtp+starttls://user:password@host:587.

    With `public_only` it is connected to only where its name leads to a public address: a firm may not look around in our own network.
    """

    url: str
    public_only: bool = False

    def send(self, message: EmailMessage) -> dict[str, str]:
        with self._connection() as server:
            try:
                refused = server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                raise _all_refused(error.recipients) from error
            except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
                stage = "sender" if isinstance(error, smtplib.SMTPSenderRefused) else "message"
                raise _refused(stage, error.smtp_code, error.smtp_error) from error
        return {address: _said(reason) for address, (_, reason) in refused.items()}

    def answer(self, message: EmailMessage) -> str:
        with self._connection() as server:
            server.ehlo_or_helo_if_needed()
            self._expect("sender", server.mail(parseaddr(str(message["From"]))[1]))
            self._expect("recipient", server.rcpt(parseaddr(str(message["To"]))[1]))
            try:
                code, words = server.data(message.as_bytes(policy=SMTP))
            except smtplib.SMTPDataError as error:
                raise _refused("message", error.smtp_code, error.smtp_error) from error
            return self._expect("message", (code, words))

    def _expect(self, stage: str, said: tuple[int, bytes]) -> str:
        code, words = said
        if code >= 400:
            raise _refused(stage, code, words)
        return f"{code} {_said(words)}"

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or "localhost"

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            with self._connect() as server:
                yield server
        except (OSError, smtplib.SMTPException) as error:
            raise self._no_answer("connection", error) from error

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        context = ssl.create_default_context()
        server = self._open(parts.scheme, parts.port or STANDARD_PORTS[parts.scheme], context)
        try:
            if parts.scheme == "smtp+starttls":
                self._secure(server, context)
            if parts.username:
                self._sign_in(server, unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _open(self, scheme: str, port: int, context: ssl.SSLContext) -> smtplib.SMTP:
        try:
            if scheme == "smtps":
                tls = _PublicTls if self.public_only else smtplib.SMTP_SSL
                return tls(self._host, port, timeout=TIMEOUT_SECONDS, context=context)
            return (_Public if self.public_only else smtplib.SMTP)(self._host, port, timeout=TIMEOUT_SECONDS)
        except ssl.SSLError as error:
            raise self._no_answer("tls", error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._no_answer("connection", error) from error

    def _secure(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        try:
            server.starttls(context=context)
        except (OSError, smtplib.SMTPException) as error:
            raise self._no_answer("tls", error) from error

    def _sign_in(self, server: smtplib.SMTP, user: str, password: str) -> None:
        try:
            server.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            words = f"{error.smtp_code} {_said(error.smtp_error)}"
            raise MailError(f"The mail server did not accept the user and password: {words}", stage="sign_in", words=words) from error
        except smtplib.SMTPException as error:
            raise self._no_answer("sign_in", error) from error

    def _no_answer(self, stage: str, error: Exception) -> MailError:
        return MailError(
            f"The mail server at {self._host} did not answer as it should ({error}).", stage=stage, words=_said(_reason(error))
        )


@dataclass(frozen=True, slots=True)
class FirmMailer:
    """A firm's own sender and address for answers on every message, whatever server takes it; what is empty stays as it was written."""

    inner: Mailer
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""

    def send(self, message: EmailMessage) -> dict[str, str]:
        return self.inner.send(self._signed(message))

    def answer(self, message: EmailMessage) -> str:
        return self.inner.answer(self._signed(message))

    def _signed(self, message: EmailMessage) -> EmailMessage:
        name, address = parseaddr(str(message["From"]))
        if self.from_name or self.from_address:
            del message["From"]
            message["From"] = mailbox(one_line(self.from_name or name), self.from_address or address)
        if self.reply_to:
            del message["Reply-To"]
            message["Reply-To"] = mailbox("", self.reply_to)
        return message


def public_address(host: str, port: int) -> tuple[str, int]:
    """Where a name leads, looked up once. Raises OSError unless every answer is a public address."""
    found = [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(ip_address(address.partition("%")[0]).is_global for address in found):
        raise OSError(f"{host} is not a public address")
    return found[0], port


class _Public(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection(public_address(host, port), timeout)


class _PublicTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection(public_address(host, port), timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


def _refused(stage: str, code: int, reason: bytes | str) -> MailError:
    words = f"{code} {_said(reason)}"
    return MailError(f"The mail server refused the message: {_said(reason)}", for_good=code >= 500, stage=stage, words=words)


def _all_refused(recipients: dict[str, tuple[int, bytes]]) -> MailError:
    reasons = "; ".join(f"{address}: {_said(reason)}" for address, (_, reason) in recipients.items())
    return MailError(
        f"The mail server refused every address ({reasons}). Correct the client’s billing contact, then retry.",
        for_good=all(code >= 500 for code, _ in recipients.values()),
        stage="recipient",
        words=reasons,
    )


def _reason(error: Exception) -> str:
    """Why there was no answer, without the number that the system gives it."""
    return str((error.strerror if isinstance(error, OSError) else None) or error)


def _said(reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return " ".join(text.split())[:300]


def open_mailer(url: str, *, public_only: bool = False) -> Mailer:
    """The mail server at `url`; it is connected to when a message is sent."""
    return SmtpMailer(url, public_only)
