"""Where measurements keep their databases: on the disk of the repository, as those of a firm are, and never committed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def working_folder() -> Iterator[str]:
    """The path of a folder in `var` that is gone afterwards."""
    place = ROOT / "var"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield folder
