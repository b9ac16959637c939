"""Discounts agreed with a client on all its matters, with dates."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Json, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key
from lexapp.domain.periods import Period
from lexapp.domain.reductions import ClientDiscountTerms, YearlyDiscount, read_client_discount


class ClientDiscount(Base):
    """A discount by volume or for early payment, in force from a day (through `effective_to`, when set): one of a kind at a time.

    `terms` is what its kind (domain.reductions) wrote. A mistake is marked `removed_at`.
    """

    __tablename__ = "client_discounts"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    client_id: Mapped[Ref]
    kind: Mapped[Code]
    terms: Mapped[Json]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("client_id", "clients"),
        CheckConstraint("kind IN ('volume', 'early_payment')", name="kind"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index("ix_client_discounts_client", "firm_id", "client_id", "kind"),
    )

    @property
    def agreed(self) -> ClientDiscountTerms:
        """As the domain has it."""
        return read_client_discount(self.kind, self.terms)

    def span_of(self, day: date) -> Period | None:
        """The days whose bills count together with those of a day: of the client's year, those on which the discount holds.

        None where it is not in force on that day, or is not by volume.
        """
        terms = self.agreed
        holds = self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)
        if not holds or not isinstance(terms, YearlyDiscount):
            return None
        year = terms.year_of(day)
        return Period(max(year.first, self.effective_from), min(year.last, self.effective_to or year.last))
