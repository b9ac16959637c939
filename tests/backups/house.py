"""A whole installation that may be backed up, killed and restored over: a database of its own on either engine, and its documents."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from lexapp.cli.migrate import migrate
from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.domain.journal_formats import write_hledger
from lexapp.domain.money import Money
from lexapp.models import MailedToken
from lexapp.queries.journal_export import journal_export
from lexapp.services.documents import record_document
from lexapp.services.trust import deposit_to_trust
from lexapp.workflows.backups import Installation, installation_of
from tests.factories import NOW, TODAY, World, make_matter, make_world, save
from tests.jobs.issued import issue_invoices
from tests.nursery import run_program
from tests.servers import OWNER_ROLE, PostgresCluster

ROOT = Path(__file__).resolve().parents[2]
PDF = b"%PDF-1.7 an invoice of Brannock Voss LLP"


@dataclass
class House:
    """A database, its folder, and the environment in which commands find both."""

    url: str
    owner_url: str
    folder: Path
    worlds: list[World] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        addresses = {"DATABASE_URL": self.url, "DATABASE_OWNER_URL": self.owner_url, "DATA_FOLDER": str(self.folder / "var")}
        return {"PATH": "/usr/bin:/bin", **addresses, **self.more}

    @property
    def installation(self) -> Installation:
        return installation_of(Settings.from_environ(self.environ))

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def lexapp(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command on this house."""
        environ = {**self.environ, **more}
        return run_program("lexapp", *words, environ=environ)

    @contextmanager
    def session(self, url: str | None = None) -> Iterator[Session]:
        """A session without a pool: no connection stays open that a restore would wait for."""
        engine = create_engine(url or self.url, poolclass=NullPool)
        with Session(engine, autoflush=False) as opened:
            yield opened

    def move_in(self, name: str = "Brannock Voss LLP") -> World:
        """A firm with trust money, two issued invoices that wait for the mail, and the document of one."""
        with self.session() as session:
            world = make_world(session, name)
            given = {"effective_on": TODAY, "source": "Castellane", "method": "transfer", "now": NOW}
            matter = make_matter(session, world.owner)
            deposit_to_trust(session, actor=world.owner, amount=Money(5_000_00, "USD"), matter_id=matter.id, **given)
            invoices = issue_invoices(session, world, 2, send=True)
            self.add_document(session, world, invoices[0].id)
            token = {"token_hash": f"{world.firm_id}", "purpose": "password_reset", "subject_id": world.owner.user_id}
            save(session, MailedToken(**token, firm_id=world.firm_id, created_at=NOW, expires_at=NOW), world.firm_id)
        self.worlds.append(world)
        return world

    def add_document(self, session: Session, world: World, invoice_id: int, data: bytes = PDF) -> str:
        digest = self.installation.storage.put(data, firm_id=world.firm_id)
        named = {"kind": "invoice_pdf", "subject": ("invoice", invoice_id), "file_name": f"INV-{invoice_id}.pdf"}
        file = {"media_type": "application/pdf", "size_bytes": len(data), "sha256": digest, "created_at": NOW, "now": NOW}
        record_document(session, firm_id=world.firm_id, **named, **file)
        return digest

    def journal(self, firm_id: int) -> str:
        """The books as a stranger would read them."""
        with self.session() as session:
            scope_to_firm(session, firm_id)
            return write_hledger(journal_export(session, firm_id))


@contextmanager
def house_on(engine: str, folder: Path, cluster: Callable[[], PostgresCluster], name: str, *, empty: bool = False) -> Iterator[House]:
    """A house of its own, migrated; or, `empty`, an address at which there is nothing yet. Its owner's role may make databases."""
    folder.mkdir(parents=True, exist_ok=True)
    server = cluster() if engine == "postgresql" else None
    if server is None:
        url = owner_url = f"sqlite:///{folder}/lexapp.sqlite3"
    else:
        url, owner_url = server.url(name), server.url(name, OWNER_ROLE)
        allow_databases(server, "CREATEDB")
    try:
        if not empty:
            if server:
                server.create_database(name)
            migrate(owner_url, url)
        yield House(url, owner_url, folder)
    finally:
        if server and server.process.poll() is None:
            drop_with_its_past(server, name)


def allow_databases(cluster: PostgresCluster, privilege: str) -> None:
    """What docs/operations.md asks for the role that owns the tables, or takes it away."""
    with cluster.connect() as connection:
        connection.execute(f"ALTER ROLE {OWNER_ROLE} {privilege}".encode())


def drop_with_its_past(cluster: PostgresCluster, name: str) -> None:
    """The database, and those that restores left beside it."""
    with cluster.connect() as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}%"]).fetchall()
    for (found,) in rows:
        cluster.drop_database(str(found))
