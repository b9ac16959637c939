"""One file that holds a whole installation: a gzipped tar whose last member, the manifest, says what every other one must be.

An archive that was cut short has no manifest, and one that was changed has a member that does not fit: both are refused by name.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from lexapp.domain.backups import BadArchive, Manifest, Member

MANIFEST = "manifest.json"
LARGEST_MANIFEST_BYTES = 512 * 1024 * 1024
_COMPRESSION = 4
_CHUNK = 1024 * 1024
_KNOWN = re.compile(r"database\.(?:sqlite3|dump)|documents/[1-9]\d*/[0-9a-f]{2}/([0-9a-f]{64})|manifest\.json")


class _Hashing:
    """A readable that knows the hash of what was read from it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._sum.update(data)
        return data

    def member(self, size: int) -> Member:
        return Member(size, self._sum.hexdigest())


class ArchiveWriter:
    """Adds members one after the other; `finish` adds the manifest and forces everything to the disk."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._gzip = gzip.GzipFile(filename="", fileobj=self._file, mode="wb", compresslevel=_COMPRESSION)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by close
        self.members: dict[str, Member] = {}

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as source:
            self._add(name, source, path.stat().st_size)

    def add_bytes(self, name: str, data: bytes) -> None:
        self._add(name, BytesIO(data), len(data))

    def finish(self, manifest: Manifest) -> None:
        self.add_bytes(MANIFEST, replace(manifest, members=dict(self.members)).to_json().encode())
        self._tar.close()
        self._gzip.close()
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _add(self, name: str, source: BinaryIO, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashing = _Hashing(source)
        self._tar.addfile(info, hashing)
        self.members[name] = hashing.member(size)


@contextmanager
def writing(path: Path) -> Iterator[ArchiveWriter]:
    """A new archive at `path`, which must not exist; it is whole only after `finish`."""
    writer = ArchiveWriter(path)
    try:
        yield writer
    finally:
        writer.close()


def unpack(path: Path, folder: Path, *, documents: bool) -> Manifest:
    """Read the whole archive, check every member, and write the database (and the documents) below `folder`.

    Raises BadArchive naming the first member that is missing, unknown, cut short or changed.
    """
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    with _blaming(path) as seen, gzip.open(path) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as tar:
        for name, source in _members(tar, seen):
            if name == MANIFEST:
                manifest = Manifest.from_json(source.read(LARGEST_MANIFEST_BYTES).decode(errors="replace"))
            else:
                wanted = documents or not name.startswith("documents/")
                found[name] = _receive(source, folder / name if wanted else None)
        while unzipped.read(_CHUNK):
            """To the end, where gzip's own checksum stands."""
    if manifest is None:
        raise BadArchive(f"{path.name} has no manifest.json: it was cut short, or is not a backup of lexapp.")
    _compare(manifest.members, found)
    return manifest


@contextmanager
def _blaming(path: Path) -> Iterator[list[str]]:
    """Turn what goes wrong while reading into a sentence that names the member last seen; an error of the disk stays one."""
    seen = ["its beginning"]
    try:
        yield seen
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadArchive(f"{path.name} is damaged at {seen[-1]}: {error}.") from error


def _members(tar: tarfile.TarFile, seen: list[str]) -> Iterator[tuple[str, BinaryIO]]:
    for info in tar:
        seen.append(info.name)
        source = tar.extractfile(info) if info.isreg() else None
        if source is None or not _KNOWN.fullmatch(info.name):
            raise BadArchive(f"{info.name} does not belong into a backup of lexapp. Nothing was taken from the archive.")
        yield info.name, source  # type: ignore[misc]


def _receive(source: BinaryIO, target: Path | None) -> Member:
    hashing, size = _Hashing(source), 0
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with (target or Path(os.devnull)).open("wb") as kept:
        while data := hashing.read(_CHUNK):
            kept.write(data)
            size += len(data)
        if target is not None:
            kept.flush()
            os.fsync(kept.fileno())
    return hashing.member(size)


def _compare(wanted: Mapping[str, Member], found: Mapping[str, Member]) -> None:
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            raise BadArchive(f"{name} is missing from the archive, though its manifest names it.")
        if name not in wanted:
            raise BadArchive(f"{name} is in the archive, though its manifest does not name it.")
        digest = _KNOWN.fullmatch(name)
        if found[name] != wanted[name] or (digest and digest[1] not in (None, found[name].sha256)):
            raise BadArchive(f"{name} was changed: its content is not what the manifest says (SHA-256 {found[name].sha256}).")
