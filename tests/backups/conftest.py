"""Houses to back up and to restore into. What a test only reads is made once for each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from lexapp.workflows.backups import Restored, Written, restore_backup, take_backup
from tests.backups.house import House, house_on
from tests.factories import NOW
from tests.servers import PostgresCluster


@dataclass(frozen=True)
class Moved:
    """A house with two firms, its backup, and another house that the backup was restored into."""

    house: House
    written: Written
    elsewhere: House
    restored: Restored


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Callable[[], PostgresCluster]:
    def found() -> PostgresCluster:
        server: PostgresCluster = request.getfixturevalue("postgres")
        return server

    return found


@pytest.fixture(scope="session")
def moved_on(cluster: Callable[[], PostgresCluster], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Moved]]:
    made: dict[str, Moved] = {}
    with ExitStack() as stack:

        def on(engine: str) -> Moved:
            if engine not in made:
                folder = tmp_path_factory.mktemp("moved")
                house = stack.enter_context(house_on(engine, folder / "house", cluster, "house"))
                elsewhere = stack.enter_context(house_on(engine, folder / "elsewhere", cluster, "elsewhere", empty=True))
                made[engine] = move(house, elsewhere)
            return made[engine]

        yield on


def move(house: House, elsewhere: House) -> Moved:
    house.move_in()
    house.move_in("Quillfeather & Lind")
    written = take_backup(house.installation, house.backups / "whole.tar.gz", now=NOW)
    return Moved(house, written, elsewhere, restore_backup(elsewhere.installation, written.path, replace=False, now=NOW))


@pytest.fixture
def moved(engine: str, moved_on: Callable[[str], Moved]) -> Moved:
    """Once for each engine: tests only look at it."""
    return moved_on(engine)


@pytest.fixture
def house(engine: str, tmp_path: Path, cluster: Callable[[], PostgresCluster]) -> Iterator[House]:
    """A migrated installation in which nobody lives yet, of the test's own."""
    with house_on(engine, tmp_path / "own", cluster, "own") as made:
        yield made


@pytest.fixture
def bare(engine: str, tmp_path: Path, cluster: Callable[[], PostgresCluster]) -> Iterator[House]:
    """An address at which there is nothing yet, of the test's own."""
    with house_on(engine, tmp_path / "bare", cluster, "bare", empty=True) as made:
        yield made
