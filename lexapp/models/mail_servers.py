"""The mail server that a firm sends through, where it is not the installation's."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Line, Prose, Ref


class MailServer(Base):
    """One row for a firm. With an empty `host` the installation's server sends; names and addresses hold in both cases.

    `password_sealed` is the password as `integrations.sealing` closed it: only a process that knows SECRET_KEY opens it.
    """

    __tablename__ = "mail_servers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    host: Mapped[Line] = mapped_column(default="")
    port: Mapped[int] = mapped_column(default=587)
    security: Mapped[Code] = mapped_column(default="starttls")
    user_name: Mapped[Line] = mapped_column(default="")
    password_sealed: Mapped[Prose] = mapped_column(default="")
    from_name: Mapped[Line] = mapped_column(default="")
    from_address: Mapped[Line] = mapped_column(default="")
    reply_to: Mapped[Line] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("firm_id"),
        CheckConstraint("security IN ('none', 'starttls', 'tls')", name="security"),
        CheckConstraint("port > 0 AND port < 65536", name="port"),
    )
