"""Backups: what an archive says of itself, what it is called, and which ones are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lexapp.domain.errors import Refused

FORMAT = 1
OLDEST_GOOD_BACKUP = timedelta(days=2)
_NAME = re.compile(r"lexapp-(\d{8}T\d{6}Z)\.tar\.gz")
_STAMP = "%Y%m%dT%H%M%SZ"


class BadArchive(Refused):
    """A backup that cannot be trusted; the sentence names the member that is wrong."""

    default_code = "bad_archive"


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive: its size in bytes and the SHA-256 of its content, 64 hexadecimal digits."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive holds, as its last member says it.

    `engine` is sqlite or postgresql; `tables` the rows of each table; `heads` for each firm's id the number and hash of its newest
    journal entry; `lost` the documents that the database names and that were missing or damaged already when the backup was taken.
    """

    engine: str
    engine_version: str
    lexapp_version: str
    revision: str
    taken_at: datetime
    tables: Mapping[str, int]
    heads: Mapping[str, str]
    lost: tuple[str, ...]
    members: Mapping[str, Member]

    def to_json(self) -> str:
        plain = asdict(self) | {"format": FORMAT, "taken_at": self.taken_at.isoformat(), "lost": list(self.lost)}
        return json.dumps(plain, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises BadArchive when this is no manifest of a format that is known here."""
        try:
            given = json.loads(text)
            number = given.pop("format")
            if number != FORMAT:
                raise BadArchive(f"This backup has format {number}; this version of lexapp reads format {FORMAT}.")
            return cls(**_typed(given))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadArchive(f"manifest.json cannot be read ({error!r}). This is not a whole backup of lexapp.") from error


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    members = {str(name): Member(int(member["size"]), str(member["sha256"])) for name, member in given["members"].items()}
    return given | {"taken_at": datetime.fromisoformat(given["taken_at"]), "lost": tuple(given["lost"]), "members": members}


def archive_name(moment: datetime) -> str:
    """The file name of a backup that is taken at this instant."""
    return f"lexapp-{moment.astimezone(UTC):{_STAMP}}.tar.gz"


def taken_at(name: str) -> datetime | None:
    """When a backup of this file name was taken; None for a name that is not one of ours."""
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def no_longer_kept(names: Iterable[str], *, daily: int, weekly: int) -> list[str]:
    """Which backups may go: all but the newest of each of the last `daily` days and `weekly` weeks that have one.

    Names that are not ours are never among them.
    """
    newest_first = sorted(((moment, name) for name in names if (moment := taken_at(name))), reverse=True)
    kept: set[str] = set()
    for period, count in (("%Y-%m-%d", daily), ("%G-%V", weekly)):
        newest_of: dict[str, str] = {}
        for moment, name in newest_first:
            newest_of.setdefault(moment.strftime(period), name)
        kept.update(list(newest_of.values())[:count])
    return [name for _, name in newest_first if name not in kept]
