"""Where files live: content-addressed by SHA-256, one folder per firm, never overwritten.

`open_storage("file:///var/lib/lexapp/files")` or `open_storage("s3://bucket/prefix?endpoint=...&region=...")`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

LEAST_FREE_BYTES = 32 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class StorageError(Exception):
    """A file is missing, damaged, or the address of the storage is not understood."""


class Storage(Protocol):
    """Bytes by firm and SHA-256 (64 hexadecimal digits)."""

    def put(self, data: bytes, *, firm_id: int) -> str:
        """Keep `data` durably and return its digest; keeping the same bytes again changes nothing."""

    def get(self, digest: str, *, firm_id: int) -> bytes:
        """The bytes, checked against their digest; `StorageError` if missing or damaged."""

    def has(self, digest: str, *, firm_id: int) -> bool:
        """Whether the file is there; its content is not read."""

    def digests(self, *, firm_id: int) -> set[str]:
        """The digests of every file of the firm; their content is not read."""

    def problem(self) -> str:
        """Why nothing can be kept just now, in words; "" when it can. Cheap: nothing stays behind."""


def open_storage(url: str) -> Storage:
    """The storage at `url`; `StorageError` for a scheme other than `file` and `s3`."""
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return BucketStorage(parts.netloc, parts.path.strip("/"), **options)
    raise StorageError(f"STORAGE_URL {url!r} is not understood. Write file:///folder or s3://bucket/prefix.")


class FolderStorage:
    """A local folder; a file appears under its name only when it is whole and on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes, *, firm_id: int) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = self.root / _key(digest, firm_id)
        if not self._is_whole(path, digest):
            _write_durably(path, data)
        return digest

    def get(self, digest: str, *, firm_id: int) -> bytes:
        try:
            data = (self.root / _key(digest, firm_id)).read_bytes()
        except FileNotFoundError as error:
            raise StorageError(f"File {digest} of firm {firm_id} is missing.") from error
        return _verified(data, digest)

    def has(self, digest: str, *, firm_id: int) -> bool:
        return (self.root / _key(digest, firm_id)).is_file()

    def digests(self, *, firm_id: int) -> set[str]:
        return {path.name for path in (self.root / str(int(firm_id))).glob("??/*") if _DIGEST.fullmatch(path.name)}

    def problem(self) -> str:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                free = os.statvfs(self.root)
        except OSError as error:
            return f"not writable ({error.strerror})"
        return "the disk is full" if free.f_bavail * free.f_frsize < LEAST_FREE_BYTES else ""

    def _is_whole(self, path: Path, digest: str) -> bool:
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


class BucketStorage:
    """An S3-compatible bucket; credentials come from the usual environment of boto3, never from the URL."""

    def __init__(self, bucket: str, prefix: str = "", endpoint: str | None = None, region: str | None = None) -> None:
        import boto3

        self._bucket, self._prefix = bucket, prefix
        self._client: Any = boto3.client("s3", endpoint_url=endpoint, region_name=region)

    def put(self, data: bytes, *, firm_id: int) -> str:
        checksum = hashlib.sha256(data)
        key = self._name(checksum.hexdigest(), firm_id)
        encoded = base64.b64encode(checksum.digest()).decode()
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ChecksumSHA256=encoded)
        return checksum.hexdigest()

    def get(self, digest: str, *, firm_id: int) -> bytes:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._name(digest, firm_id))
        except self._client.exceptions.NoSuchKey as error:
            raise StorageError(f"File {digest} of firm {firm_id} is missing.") from error
        return _verified(answer["Body"].read(), digest)

    def has(self, digest: str, *, firm_id: int) -> bool:
        found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._name(digest, firm_id), MaxKeys=1)
        return bool(found.get("KeyCount"))

    def digests(self, *, firm_id: int) -> set[str]:
        prefix = f"{self._prefix}/{int(firm_id)}/" if self._prefix else f"{int(firm_id)}/"
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        names = (found["Key"].rpartition("/")[2] for page in pages for found in page.get("Contents", ()))
        return {name for name in names if _DIGEST.fullmatch(name)}

    def problem(self) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.head_bucket(Bucket=self._bucket)
        except (BotoCoreError, ClientError) as error:
            return f"does not answer ({type(error).__name__})"
        return ""

    def _name(self, digest: str, firm_id: int) -> str:
        key = _key(digest, firm_id)
        return f"{self._prefix}/{key}" if self._prefix else key


def _key(digest: str, firm_id: int) -> str:
    if not _DIGEST.fullmatch(digest):
        raise StorageError(f"{digest!r} is not a SHA-256 digest.")
    return f"{int(firm_id)}/{digest[:2]}/{digest}"


def _verified(data: bytes, digest: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise StorageError(f"File {digest} is damaged: its content has the digest {found}.")
    return data


def _write_durably(path: Path, data: bytes) -> None:
    """Write beside the target, flush to disk, rename over it, flush the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
