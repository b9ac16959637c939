"""`lexapp verify`: derive everything again and name what does not hold."""

from __future__ import annotations

import os
import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.cli.books import open_books
from lexapp.config import Settings
from lexapp.domain.words import counted
from lexapp.integrations.storage import Storage, open_storage
from lexapp.models import Firm
from lexapp.workflows.verification import CHECK_COUNT, verify_firm


@click.command()
def command() -> None:
    """Check that the books prove themselves; exit status 1 and a list if they do not."""
    settings = Settings.from_environ(os.environ)
    engine, storage = open_books(settings), open_storage(settings.storage_url)
    with Session(engine) as session:
        firms = session.execute(select(Firm.id, Firm.name).order_by(Firm.id)).all()
        found = sum(_report(session, storage, firm_id, name) for firm_id, name in firms)
    if not firms:
        click.echo("There is no firm in this database yet: nothing to check.")
    engine.dispose()
    sys.exit(1 if found else 0)


def _report(session: Session, storage: Storage, firm_id: int, name: str) -> int:
    findings = verify_firm(session, storage, firm_id=firm_id)
    verdict = counted(len(findings), "finding") if findings else f"all {CHECK_COUNT} checks hold"
    click.echo(f"{name}: {verdict}")
    for finding in findings:
        click.echo(f"  {finding.check}: {finding.sentence}")
    return len(findings)
