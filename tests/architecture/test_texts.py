"""What is kept in the repository: no addresses of package hosts, no unknown vendored bytes, no talk about how it was made."""

from __future__ import annotations

import hashlib
import json
import re

from tests.architecture.tree import ROOT, name_of, own_texts

VENDOR = ROOT / "lexapp/static/vendor"
ADDRESS = re.compile(r"https?://|file://|^\s*(?:--index-url|--extra-index-url|--find-links|-i |-f )", re.MULTILINE)
MAKERS = ["".join(parts) for parts in (("cla", "ude"), ("cop", "ilot"), ("chat", "gpt"), ("open", "ai"), ("anth", "ropic"))]
TALK = re.compile(
    rf"\b(?:{'|'.join(MAKERS)})\b|\b(?:issue|ticket|bug|pr)\s*#\d+|\b(?:ticket|task)\s+\d+\b|\bT" + r"ODO\b|\bF" + r"IXME\b",
    re.IGNORECASE,
)


def test_requirements_record_no_addresses():
    files = [*ROOT.glob("requirements*"), ROOT / "pyproject.toml"]
    assert [path.name for path in files if ADDRESS.search(path.read_text())] == []


def test_every_required_package_is_pinned_by_hash():
    for path in ROOT.glob("requirements*.txt"):
        packages = re.findall(r"^[A-Za-z0-9][^\n]*(?:\n    [^\n]*)*", path.read_text(), re.MULTILINE)
        assert packages
        assert [package.split()[0] for package in packages if "==" not in package or "--hash=sha256:" not in package] == []


def test_no_lock_file_that_records_addresses_is_kept():
    assert [name for name in ("uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json") if (ROOT / name).exists()] == []


def test_vendored_files_are_the_ones_that_were_chosen():
    listing = VENDOR / "vendor.json"
    chosen = json.loads(listing.read_text()) if listing.exists() else []
    hashes = {entry["file"]: entry["sha256"] for entry in chosen}
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path != listing and "LICENSE" not in path.name]
    present = {path.relative_to(VENDOR).as_posix(): path for path in files}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in present.items()} == hashes
    assert all(entry["version"] in entry["file"] and entry["licence"] for entry in chosen)


def test_nothing_talks_about_tickets_or_about_the_tools_it_was_written_with():
    found = [f"{name_of(path)}: {hit[0]}" for path in own_texts() for hit in [TALK.search(path.read_text(errors="replace"))] if hit]
    assert found == []
