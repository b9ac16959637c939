"""The part of a section that says which time a term pays for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lexapp.domain.agreements import COVERED_PHASES, Coverage, Covers
from lexapp.web.forms import ChoiceField, FlagField

Read = Callable[[str], Any]
COVERS = (
    (Covers.ALL.value, "It covers all time on the matter"),
    (Covers.PHASES.value, "It covers time of these phases"),
    (Covers.NOTHING.value, "It comes on top of time by the hour"),
)


def coverage_fields() -> dict[str, Any]:
    phases = {f"phase_{code}": FlagField(f"{name} ({code})") for code, name in COVERED_PHASES.items()}
    return {"covers": ChoiceField("Time on the matter", choices=COVERS, default=Covers.ALL.value), **phases}


def read_coverage(field: Read) -> Coverage:
    covers = Covers(field("covers").data)
    phases = tuple(code for code in COVERED_PHASES if field(f"phase_{code}").data)
    return Coverage(covers, phases if covers is Covers.PHASES else ())


def typed_coverage(coverage: Coverage) -> dict[str, str]:
    return {"covers": coverage.covers.value, **{f"phase_{code}": "y" for code in coverage.phases}}
