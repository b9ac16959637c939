"""`lexapp worker`: does what the outbox owes. Start as many as the machine has processors."""

from __future__ import annotations

import os

import click

from lexapp.config import Settings
from lexapp.logs import set_up_logs


@click.command()
def command() -> None:
    """Work off background jobs: documents, mail."""
    from lexapp.jobs.worker import work

    set_up_logs()
    work(Settings.from_environ(os.environ).redis_url)
