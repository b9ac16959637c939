"""When a backup cannot be taken, proved or restored: a sentence that says what to do, and nothing left behind."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lexapp.domain.backups import BadArchive
from lexapp.domain.errors import NotFound, Refused
from lexapp.integrations.database_copies.programs import program
from lexapp.workflows.backups import take_backup
from lexapp.workflows.backups.proving import check_fits
from lexapp.workflows.backups.taking import unfinished
from tests.backups.conftest import Moved
from tests.backups.house import ROOT, House, allow_databases
from tests.factories import NOW
from tests.servers import PostgresCluster

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


@only_sqlite
@pytest.mark.parametrize("room", [20_000, 400_000, 1_500_000], ids=["at the database", "at the archive", "at the proof"])
def test_a_disk_that_fills_up_leaves_nothing_that_looks_like_a_backup(moved: Moved, engine: str, room: int, tmp_path: Path):
    """The kernel refuses every write beyond so many bytes of a file, as a full disk does."""
    target = tmp_path / "backups/full.tar.gz"
    command = [sys.executable, "-m", "lexapp", "backup", str(target)]
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))  # noqa: E731
    # Without: of every module that it compiled it would keep the first bytes beside the source, and nobody could import it any more.
    environ = moved.house.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environ, preexec_fn=limit, capture_output=True, text=True)
    left = [path.name for path in target.parent.glob("*") if path.name != ".lexapp-backup.lock"]
    if ran.returncode == 0:
        assert left == [target.name]
    else:
        assert (ran.returncode, left) == (2, []), ran.stderr
        assert "Traceback" not in ran.stderr


@only_sqlite
def test_two_backups_into_one_folder_take_turns(moved: Moved, engine: str):
    with unfinished(moved.house.backups), pytest.raises(Refused, match="Another backup is being written"):
        take_backup(moved.house.installation, moved.house.backups / "second.tar.gz", now=NOW)


@only_sqlite
def test_a_database_that_is_not_there_is_named(engine: str, bare: House):
    with pytest.raises(NotFound, match=r"There is no database at .*lexapp\.sqlite3\. Set DATABASE_URL"):
        take_backup(bare.installation, bare.backups / "none.tar.gz", now=NOW)


def test_programs_that_are_missing_or_older_than_the_server_are_named_with_the_package_to_install():
    with pytest.raises(NotFound, match=r"pg_dump_of_nowhere is not installed here\. Install the package postgresql-client-15"):
        program("pg_dump_of_nowhere", 15)
    with pytest.raises(NotFound, match=r"pg_dump is version \d+, but the server is version 99. Install the package postgresql-client-99"):
        program("pg_dump", 99)
    assert program("pg_dump", 9).endswith("pg_dump")


@pytest.mark.parametrize("engine", ["postgresql"])
def test_an_owner_that_may_not_make_databases_backs_up_and_says_what_was_not_proved(
    moved: Moved, engine: str, cluster: Callable[[], PostgresCluster]
):
    allow_databases(cluster(), "NOCREATEDB")
    try:
        written = take_backup(moved.house.installation, moved.house.backups / "unproved.tar.gz", now=NOW)
    finally:
        allow_databases(cluster(), "CREATEDB")
    assert "ALTER ROLE lexapp_owner CREATEDB" in written.proof.unproved
    assert written.proof.documents == 2


@pytest.mark.parametrize("engine", ["postgresql"])
def test_the_application_s_role_cannot_take_a_backup_of_a_part_by_mistake(moved: Moved, engine: str):
    """It sees no firm's rows: what it would copy does not fit what it counts, or is refused."""
    installation = replace(moved.house.installation, owner_url=moved.house.url)
    with pytest.raises(Refused):
        take_backup(installation, moved.house.backups / "part.tar.gz", now=NOW)
    assert not (moved.house.backups / "part.tar.gz").exists()


@only_sqlite
def test_a_backup_of_a_newer_version_or_another_engine_is_refused(moved: Moved, engine: str):
    manifest = moved.written.proof.manifest
    with pytest.raises(BadArchive, match="Install that version or a newer one"):
        check_fits(replace(manifest, revision="9999"), "sqlite")
    with pytest.raises(BadArchive, match="is of a database on sqlite; DATABASE_URL names one on postgresql"):
        check_fits(manifest, "postgresql")
