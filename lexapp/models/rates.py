"""Dated rates at every level of the precedence."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key


class Rate(Base):
    """A rate per hour in force from a date (through `effective_to`, when set), for whatever its keys name.

    One that was a mistake is marked `removed_at` and applies to nothing from then on; the reasons of entries still name it.
    `level` is the RateLevel of domain.rates; the keys that the level does not use are null. A rate of a card may say hundredths of a
    percent to add to the firm's own rate, `change_hundredths`; it has no amount of its own then. `fee_agreement_id`: the agreement of
    the matter that says so; its rates go with it.
    `own_last_day`: where it ends by hand, or because a rate that was added by hand begins; a fee agreement ends it earlier, in
    `effective_to` alone, and gives those days back when it is taken back.
    """

    __tablename__ = "rates"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    level: Mapped[Code]
    matter_id: Mapped[OptionalRef]
    client_id: Mapped[OptionalRef]
    rate_card_id: Mapped[OptionalRef]
    timekeeper_id: Mapped[OptionalRef]
    classification: Mapped[Code | None]
    activity_code: Mapped[Code | None]
    rate_minor_per_hour: Mapped[Minor]
    change_hundredths: Mapped[int | None]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    own_last_day: Mapped[date | None]
    name: Mapped[Line] = mapped_column(default="")
    fee_agreement_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("client_id", "clients"),
        firm_key("rate_card_id", "rate_cards"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("fee_agreement_id", "fee_agreements"),
        CheckConstraint("rate_minor_per_hour >= 0", name="rate"),
        CheckConstraint(
            "change_hundredths IS NULL OR (rate_card_id IS NOT NULL AND rate_minor_per_hour = 0 AND change_hundredths > -10000)",
            name="change",
        ),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        CheckConstraint("own_last_day IS NULL OR (effective_to IS NOT NULL AND effective_to <= own_last_day)", name="own_last_day"),
        CheckConstraint(
            "level IN ('matter_timekeeper', 'matter_class', 'matter', 'client_timekeeper', 'client_class', 'client', "
            "'card_timekeeper', 'card_class', 'card', 'activity', 'timekeeper', 'class')",
            name="level",
        ),
        CheckConstraint(
            "(matter_id IS NOT NULL) = (level IN ('matter', 'matter_timekeeper', 'matter_class')) AND "
            "(client_id IS NOT NULL) = (level IN ('client', 'client_timekeeper', 'client_class')) AND "
            "(rate_card_id IS NOT NULL) = (level IN ('card', 'card_timekeeper', 'card_class')) AND "
            "(timekeeper_id IS NOT NULL) = (level IN ('timekeeper', 'matter_timekeeper', 'client_timekeeper', 'card_timekeeper')) AND "
            "(classification IS NOT NULL) = (level IN ('class', 'matter_class', 'client_class', 'card_class')) AND "
            "(activity_code IS NOT NULL) = (level = 'activity')",
            name="keys",
        ),
        Index("ix_rates_matter", "firm_id", "matter_id"),
        Index("ix_rates_client", "firm_id", "client_id"),
        Index("ix_rates_rate_card", "firm_id", "rate_card_id"),
    )
