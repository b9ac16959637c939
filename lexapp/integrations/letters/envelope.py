"""Addresses and headers that cannot be broken out of: a line break or a strange address is refused, never sent."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.utils import parseaddr

from lexapp.domain.errors import InvalidInput

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
LONGEST_SUBJECT = 200


def mailbox(name: str, email: str) -> Address:
    """A mailbox for a header; the domain in ASCII. Raises InvalidInput for what no mail server takes."""
    user, at, domain = email.rpartition("@")
    try:
        if not (user and at and domain) or _BREAKS.search(name + email) or " " in email:
            raise ValueError(email)
        return Address(display_name=name, username=user, domain=domain.encode("idna").decode())
    except (ValueError, UnicodeError) as error:
        shown = _BREAKS.sub("", email)
        raise InvalidInput(f"Mail cannot be sent to “{shown}”. Correct the address of the client or its contact, then retry.") from error


def sender(name: str, mail_from: str) -> Address:
    """The installation's address under the firm's name."""
    return mailbox(one_line(name), parseaddr(mail_from)[1])


def one_line(text: str) -> str:
    """Text for a header: control characters and line breaks become spaces."""
    return " ".join(_BREAKS.sub(" ", text).split())[:LONGEST_SUBJECT]
