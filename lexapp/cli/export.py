"""`lexapp export`: the journal in open formats, an invoice as LEDES."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.domain.errors import NotFound
from lexapp.domain.journal_formats import FORMATS
from lexapp.models import Firm
from lexapp.queries.journal_export import journal_export


@contextmanager
def firm_session(firm_id: int | None) -> Iterator[tuple[Session, Firm]]:
    """A session on one firm: the one named, or the only one there is."""
    engine = create_engine(Settings.from_environ(os.environ).database_url)
    with Session(engine) as session:
        query = select(Firm).order_by(Firm.id)
        firms = session.scalars(query if firm_id is None else query.where(Firm.id == firm_id)).all()
        if not firms:
            raise NotFound("There is no such firm in this database.")
        if len(firms) > 1:
            known = ", ".join(f"{firm.id} ({firm.name})" for firm in firms)
            raise NotFound(f"There are several firms; name one with --firm: {known}.")
        scope_to_firm(session, firms[0].id)
        yield session, firms[0]
    engine.dispose()


@click.group()
def command() -> None:
    """Write records for other programs to read."""


@command.command()
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="hledger", show_default=True)
@click.option("--firm", "firm_id", type=int, help="id of the firm, where there are several")
def journal(format_: str, firm_id: int | None) -> None:
    """Print the whole journal with its balances, so that a stranger can recompute the books."""
    with firm_session(firm_id) as (session, firm):
        click.echo(FORMATS[format_](journal_export(session, firm.id)), nl=False)
