"""`lexapp export`: the journal in open formats."""

from __future__ import annotations

import click

from lexapp.cli.on_firm import firm_session
from lexapp.domain.journal_formats import FORMATS
from lexapp.queries.journal_export import journal_export


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
