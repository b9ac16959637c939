"""`lexapp import`: take work over from other programs' files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from lexapp.cli.on_firm import firm_session, owner_of
from lexapp.domain.errors import InvalidInput
from lexapp.domain.ledes import parse_1998b
from lexapp.domain.words import counted
from lexapp.services.ledes_imports import Imported, import_ledes


@click.group()
def command() -> None:
    """Take over records from files."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--firm", "firm_id", type=int, help="id of the firm, where there are several")
def ledes(file: Path, firm_id: int | None) -> None:
    """Take over the work in a LEDES 1998B file as unbilled entries: all of it, or nothing with the reasons."""
    raw = file.read_bytes()
    with firm_session(firm_id) as (session, firm):
        invoices = parse_1998b(_text(raw))
        done = import_ledes(session, actor=owner_of(session, firm), invoices=invoices, key=f"ledes:{hashlib.sha256(raw).hexdigest()}")
    made = ((getattr(done, name), name.replace("_", " ").removesuffix("s")) for name in Imported.__slots__)
    counts = [counted(number, noun.replace("entrie", "entry")) for number, noun in made if number]
    click.echo(f"Made {', '.join(counts)}." if counts else "This file was taken over before. Nothing was changed.")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not plain text in UTF-8. Save it as UTF-8 and try again.", field="file") from error
