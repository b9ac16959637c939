"""A redis-server of one's own: on a unix socket in the data folder, without a TCP port, keeping its queue on disk."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108 bytes


class PrivateRedis:
    """Where it is and how it is started. `program` is None where no redis-server (or valkey-server) is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("redis-server") or shutil.which("valkey-server")
        self.socket = _socket_path(folder)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def command(self) -> list[str]:
        """The command line. Raises ValueError where there is no program; look at `program` first."""
        if self.program is None:
            raise ValueError("redis-server is not installed")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "logfile": str(self.folder / "redis.log"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
        }
        return [self.program, *(part for name, value in options.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0


def _socket_path(folder: Path) -> Path:
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="lexapp-")) / "redis.sock"
