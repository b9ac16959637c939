"""`lexapp verify`: derive everything again and name what does not hold."""

from __future__ import annotations

import os
import sys

import click
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.models import Firm
from lexapp.queries.verification import CHECKS, verify


@click.command()
def command() -> None:
    """Check that the books prove themselves; exit status 1 and a list if they do not."""
    settings = Settings.from_environ(os.environ)
    engine = create_engine(settings.database_url)
    with Session(engine) as session:
        found = sum(_report(session, firm) for firm in session.scalars(select(Firm).order_by(Firm.id)).all())
    engine.dispose()
    sys.exit(1 if found else 0)


def _report(session: Session, firm: Firm) -> int:
    scope_to_firm(session, firm.id)
    findings = verify(session, firm.id)
    verdict = f"{len(findings)} findings" if findings else f"all {len(CHECKS)} checks hold"
    click.echo(f"{firm.name}: {verdict}")
    for finding in findings:
        click.echo(f"  {finding.check}: {finding.sentence}")
    return len(findings)
