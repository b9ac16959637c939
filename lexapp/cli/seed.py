"""`lexapp seed`: the demonstration firm, the same for the same seed and last day."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.cli.books import open_books
from lexapp.config import Settings
from lexapp.demo.seeding.agreed_fees import add_agreed_fees
from lexapp.demo.seeding.budgets import add_budget
from lexapp.demo.seeding.capped import add_capped_matter
from lexapp.demo.seeding.contingency import add_contingency
from lexapp.demo.seeding.driving import add_drive
from lexapp.demo.seeding.expenses import add_expenses
from lexapp.demo.seeding.hybrid import add_hybrids
from lexapp.demo.seeding.insured import add_insured_matter
from lexapp.demo.seeding.people import close_ended_matters, make_firm, share_credit, wall_off_and_invite
from lexapp.demo.seeding.plan import SIZES, make_plan
from lexapp.demo.seeding.rate_cards import agree_cards
from lexapp.demo.seeding.structures import add_structures
from lexapp.demo.seeding.today import add_morning
from lexapp.demo.seeding.year import live_through
from lexapp.domain.errors import NotAllowed
from lexapp.integrations.storage import open_storage
from lexapp.models import Firm


@click.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True)
@click.option("--matters", type=click.IntRange(1, 20_000), help="how many matters, instead of the size's own")
@click.option("--entries", type=click.IntRange(1, 2_000_000), help="how many time entries, instead of the size's own")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--last-day", type=click.DateTime(["%Y-%m-%d"]), default="2026-11-20", show_default=True, help="the firm's newest day")
@click.option("--morning", is_flag=True, help="timers, entries and expenses of the last hours, and a matter that two pay for, as well")
def command(size: str, matters: int | None, entries: int | None, seed: int, last_day: datetime, morning: bool) -> None:
    """Fill an empty database with a believable firm. PDFs are made when somebody asks for them."""
    began = monotonic()
    chosen = SIZES[size]
    chosen = replace(chosen, matters=matters or chosen.matters, entries=entries or chosen.entries)
    plan = make_plan(chosen, last_day.date(), seed)
    settings = Settings.from_environ(os.environ)
    engine = open_books(settings)
    with Session(engine, autoflush=False) as session:
        if session.scalar(select(Firm.id).limit(1)) is not None:
            raise NotAllowed("There is a firm in this database already. Name an empty one with DATABASE_URL.")
        seeded = make_firm(session, plan, _say)
        live_through(seeded, seed, _say)
        share_credit(seeded)
        close_ended_matters(seeded)
        agree_cards(seeded)
        wall_off_and_invite(seeded)
        if morning:
            add_insured_matter(seeded)
            add_capped_matter(seeded)
            add_morning(seeded, datetime.now(UTC))
            add_agreed_fees(seeded, datetime.now(UTC))
            add_budget(seeded, datetime.now(UTC))
            add_contingency(seeded, datetime.now(UTC))
            add_hybrids(seeded, datetime.now(UTC))
            add_drive(seeded, open_storage(settings.storage_url), datetime.now(UTC))
            add_expenses(seeded, open_storage(settings.storage_url), datetime.now(UTC))
            add_structures(seeded)
    engine.dispose()
    click.echo(f"{len(plan.matters)} matters and {len(plan.time)} time entries in {monotonic() - began:.1f} s.")


def _say(what: str) -> None:
    click.echo(f"  {what}")
