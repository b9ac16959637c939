"""Imports run one way (the contracts stand in pyproject.toml), and the domain needs nothing but Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, name_of, python_files

BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "misc"}


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_import_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_the_domain_imports_only_the_standard_library_and_itself():
    allowed = sys.stdlib_module_names | {"lexapp"}
    foreign = [
        f"{name_of(path)}: {name}"
        for path in python_files("lexapp/domain")
        for name in imported(path)
        if name.split(".")[0] not in allowed or (name.startswith("lexapp") and not name.startswith("lexapp.domain"))
    ]
    assert foreign == []


def test_the_domain_reads_no_clock_no_environment_and_no_files():
    impure = {"os", "time", "random", "secrets", "socket", "pathlib", "subprocess", "uuid"}
    assert [f"{name_of(path)}: {name}" for path in python_files("lexapp/domain") for name in imported(path) if name in impure] == []


def test_no_module_is_named_for_being_a_drawer():
    drawers = [name_of(path) for path in python_files() if BANNED_NAMES & {path.stem, path.parent.name}]
    assert drawers == []
