"""PostgreSQL's own programs, which must not be older than the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from lexapp.domain.errors import NotFound, Refused

_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/pgsql/bin")


class ProgramFailed(Refused):
    """pg_dump or pg_restore stopped; the sentence ends with what it said."""

    default_code = "program_failed"


def program(name: str, server_major: int) -> str:
    """The path of the newest `name` (pg_dump, pg_restore) for a server of this major version.

    Raises NotFound with what to install when there is none, or only older ones.
    """
    versions = {path: _major(path) for path in _candidates(name)}
    if not versions:
        raise NotFound(f"{name} is not installed here. Install the package postgresql-client-{server_major} (or newer).")
    newest = max(versions, key=lambda path: versions[path])
    if versions[newest] < server_major:
        wanted = f"the server is version {server_major}. Install the package postgresql-client-{server_major} (or newer)."
        raise NotFound(f"{newest} is version {versions[newest]}, but {wanted}")
    return newest


def _candidates(name: str) -> Iterator[str]:
    on_path = shutil.which(name)
    yield from [on_path] if on_path else []
    for pattern in _FOLDERS:
        yield from (path for folder in glob(pattern) if os.access(path := str(Path(folder) / name), os.X_OK))


def _major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def run_program(command: Sequence[str], url: URL, settings: str = "") -> str:
    """Run it on the database at `url` and return what it printed. The password travels in the environment, which `ps` does not show.

    Raises ProgramFailed with the first line of what it complained about.
    """
    given = dict(url.get_dialect()().create_connect_args(url)[1])
    password = given.pop("password", None)
    environ = {**os.environ, **({"PGPASSWORD": str(password)} if password else {}), **({"PGOPTIONS": settings} if settings else {})}
    whole = [*command, f"--dbname={make_conninfo('', **given)}"]
    ran = subprocess.run(whole, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode != 0:
        said = " ".join(ran.stderr.split()) or f"exit status {ran.returncode}"
        raise ProgramFailed(f"{Path(command[0]).name} stopped: {said[:500]}")
    return ran.stdout
