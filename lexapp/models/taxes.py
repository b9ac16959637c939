"""The taxes that a firm charges, and who is not charged: each row holds from a day and perhaps until one."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Line, OptionalRef, Ref, firm_id_key, firm_key


class Tax(Base):
    """A rate of a tax in millionths (62,500 is 6.25 percent), charged on fees, on expenses, or on both.

    `country` empty: everywhere; `regions` are codes apart by a space, empty: the whole country. `on_top_of` names the tax that is part
    of its base. `is_included`: prices contain it.
    """

    __tablename__ = "taxes"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    rate_millionths: Mapped[int]
    on_fees: Mapped[bool] = mapped_column(default=True)
    on_expenses: Mapped[bool] = mapped_column(default=False)
    registration_number: Mapped[Line] = mapped_column(default="")
    country: Mapped[Code] = mapped_column(default="")
    regions: Mapped[Line] = mapped_column(default="")
    on_top_of: Mapped[Line] = mapped_column(default="")
    is_included: Mapped[bool] = mapped_column(default=False)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "name", "country", "regions", "effective_from"),
        CheckConstraint("rate_millionths >= 0 AND rate_millionths <= 1000000", name="rate"),
        CheckConstraint("on_fees OR on_expenses", name="base"),
        CheckConstraint("country <> '' OR regions = ''", name="place"),
        CheckConstraint("on_top_of <> name", name="on_top_of"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
    )


class TaxExemption(Base):
    """How a client or a matter is charged a tax (`tax_name` empty: every one): exempt, owing it themselves, or taxed after all.

    `words` say why on the invoice, beside the client's tax number.
    """

    __tablename__ = "tax_exemptions"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    client_id: Mapped[OptionalRef]
    matter_id: Mapped[OptionalRef]
    kind: Mapped[Code]
    tax_name: Mapped[Line] = mapped_column(default="")
    words: Mapped[Line] = mapped_column(default="")
    client_tax_number: Mapped[Line] = mapped_column(default="")
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("client_id", "clients"),
        firm_key("matter_id", "matters"),
        CheckConstraint("(client_id IS NULL) <> (matter_id IS NULL)", name="whose"),
        CheckConstraint("kind IN ('taxed', 'exempt', 'reverse_charge')", name="kind"),
        CheckConstraint("kind = 'taxed' OR words <> ''", name="words"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index("ix_tax_exemptions_client", "firm_id", "client_id"),
        Index("ix_tax_exemptions_matter", "firm_id", "matter_id"),
    )
