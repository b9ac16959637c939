"""The `lexapp` command. Each subcommand is one module with a click command named `command`, listed here and imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from lexapp.config import BadSetting
from lexapp.domain.errors import Refused

COMMANDS = {
    "dev": "lexapp.cli.dev",
    "run": "lexapp.cli.run",
    "migrate": "lexapp.cli.migrate",
    "firm": "lexapp.cli.firm",
    "seed": "lexapp.cli.seed",
    "verify": "lexapp.cli.verify",
    "backup": "lexapp.cli.backup",
    "restore": "lexapp.cli.restore",
    "export": "lexapp.cli.export",
    "import": "lexapp.cli.import_",
    "events": "lexapp.cli.events",
    "worker": "lexapp.cli.worker",
    "scheduler": "lexapp.cli.scheduler",
}


class Commands(click.Group):
    """A group that imports a subcommand's module only when that subcommand is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Commands)
def commands() -> None:
    """Law-firm billing and trust accounting."""


def main() -> None:
    """Run one subcommand; what lexapp refuses is one sentence on standard error and exit status 2."""
    try:
        commands()
    except (BadSetting, Refused) as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)
