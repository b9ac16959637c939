"""`lexapp scheduler`: hands due jobs to the workers and starts what recurs. One is enough; more do no harm."""

from __future__ import annotations

import os
import signal
import threading

import click

from lexapp.config import Settings
from lexapp.logs import set_up_logs


@click.command()
def command() -> None:
    """Hand out background jobs and start recurring ones."""
    from lexapp.jobs.scheduler import schedule

    set_up_logs()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    schedule(Settings.from_environ(os.environ).redis_url, stop)
