"""People at browsers: a stranger, and members of a firm who are signed in.

Every test of a resource has the outsider in the room: somebody with the same role in another firm.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from tests.factories import World, make_firm, make_member, make_world
from tests.servers import PostgresCluster
from tests.web.pages import Site, answers_alike, crawl
from tests.web.report_pages import Office, open_office
from tests.web.routes import ids_on_pages
from tests.web.town import Town, TownOn, towns
from tests.web.visitor import Visitor, signed_in


@pytest.fixture
def world(session: Session) -> World:
    """A firm with an owner, two timekeepers, an operating and a trust account."""
    return make_world(session)


@pytest.fixture
def stranger(app: Flask, session: Session) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(app, session)


@pytest.fixture
def sign_in(app: Flask, session: Session) -> Callable[[Actor], Visitor]:
    """Sign an actor in: `sign_in(world.owner).get("/matters")`."""
    return lambda actor: signed_in(app, session, actor)


@pytest.fixture
def owner(world: World, sign_in: Callable[[Actor], Visitor]) -> Visitor:
    """The owner of the firm, at a browser."""
    return sign_in(world.owner)


@pytest.fixture
def member(session: Session, world: World, sign_in: Callable[[Actor], Visitor]) -> Callable[[Role], Visitor]:
    """Somebody of the firm with this role: `member(Role.TIMEKEEPER)`."""
    return lambda role: sign_in(make_member(session, world.owner, role))


@pytest.fixture
def outsider(app: Flask, session: Session) -> Visitor:
    """The owner of another firm, at a browser. On SQLite, which holds one firm in earnest, tests may have two."""
    return signed_in(app, session, make_firm(session, "Quillfeather & Lind"))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Books for reports, and the owner at a browser. Nobody writes to them."""
    with open_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


# ── two firms that have everything, for tests that walk all routes; one town per engine ──────────


@pytest.fixture(scope="session")
def town_on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownOn]:
    def cluster() -> PostgresCluster:
        found: PostgresCluster = request.getfixturevalue("postgres")
        return found

    with towns(cluster, tmp_path_factory.mktemp("town")) as on:
        yield on


@pytest.fixture(scope="session")
def crawled() -> dict[str, Site]:
    return {}


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the test processes of one run hand each other the site that one of them crawled."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "site.pickle"


@pytest.fixture
def town(town_on: TownOn, engine: str) -> Town:
    """Two firms with the rows that they had at first."""
    return town_on(engine)


@pytest.fixture
def site(town: Town, engine: str, crawled: dict[str, Site], shared_site: Path) -> Site:
    """Every page and form, read once; a town with the same records under the same ids has the same, and only has to answer."""
    if engine not in crawled:
        found = [*crawled.values(), *([pickle.loads(shared_site.read_bytes())] if shared_site.exists() else [])]
        known = next((site for site in found if site.ids == ids_on_pages(town)), None)
        crawled[engine] = answers_alike(town, known) if known else crawl(town)
        (fresh := shared_site.with_suffix(f".{os.getpid()}")).write_bytes(pickle.dumps(crawled[engine]))
        fresh.replace(shared_site)
    return crawled[engine]
