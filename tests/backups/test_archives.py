"""An archive that is not what it was is refused, and the member that is wrong is named."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lexapp.domain.backups import BadArchive, Manifest, Member
from lexapp.integrations.archives import unpack, writing

DATABASE = b"SQLite format 3 and what follows" * 5000
PDF = b"%PDF-1.7 an invoice" * 300
DOCUMENT = f"documents/7/{hashlib.sha256(PDF).hexdigest()[:2]}/{hashlib.sha256(PDF).hexdigest()}"
MANIFEST = Manifest(
    engine="sqlite",
    engine_version="3.40.1",
    lexapp_version="0.1.0",
    revision="0001",
    taken_at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
    tables={"firms": 1},
    heads={"7": "3 abc"},
    lost=(),
    members={},
)
Members = list[tuple[str, bytes]]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    with writing(tmp_path / "whole.tar.gz") as writer:
        writer.add_bytes("database.sqlite3", DATABASE)
        writer.add_bytes(DOCUMENT, PDF)
        writer.finish(MANIFEST)
    return tmp_path / "whole.tar.gz"


def members_of(path: Path) -> Members:
    with tarfile.open(path) as tar:
        return [(info.name, found.read()) for info in tar if (found := tar.extractfile(info))]


def rewrite(path: Path, change: Callable[[Members], Members]) -> Path:
    """The same archive after somebody with a tar program was at it."""
    changed = change(members_of(path))
    with tarfile.open(path, "w:gz") as tar:
        for name, data in changed:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_what_was_written_is_read_back(archive: Path, tmp_path: Path):
    manifest = unpack(archive, tmp_path / "out", documents=True)
    assert manifest.members == {name: Member(len(data), hashlib.sha256(data).hexdigest()) for name, data in members_of(archive)[:2]}
    assert (manifest.taken_at, manifest.heads, manifest.tables) == (MANIFEST.taken_at, MANIFEST.heads, MANIFEST.tables)
    assert (tmp_path / "out/database.sqlite3").read_bytes() == DATABASE
    assert (tmp_path / "out" / DOCUMENT).read_bytes() == PDF


def test_documents_are_checked_also_where_they_are_not_wanted(archive: Path, tmp_path: Path):
    unpack(archive, tmp_path / "out", documents=False)
    assert not (tmp_path / "out/documents").exists()
    rewrite(archive, lambda members: [(name, b"%PDF-1.7 another" if name == DOCUMENT else data) for name, data in members])
    with pytest.raises(BadArchive, match=f"{DOCUMENT} was changed"):
        unpack(archive, tmp_path / "again", documents=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda members: [(name, data[:-1] + b"!" if name == "database.sqlite3" else data) for name, data in members],
            "database.sqlite3 was changed",
        ),
        (lambda members: [member for member in members if member[0] != DOCUMENT], f"{DOCUMENT} is missing"),
        (lambda members: [("documents/7/00/" + "0" * 64, b"more"), *members], "its manifest does not name it"),
        (lambda members: [("../../etc/cron.d/x", b"* * * * * root sh"), *members], r"\.\./\.\./etc/cron.d/x does not belong"),
        (lambda members: [("/etc/passwd", b""), *members], "does not belong"),
        (lambda members: members[:-1], "no manifest.json"),
        (lambda members: [*members[:-1], ("manifest.json", b"{}")], "manifest.json cannot be read"),
        (lambda members: [*members[:-1], ("manifest.json", members[-1][1].replace(b'"format": 1', b'"format": 2'))], "format 2"),
        (lambda members: [], "no manifest.json"),
    ],
    ids=["database", "lost", "added", "slip", "absolute", "no manifest", "empty manifest", "newer format", "nothing"],
)
def test_a_changed_archive_is_refused_by_the_name_of_the_member(
    archive: Path, tmp_path: Path, change: Callable[[Members], Members], said: str
):
    rewrite(archive, change)
    with pytest.raises(BadArchive, match=said):
        unpack(archive, tmp_path / "out", documents=True)
    assert not (tmp_path.parent / "etc").exists()


def test_links_are_refused(archive: Path, tmp_path: Path):
    with tarfile.open(archive, "w:gz") as tar:
        link = tarfile.TarInfo("database.sqlite3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(BadArchive, match=r"database.sqlite3 does not belong"):
        unpack(archive, tmp_path / "out", documents=True)


def test_no_flipped_bit_and_no_cut_goes_unseen(archive: Path, tmp_path: Path):
    """At fifty places each; the ten bytes of gzip's head (a date, an operating system) are not content."""
    whole = archive.read_bytes()
    for number, place in enumerate(range(10, len(whole), len(whole) // 50)):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(BadArchive):
            unpack(archive, tmp_path / f"flipped-{number}", documents=True)
        archive.write_bytes(whole[:place])
        with pytest.raises(BadArchive):
            unpack(archive, tmp_path / f"cut-{number}", documents=True)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path):
    for name, data in (("empty", b""), ("text", b"hello"), ("gzip", gzip.compress(b"hello" * 1000)), ("zeros", bytes(20_000))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadArchive):
            unpack(tmp_path / name, tmp_path / "out", documents=True)
