"""The files that the rules of this folder look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("lexapp", "tests", "benchmarks", "migrations")
TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".mjs", ".txt", ".in", ".json", ".yml", ".ini", ".svg", ".xml", ""}
NOT_OURS = ("lexapp/static/vendor/", "lexapp/static/fonts/", "lexapp/static/icons/", "tests/data/")
HIDDEN = (".ci",)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders or CODE:
        yield from sorted((ROOT / folder).rglob("*.py"))


def templates() -> Iterator[Path]:
    yield from sorted((ROOT / "lexapp/templates").rglob("*.html"))


def own_texts() -> Iterator[Path]:
    """Every text file that is kept in the repository and written here."""
    roots = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    folders = [ROOT / name for name in (*CODE, *HIDDEN, "docs")]
    inside = [path for folder in folders for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in sorted(roots + inside):
        if path.suffix in TEXT and not name_of(path).startswith(NOT_OURS):
            yield path
