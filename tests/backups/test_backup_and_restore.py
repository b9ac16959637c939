"""A backup of a whole installation, restored into another: the same books, documents and walls, on both engines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from lexapp.domain.errors import NotAllowed
from lexapp.models import Backup, OutboxMessage
from lexapp.services.backups import HELD_BACK
from lexapp.workflows.backups import Written, restore_backup, take_backup
from lexapp.workflows.verification import verify_firm
from tests.backups.conftest import Moved
from tests.backups.house import PDF, House
from tests.factories import NOW

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


def backup_of(house: House, name: str = "whole.tar.gz") -> Written:
    return take_backup(house.installation, house.backups / name, now=NOW)


def test_what_is_restored_elsewhere_is_what_was_backed_up(moved: Moved):
    proof, restored, elsewhere = moved.written.proof, moved.restored, moved.elsewhere
    assert (proof.findings, proof.unproved, proof.documents) == ((), "", 2)
    assert (restored.findings, restored.documents, restored.manifest) == ((), 2, proof.manifest)
    for world in moved.house.worlds:
        assert elsewhere.journal(world.firm_id) == moved.house.journal(world.firm_id) != ""
        with elsewhere.session() as session:
            assert verify_firm(session, elsewhere.installation.storage, firm_id=world.firm_id) == []
    storage, firm_id = elsewhere.installation.storage, moved.house.worlds[0].firm_id
    assert [storage.get(digest, firm_id=firm_id) for digest in storage.digests(firm_id=firm_id)] == [PDF]


def test_a_restored_database_has_its_walls(moved: Moved, engine: str):
    firm_id = moved.house.worlds[0].firm_id
    with moved.elsewhere.session() as session:
        session.info["firm_id"] = firm_id
        for attack in ("DELETE FROM journal_entries", "UPDATE postings SET amount_minor = 0", "UPDATE invoices SET number = 'X'"):
            with pytest.raises(DBAPIError, match=r"append-only|frozen|permission denied"):
                session.execute(text(attack))
            session.rollback()
        if engine == "postgresql":
            assert session.execute(text("SELECT DISTINCT firm_id FROM matters")).scalars().all() == [firm_id]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_only_the_owner_of_the_tables_reads_every_firm(moved: Moved, engine: str):
    asked = "SELECT set_config('app.every_firm', 'on', true), set_config('app.firm_id', '0', true)"
    seen = {}
    for who, url in (("application", moved.house.url), ("owner", moved.house.owner_url)):
        with moved.house.session(url) as session:
            session.execute(text(asked))
            seen[who] = session.scalar(text("SELECT count(DISTINCT firm_id) FROM matters"))
    assert seen == {"application": 0, "owner": 2}


def test_nothing_is_sent_twice_and_nobody_stays_signed_in_after_a_restore(moved: Moved):
    assert moved.restored.held_jobs == 4
    with moved.elsewhere.session() as session:
        found = session.execute(select(OutboxMessage.kind, OutboxMessage.state, OutboxMessage.last_error)).all()
        assert session.scalar(text("SELECT count(*) FROM sessions WHERE ended_at IS NULL")) == 0
        assert session.scalar(text("SELECT count(*) FROM mailed_tokens WHERE used_at IS NULL")) == 0
    assert {tuple(row) for row in found} == {("invoice.document", "pending", ""), ("invoice.mail", "dead", HELD_BACK)}


def test_a_firm_is_not_restored_over_unless_that_is_said(moved: Moved):
    with pytest.raises(NotAllowed, match="There is a firm in this database already"):
        restore_backup(moved.elsewhere.installation, moved.written.path, replace=False, now=NOW)


def test_a_database_in_use_is_not_swapped_away_below_its_users(moved: Moved):
    with in_use(moved.elsewhere), pytest.raises(NotAllowed, match="Stop web, worker and scheduler"):
        restore_backup(moved.elsewhere.installation, moved.written.path, replace=True, now=NOW)


@contextmanager
def in_use(house: House) -> Iterator[None]:
    """Another process that has the database open."""
    holds = (
        "import sys, sqlalchemy as s; c = s.create_engine(sys.argv[1]).connect(); c.execute(s.text('SELECT 1')); print(flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", holds, house.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        yield
        process.stdin.write(b"\n")
        process.stdin.close()


def test_a_database_that_is_replaced_is_kept_under_another_name(moved: Moved, bare: House, engine: str):
    restore_backup(bare.installation, moved.written.path, replace=False, now=NOW)
    with bare.session() as session:
        session.execute(text("UPDATE firms SET name = 'Since the backup'"))
        session.commit()
    kept = restore_backup(bare.installation, moved.written.path, replace=True, now=NOW).kept_as
    url = f"sqlite:///{kept}" if engine == "sqlite" else bare.owner_url.replace("/bare", f"/{kept}")
    assert (names_of_firms(bare, bare.url), names_of_firms(bare, url)) == (
        {"Brannock Voss LLP", "Quillfeather & Lind"},
        {"Since the backup"},
    )


def names_of_firms(house: House, url: str) -> set[str]:
    with house.session(url) as session:
        return set(session.scalars(text("SELECT name FROM firms")))


@only_sqlite
def test_a_document_that_is_damaged_already_is_named_and_the_rest_is_kept(house: House, engine: str):
    house.move_in()
    (path,) = (path for path in (house.folder / "var/storage").rglob("*") if path.is_file())
    path.write_bytes(b"%PDF-1.7 another amount")
    written = backup_of(house)
    assert any("is damaged" in finding and "INV-" in finding for finding in written.proof.findings)
    assert written.path.is_file()


@only_sqlite
def test_a_backup_that_is_there_is_not_written_over(moved: Moved, engine: str):
    before = moved.written.path.read_bytes()
    with pytest.raises(NotAllowed, match="exists already"):
        backup_of(moved.house)
    assert moved.written.path.read_bytes() == before


@only_sqlite
def test_an_archive_can_be_read_by_nobody_but_its_owner(moved: Moved, engine: str):
    assert moved.written.path.stat().st_mode & 0o077 == 0


def test_the_commands_do_it_all(house: House, bare: House, tmp_path: Path):
    world = house.move_in()
    file = str(tmp_path / "by-hand.tar.gz")
    said = house.lexapp("backup", file)
    assert (said.returncode, said.stderr) == (0, "")
    assert "its books prove themselves" in said.stdout
    with house.session() as session:
        assert [backup.file_name for backup in session.scalars(select(Backup))] == ["by-hand.tar.gz"]
    assert house.lexapp("backup", "--verify", file).returncode == 0
    restored = bare.lexapp("restore", file)
    assert (restored.returncode, "Everybody signs in again" in restored.stdout) == (0, True)
    assert bare.journal(world.firm_id) == house.journal(world.firm_id)


@only_sqlite
def test_the_commands_say_what_they_need(house: House, engine: str, tmp_path: Path):
    assert house.lexapp("backup", "--verify").stderr.startswith("Name the backup to prove")
    (tmp_path / "nothing.tar.gz").write_bytes(b"")
    assert "damaged at its beginning" in house.lexapp("restore", str(tmp_path / "nothing.tar.gz")).stderr
