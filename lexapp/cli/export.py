"""`lexapp export`: the journal in open formats, an invoice as LEDES."""

from __future__ import annotations

import click
from sqlalchemy import select

from lexapp.cli.on_firm import firm_session
from lexapp.domain.errors import NotFound
from lexapp.domain.journal_formats import FORMATS
from lexapp.models import Invoice
from lexapp.queries.journal_export import journal_export
from lexapp.queries.ledes import ledes_1998b


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


@command.command()
@click.argument("number")
@click.option("--firm", "firm_id", type=int, help="id of the firm, where there are several")
def ledes(number: str, firm_id: int | None) -> None:
    """Print the invoice NUMBER as LEDES 1998B."""
    with firm_session(firm_id) as (session, firm):
        invoice = session.scalars(select(Invoice).where(Invoice.firm_id == firm.id, Invoice.number == number)).one_or_none()
        if invoice is None:
            raise NotFound(f"There is no invoice {number}.")
        click.echo(ledes_1998b(session, invoice=invoice), nl=False)
