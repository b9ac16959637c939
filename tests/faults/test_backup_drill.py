"""The drill: a firm at work, a backup that is killed in the middle, then whole ones, and an empty installation that takes them over.

With a small firm always; with the seeded year by `make faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from lexapp.database import scope_to_firm
from lexapp.domain.journal_formats import write_csv
from lexapp.queries.journal_export import journal_export
from lexapp.workflows.backups import Proof, restore_backup, take_backup
from tests.backups.house import House, house_on
from tests.backups.test_archives import rewrite
from tests.factories import NOW
from tests.nursery import start_program
from tests.servers import PostgresCluster, stop, wait_until

pytestmark = pytest.mark.faults
SIZES = [pytest.param("small"), pytest.param("year", marks=pytest.mark.year)]
MOMENTS = {
    "the copy of the database": "database.*",
    "the archive": "at-work.tar.gz",
    "the proof": "proving",
}


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Callable[[], PostgresCluster]:
    return lambda: request.getfixturevalue("postgres")


@pytest.fixture
def house(engine: str, tmp_path: Path, cluster: Callable[[], PostgresCluster]) -> Iterator[House]:
    with house_on(engine, tmp_path / "drill", cluster, "drill") as made:
        yield made


@pytest.fixture
def bare(engine: str, tmp_path: Path, cluster: Callable[[], PostgresCluster]) -> Iterator[House]:
    with house_on(engine, tmp_path / "taken-over", cluster, "taken_over", empty=True) as made:
        yield made


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", SIZES)
def test_a_firm_at_work_is_backed_up_and_taken_over(house: House, bare: House, size: str):
    assert house.lexapp("seed", "--size", size).returncode == 0
    firm_id = firm_of(house)
    with at_work(house):
        for left_behind in MOMENTS.values():
            kill_a_backup(house, left_behind)
            assert whole_files(house) == []
        assert taken(house, "at-work.tar.gz").findings == ()
    assert [path.name for path in whole_files(house)] == ["at-work.tar.gz"]
    assert taken(house, "at-rest.tar.gz").findings == ()
    check_the_one_taken_at_work(house, bare, firm_id)
    check_the_one_taken_at_rest(house, bare, firm_id)
    check_a_tampered_one(house, bare, firm_id)


def check_the_one_taken_at_work(house: House, bare: House, firm_id: int) -> None:
    """It holds the books of one instant: the entries of now up to its newest one, to the byte."""
    assert restore_backup(bare.installation, house.backups / "at-work.tar.gz", replace=False, now=NOW).findings == ()
    then, now = journal_rows(bare, firm_id), journal_rows(house, firm_id)
    newest = max(number_of(row) for row in then)
    assert then == [row for row in now if number_of(row) <= newest]
    assert newest < max(number_of(row) for row in now), "work went on while it was taken"


def check_the_one_taken_at_rest(house: House, bare: House, firm_id: int) -> None:
    assert restore_backup(bare.installation, house.backups / "at-rest.tar.gz", replace=True, now=NOW).findings == ()
    assert bare.lexapp("verify").returncode == 0
    assert bare.journal(firm_id) == house.journal(firm_id) != ""
    ours, theirs = (set(each.installation.storage.digests(firm_id=firm_id)) for each in (house, bare))
    assert ours <= theirs
    assert ours


def check_a_tampered_one(house: House, bare: House, firm_id: int) -> None:
    before = bare.journal(firm_id)

    def other_amount(members: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        name, data = members[0]
        middle = len(data) // 2
        return [(name, data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]), *members[1:]]

    tampered = rewrite(house.backups / "at-rest.tar.gz", other_amount)
    refused = bare.lexapp("restore", "--replace", str(tampered))
    assert refused.returncode == 2
    assert refused.stderr.startswith(("database.sqlite3 was changed", "database.dump was changed"))
    assert bare.journal(firm_id) == before


def firm_of(house: House) -> int:
    with house.session() as session:
        return int(session.scalar(text("SELECT id FROM firms")))


def journal_rows(house: House, firm_id: int) -> list[str]:
    with house.session() as session:
        scope_to_firm(session, firm_id)
        return write_csv(journal_export(session, firm_id)).splitlines()[1:]


def number_of(row: str) -> int:
    return int(row.partition(",")[0])


def whole_files(house: House) -> list[Path]:
    return sorted(house.backups.glob("*.tar.gz"))


def taken(house: House, name: str) -> Proof:
    return take_backup(house.installation, house.backups / name, now=NOW).proof


@contextmanager
def at_work(house: House) -> Iterator[None]:
    log = house.folder / "depositing.log"
    with log.open("wb") as out:
        process = start_program("tests.faults.depositing", environ=house.environ, output=out)
    try:
        wait_until(lambda: log.read_bytes().count(b"\n") > 3 or process.poll() is not None, what="a firm at work", seconds=60)
        assert process.poll() is None, log.read_text()
        yield
        assert process.poll() is None, log.read_text()
    finally:
        stop(process)


def kill_a_backup(house: House, left_behind: str) -> None:
    """Start one, and kill -9 it as soon as this is there, before it gets its name."""
    log = house.folder / "killed.log"
    with log.open("wb") as out:
        process = start_program("lexapp", "backup", str(house.backups / "at-work.tar.gz"), environ=house.environ, output=out)
    wait_until(lambda: any(house.backups.glob(f".unfinished-*/{left_behind}")) or process.poll() is not None, what="a backup", seconds=300)
    assert process.poll() is None, log.read_text()
    process.kill()
    process.wait()
    assert any(house.backups.glob(".unfinished-*")), "it was in the middle"
