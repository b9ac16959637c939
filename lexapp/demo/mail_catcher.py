"""A mail server that delivers nothing: it keeps each message as a file, to be read in the browser at /mail.

`python -m lexapp.demo.mail_catcher PORT FOLDER` runs it until it is told to stop.
"""

from __future__ import annotations

import re
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from uuid import uuid4

KEY = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One message as it came in; `key` names it in addresses and sorts by time of arrival."""

    key: str
    message: EmailMessage

    @property
    def caught_at(self) -> datetime:
        return datetime.strptime(self.key.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)

    @property
    def text(self) -> str | None:
        return self._body("plain")

    @property
    def html(self) -> str | None:
        return self._body("html")

    @property
    def attachments(self) -> list[EmailMessage]:
        return [part for part in self.message.iter_attachments() if isinstance(part, EmailMessage)]

    def _body(self, kind: str) -> str | None:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if isinstance(part, EmailMessage) else None


class MailFolder:
    """The caught messages, one file each."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, raw: bytes) -> str:
        """Store a message whole or not at all; returns its key."""
        self.path.mkdir(parents=True, exist_ok=True)
        key = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
        unfinished = self.path / f"{key}.part"
        unfinished.write_bytes(raw)
        unfinished.rename(self.path / f"{key}.eml")
        return key

    def newest_first(self) -> list[CaughtMail]:
        files = sorted(self.path.glob("*.eml"), reverse=True)[:LONGEST_LIST]
        return [found for file in files if (found := self.find(file.stem)) is not None]

    def find(self, key: str) -> CaughtMail | None:
        """The message with this key, or None."""
        file = self.path / f"{key}.eml"
        if not KEY.fullmatch(key) or not file.exists():
            return None
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return CaughtMail(key, message)


class Delivered(Protocol):
    """What the mail server hands over: the message as bytes."""

    content: bytes


class Catcher:
    """The handler that aiosmtpd calls for each message."""

    def __init__(self, folder: MailFolder) -> None:
        self.folder = folder

    async def handle_DATA(self, server: object, session: object, envelope: Delivered) -> str:  # noqa: ARG002, N802 - aiosmtpd's form
        self.folder.keep(envelope.content)
        return "250 2.0.0 kept for reading at /mail"


def serve(port: int, folder: Path) -> None:
    """Catch mail on this loopback port until SIGTERM or SIGINT."""
    from aiosmtpd.controller import Controller

    controller = Controller(Catcher(MailFolder(folder)), hostname="127.0.0.1", port=port)
    controller.start()
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    told_to_stop.wait()
    controller.stop()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
