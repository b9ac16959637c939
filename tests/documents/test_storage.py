"""Files are kept whole, by their own hash, apart for each firm."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from lexapp.integrations import storage as storage_module
from lexapp.integrations.storage import FolderStorage, Storage, StorageError, open_storage

PDF = b"%PDF-1.7 an invoice"
DIGEST = hashlib.sha256(PDF).hexdigest()


class Bucket(BaseHTTPRequestHandler):
    """The four S3 calls that the storage makes, over real HTTP."""

    files: dict[str, bytes]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.files[unquote(urlsplit(self.path).path)] = body
        self._answer(200)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if "list-type" in parse_qs(parts.query):
            return self._list(unquote(parts.path).rstrip("/") + "/" + parse_qs(parts.query)["prefix"][0])
        body = self.files.get(unquote(parts.path))
        if body is None:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>missing</Message></Error>")
        return self._answer(200, body)

    def _list(self, prefix: str) -> None:
        found = sum(path.startswith(prefix) for path in self.files)
        self._answer(200, f"<ListBucketResult><KeyCount>{found}</KeyCount></ListBucketResult>".encode())

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Storage, dict[str, bytes]]]:
    files: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Peer", (Bucket,), {"files": files}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    opened = open_storage(f"s3://firm-files/live?endpoint=http://127.0.0.1:{server.server_port}&region=eu-west-1")
    yield opened, files
    opened._client.close()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


def test_a_file_is_found_again_under_its_digest(folder: FolderStorage) -> None:
    assert folder.put(PDF, firm_id=7) == DIGEST
    assert folder.get(DIGEST, firm_id=7) == PDF
    assert folder.has(DIGEST, firm_id=7)


def test_another_firm_does_not_find_the_file(folder: FolderStorage) -> None:
    folder.put(PDF, firm_id=7)
    assert not folder.has(DIGEST, firm_id=8)
    with pytest.raises(StorageError, match="missing"):
        folder.get(DIGEST, firm_id=8)


def test_a_damaged_file_is_refused_and_repaired_by_the_next_put(folder: FolderStorage) -> None:
    folder.put(PDF, firm_id=7)
    (path,) = [path for path in folder.root.rglob("*") if path.is_file()]
    path.write_bytes(b"%PDF-1.7 another amount")
    with pytest.raises(StorageError, match="damaged"):
        folder.get(DIGEST, firm_id=7)
    folder.put(PDF, firm_id=7)
    assert folder.get(DIGEST, firm_id=7) == PDF


def test_a_write_that_fails_leaves_nothing_behind(folder: FolderStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage_module.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        folder.put(PDF, firm_id=7)
    assert [path for path in folder.root.rglob("*") if path.is_file()] == []
    assert not folder.has(DIGEST, firm_id=7)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "ABC", DIGEST.upper(), DIGEST + "0"])
def test_only_a_digest_names_a_file(folder: FolderStorage, digest: str) -> None:
    with pytest.raises(StorageError, match="not a SHA-256 digest"):
        folder.get(digest, firm_id=7)


def test_parallel_writers_of_the_same_bytes_agree(folder: FolderStorage) -> None:
    threads = [threading.Thread(target=folder.put, args=(PDF * 1000,), kwargs={"firm_id": 7}) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [path.name for path in folder.root.rglob("*") if path.is_file()]
    assert names == [hashlib.sha256(PDF * 1000).hexdigest()]


def test_a_bucket_keeps_files_under_its_prefix_by_firm(bucket: tuple[Storage, dict[str, bytes]]) -> None:
    storage, files = bucket
    assert storage.put(PDF, firm_id=7) == DIGEST
    assert list(files) == [f"/firm-files/live/7/{DIGEST[:2]}/{DIGEST}"]
    assert storage.get(DIGEST, firm_id=7) == PDF
    assert storage.has(DIGEST, firm_id=7)
    assert not storage.has(DIGEST, firm_id=8)


def test_a_bucket_says_what_is_missing_and_what_is_damaged(bucket: tuple[Storage, dict[str, bytes]]) -> None:
    storage, files = bucket
    with pytest.raises(StorageError, match="missing"):
        storage.get(DIGEST, firm_id=7)
    storage.put(PDF, firm_id=7)
    files[next(iter(files))] = b"another amount"
    with pytest.raises(StorageError, match="damaged"):
        storage.get(DIGEST, firm_id=7)


@pytest.mark.parametrize("url", ["", "ftp://host/files", "s3://", "file:relative", "http://example.com", "file://host/share"])
def test_an_address_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="not understood"):
        open_storage(url)


def test_a_folder_address_may_contain_spaces(tmp_path: Path) -> None:
    opened = open_storage((tmp_path / "my files").as_uri())
    opened.put(PDF, firm_id=1)
    assert list((tmp_path / "my files").iterdir())
