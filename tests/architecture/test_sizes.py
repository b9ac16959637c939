"""Small files and small functions. What is larger today stands in sizes.json and may only shrink."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path

from tests.architecture.tree import name_of, python_files, templates

LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
LONGEST_TEMPLATE = 60
RATCHET = Path(__file__).with_name("sizes.json")


def line_count(path: Path) -> int:
    return len(path.read_text().splitlines())


def functions_of(path: Path) -> dict[str, int]:
    """Lines of every function and method, from its name to its last statement."""
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f"{name_of(path)}::{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1 for node in found}


@cache
def too_large() -> dict[str, int]:
    modules = {name_of(path): line_count(path) for path in python_files("lexapp", "tests", "benchmarks")}
    pages = {name_of(path): line_count(path) for path in templates() if "documents" not in path.parts}
    functions = {name: lines for path in python_files("lexapp") for name, lines in functions_of(path).items()}
    limits = ((modules, LONGEST_MODULE), (pages, LONGEST_TEMPLATE), (functions, LONGEST_FUNCTION))
    return {name: lines for sizes, limit in limits for name, lines in sizes.items() if lines > limit}


def test_nothing_is_larger_than_its_limit_or_than_it_was():
    known: dict[str, int] = json.loads(RATCHET.read_text())
    grown = {name: lines for name, lines in too_large().items() if lines > known.get(name, 0)}
    assert grown == {}, "split these (limits: module 300 lines, function 50, template 60)"


def test_what_has_shrunk_is_taken_out_of_the_ratchet():
    known: dict[str, int] = json.loads(RATCHET.read_text())
    now = too_large()
    stale = {name: now.get(name, "within its limit") for name, lines in known.items() if now.get(name, 0) < lines}
    assert stale == {}, f"lower these numbers in {RATCHET.name}"
