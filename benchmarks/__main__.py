"""Run every measurement of this folder, one after the other, or those that are named: `python -m benchmarks [events pages ...]`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def measurements() -> list[str]:
    """The modules that say by which command they are run; the others are parts of them."""
    found = sorted(Path(__file__).parent.glob("[a-z]*.py"))
    return [path.stem for path in found if f"python -m benchmarks.{path.stem}" in path.read_text()]


def main() -> None:
    known, named = measurements(), sys.argv[1:]
    if unknown := set(named) - set(known):
        sys.exit(f"There is no measurement {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
    for name in named or known:
        print(f"\n{name}", flush=True)
        sys.argv = [name]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
