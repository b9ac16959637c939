"""Clients and their contacts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Line, Prose, Ref, firm_id_key, firm_key


class Client(Base):
    """Who is represented, or who pays for a matter."""

    __tablename__ = "clients"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    number: Mapped[Code]
    name: Mapped[Line]
    kind: Mapped[Code] = mapped_column(default="organisation")
    email: Mapped[Line] = mapped_column(default="")
    phone: Mapped[Line] = mapped_column(default="")
    address: Mapped[Prose] = mapped_column(default="")
    country: Mapped[Code] = mapped_column(default="")
    region: Mapped[Code] = mapped_column(default="")
    is_archived: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "number"),
        CheckConstraint("kind IN ('person', 'organisation')", name="kind"),
    )


class Contact(Base):
    """A person at a client."""

    __tablename__ = "contacts"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    client_id: Mapped[Ref]
    name: Mapped[Line]
    title: Mapped[Line] = mapped_column(default="")
    email: Mapped[Line] = mapped_column(default="")
    phone: Mapped[Line] = mapped_column(default="")
    receives_invoices: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    client: Mapped[Client] = relationship(viewonly=True)

    __table_args__ = (firm_id_key(), firm_key("client_id", "clients"))
