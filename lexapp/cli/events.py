"""`lexapp events`: tells open screens what changed. One is enough; pages ask every few seconds where there is none."""

from __future__ import annotations

import os

import click

from lexapp.config import Settings
from lexapp.logs import set_up_logs


@click.command()
@click.option("--bind", default="127.0.0.1:8001", show_default=True, envvar="EVENTS_BIND", help="Interface and port to listen on.")
@click.option(
    "--threads", default=256, show_default=True, envvar="EVENTS_THREADS", type=click.IntRange(20, 4096), help="Open screens, and 16."
)
def command(bind: str, threads: int) -> None:
    """Stream changes to open screens."""
    from lexapp.events.server import serve

    set_up_logs()
    serve(Settings.from_environ(os.environ), bind=bind, threads=threads)
