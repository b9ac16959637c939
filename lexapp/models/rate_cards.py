"""Rate cards: named sets of dated rates, and which client has which from when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Id, Instant, Line, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key


class RateCard(Base):
    """A name for a set of rates, which stand in `rates`. A retired card can be read, and given to nobody any more."""

    __tablename__ = "rate_cards"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    note: Mapped[Prose] = mapped_column(default="")
    copied_from_id: Mapped[OptionalRef]
    retired_on: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("copied_from_id", "rate_cards"),
        Index("uq_rate_cards_name", "firm_id", "name", unique=True),
    )


class ClientRateCard(Base):
    """A card that a client has from a day (through `effective_to`, when set): one at a time. A mistake is marked `removed_at`."""

    __tablename__ = "client_rate_cards"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    client_id: Mapped[Ref]
    rate_card_id: Mapped[Ref]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("client_id", "clients"),
        firm_key("rate_card_id", "rate_cards"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index("ix_client_rate_cards_client", "firm_id", "client_id"),
        Index("ix_client_rate_cards_card", "firm_id", "rate_card_id"),
    )
