"""Files are kept whole, by their own hash, apart for each firm."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lexapp.integrations import storage as storage_module
from lexapp.integrations.storage import FolderStorage, Storage, StorageError, open_storage
from tests.s3_server import S3Server

PDF = b"%PDF-1.7 an invoice"
DIGEST = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def bucket(s3: S3Server) -> Iterator[Storage]:
    opened = open_storage(s3.url())
    yield opened
    opened._client.close()  # type: ignore[attr-defined]


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


def test_a_bucket_keeps_files_under_its_prefix_by_firm(bucket: Storage, s3: S3Server) -> None:
    assert bucket.put(PDF, firm_id=7) == DIGEST
    assert s3.names() == [f"live/7/{DIGEST[:2]}/{DIGEST}"]
    assert bucket.get(DIGEST, firm_id=7) == PDF
    assert bucket.has(DIGEST, firm_id=7)
    assert not bucket.has(DIGEST, firm_id=8)
    assert bucket.put(PDF, firm_id=7) == DIGEST
    assert len(s3.names()) == 1


def test_a_bucket_says_what_is_missing_and_what_is_damaged(bucket: Storage, s3: S3Server) -> None:
    with pytest.raises(StorageError, match="missing"):
        bucket.get(DIGEST, firm_id=7)
    bucket.put(PDF, firm_id=7)
    s3.write(s3.names()[0], b"another amount")
    with pytest.raises(StorageError, match="damaged"):
        bucket.get(DIGEST, firm_id=7)


def test_a_bucket_lists_the_files_of_one_firm_however_many_there_are(bucket: Storage, s3: S3Server) -> None:
    mine = {bucket.put(str(number).encode(), firm_id=7) for number in range(30)}
    bucket.put(PDF, firm_id=70)
    s3.write("live/7/notes.txt", b"not one of ours")
    assert bucket.digests(firm_id=7) == mine
    assert bucket.digests(firm_id=8) == set()


def test_a_bucket_that_is_not_there_is_a_problem(bucket: Storage, s3: S3Server) -> None:
    assert bucket.problem() == ""
    assert "does not answer" in open_storage(s3.url().replace("firm-files", "other-files")).problem()


def test_a_folder_lists_the_files_of_one_firm(folder: FolderStorage) -> None:
    mine = {folder.put(PDF, firm_id=7), folder.put(b"another", firm_id=7)}
    folder.put(PDF, firm_id=70)
    assert (folder.digests(firm_id=7), folder.digests(firm_id=8)) == (mine, set())


@pytest.mark.parametrize("url", ["", "ftp://host/files", "s3://", "file:relative", "http://example.com", "file://host/share"])
def test_an_address_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="not understood"):
        open_storage(url)


def test_a_folder_address_may_contain_spaces(tmp_path: Path) -> None:
    opened = open_storage((tmp_path / "my files").as_uri())
    opened.put(PDF, firm_id=1)
    assert list((tmp_path / "my files").iterdir())
