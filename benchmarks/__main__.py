"""Run every measurement of this folder, one after the other: `python -m benchmarks`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    print(f"\n{path.stem}", flush=True)
    sys.argv = [str(path)]
    runpy.run_module(f"benchmarks.{path.stem}", run_name="__main__")
