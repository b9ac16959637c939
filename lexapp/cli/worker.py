"""`lexapp worker`: does what the outbox owes. Start as many as the machine has processors."""

from __future__ import annotations

import logging
import os

import click

from lexapp.config import Settings


@click.command()
def command() -> None:
    """Work off background jobs: documents, mail."""
    from lexapp.jobs.worker import work

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("weasyprint").setLevel(logging.WARNING)
    work(Settings.from_environ(os.environ).redis_url)
