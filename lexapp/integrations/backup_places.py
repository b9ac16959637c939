"""Where scheduled backups are kept: a folder, or an S3-compatible bucket that a finished archive is sent to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit


class BackupPlace(Protocol):
    """Finished backups by name. `room` is the folder in which an archive is written and proved before it is kept."""

    shown: str
    room: Path

    def keep(self, path: Path) -> None:
        """Keep the finished archive at `path`, which lies in `room`."""

    def names(self) -> list[str]:
        """The names of everything that is kept there."""

    def remove(self, name: str) -> None:
        """Give one up."""


def open_backup_place(url: str, data_folder: Path) -> BackupPlace:
    """The place at `file:///folder` or `s3://bucket/folder?endpoint=...&region=...`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderPlace(Path(unquote(parts.path)))
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return BucketPlace(parts.netloc, parts.path.strip("/"), data_folder / "backups", **options)


class FolderPlace:
    """A folder; archives are written there under a temporary name and need not be moved."""

    def __init__(self, folder: Path) -> None:
        self.room = folder
        self.shown = str(folder)

    def keep(self, path: Path) -> None:
        """It lies here already."""

    def names(self) -> list[str]:
        return [path.name for path in self.room.iterdir() if path.is_file()]

    def remove(self, name: str) -> None:
        (self.room / name).unlink(missing_ok=True)


class BucketPlace:
    """A bucket; credentials come from the usual environment of boto3, never from the URL. An object appears when it is whole."""

    def __init__(self, bucket: str, prefix: str, room: Path, endpoint: str | None = None, region: str | None = None) -> None:
        import boto3

        self._bucket, self._prefix, self.room = bucket, f"{prefix}/" if prefix else "", room
        self.shown = f"s3://{bucket}/{prefix}"
        self._client: Any = boto3.client("s3", endpoint_url=endpoint, region_name=region)

    def keep(self, path: Path) -> None:
        """Send it; the copy in `room` goes in any case, because every further attempt writes one of its own."""
        try:
            self._send(path)
        finally:
            path.unlink(missing_ok=True)

    def _send(self, path: Path) -> None:
        self._client.upload_file(str(path), self._bucket, self._prefix + path.name)
        arrived = self._client.head_object(Bucket=self._bucket, Key=self._prefix + path.name)["ContentLength"]
        if arrived != path.stat().st_size:
            raise OSError(f"{self.shown} holds {arrived} bytes of {path.name}, which has {path.stat().st_size}")

    def names(self) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix, Delimiter="/")
        return [found["Key"].removeprefix(self._prefix) for page in pages for found in page.get("Contents", ())]

    def remove(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)
