"""`lexapp firm`: the firm of this installation."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import available_timezones

import click
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from lexapp.books.passwords import SHORTEST_PASSWORD, hash_password
from lexapp.cli.migrate import migrate
from lexapp.config import Settings
from lexapp.database import today_in
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.models import Firm
from lexapp.services.firms import NewFirm, create_firm


@click.group()
def command() -> None:
    """Make the firm of this installation."""


@command.command()
@click.option("--name", prompt="Name of the firm")
@click.option("--currency", prompt="Currency (ISO code)", default="USD")
@click.option("--time-zone", prompt="Time zone", default="America/New_York")
@click.option("--owner-name", prompt="Your name")
@click.option("--owner-email", prompt="Your e-mail address, to sign in with")
@click.password_option("--owner-password", prompt=f"A password of at least {SHORTEST_PASSWORD} characters", envvar="OWNER_PASSWORD")
def create(name: str, currency: str, time_zone: str, owner_name: str, owner_email: str, owner_password: str) -> None:
    """Create the firm with its owner, chart of accounts and internal matter."""
    if len(owner_password) < SHORTEST_PASSWORD:
        raise InvalidInput(f"The password is too short. Use at least {SHORTEST_PASSWORD} characters.")
    if time_zone not in available_timezones():
        raise InvalidInput(f"{time_zone} is not a time zone. Use one such as America/New_York.")
    settings = Settings.from_environ(os.environ)
    migrate(settings.database_owner_url, settings.database_url)
    now = datetime.now(UTC)
    password_hash = hash_password(owner_password)
    new = NewFirm(name.strip(), currency, time_zone, owner_name.strip(), owner_email.strip(), password_hash, today_in(time_zone, now), {})
    new.check()
    engine = create_engine(settings.database_url)
    with Session(engine, autoflush=False) as session:
        if engine.dialect.name == "sqlite" and session.scalar(select(Firm.id).limit(1)) is not None:
            raise NotAllowed("A database on SQLite holds one firm, and there is one in it. Use PostgreSQL for several firms.")
        create_firm(session, new, now=now)
    engine.dispose()
    click.echo(f"{name.strip()} is ready. Sign in as {owner_email.strip().lower()}.")
