"""Who stands at the head of a document, and whom it is for, as of now."""

from __future__ import annotations

from typing import Protocol

from lexapp.domain.snapshots import Letterhead, Party
from lexapp.models import Firm


class Addressee(Protocol):
    """A client, whole or as a plain row."""

    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def email(self) -> str: ...


def letterhead_of(firm: Firm) -> Letterhead:
    """The firm's name, address and numbers."""
    return Letterhead(
        name=firm.name,
        address_lines=lines_of(firm.address),
        phone=firm.phone,
        email=firm.email,
        website=firm.website,
        tax_id=firm.tax_number,
    )


def party_of(client: Addressee, attention: str = "") -> Party:
    """A client or payer as an addressee."""
    return Party(client.number, client.name, attention, lines_of(client.address), client.email)


def lines_of(prose: str) -> tuple[str, ...]:
    """The lines of a text that hold something."""
    return tuple(line.strip() for line in prose.splitlines() if line.strip())
