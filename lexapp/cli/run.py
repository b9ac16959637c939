"""`lexapp run`: the web application in one process, for one machine. Behind a busy proxy use gunicorn (docs/operations.md)."""

from __future__ import annotations

import os

import click

from lexapp.config import Settings
from lexapp.logs import set_up_logs

# Flask refuses less than this, with a page; what is larger still is not even read.
LARGEST_BODY_BYTES = 64 * 1024 * 1024


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Interface to listen on.")
@click.option("--port", default=5000, show_default=True, envvar="PORT", type=click.IntRange(1, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256), help="Requests answered at the same time.")
def command(host: str, port: int, threads: int) -> None:
    """Serve the web application."""
    import waitress

    from lexapp.application import announcement, build

    set_up_logs()
    settings = Settings.from_environ(os.environ)
    app = build(settings)
    if to_say := announcement(app, host=host):
        print(to_say, flush=True)
    waitress.serve(
        app,
        host=host,
        port=port,
        threads=threads,
        ident=None,
        max_request_body_size=LARGEST_BODY_BYTES,
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
    )
