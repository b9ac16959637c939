"""Shares for UTBMS tasks, as one types them: ``L310 100, L320 50``."""

import re
from collections.abc import Mapping

from lexapp.domain.errors import InvalidInput
from lexapp.domain.shares import parse_percent, percent_text
from lexapp.domain.utbms import LITIGATION_TASKS

_ONE = re.compile(r"([A-Za-z]{1,2}[0-9]{3})[ :=]+([0-9.]+ ?%?)", re.ASCII)
MOST_TASKS = 20


def parse_task_shares(text: str) -> dict[str, int]:
    """Task code -> basis points. Raises ``InvalidInput`` for what cannot be read, stands twice or is no task of its list."""
    found: dict[str, int] = {}
    for piece in text.replace(";", ",").split(","):
        one = _ONE.fullmatch(piece.strip())
        if one is None:
            raise InvalidInput("Write task and share, for example L310 100, L320 50.")
        code = one[1].upper()
        if code in LITIGATION_TASKS.phases:
            raise InvalidInput(f"{code} is a phase, and work has the codes of its tasks. Write those, such as {code[:2]}10.")
        if code.startswith("L") and LITIGATION_TASKS.lookup(code) is None:
            raise InvalidInput(f"There is no task {code}. Check the code.")
        if code in found:
            raise InvalidInput(f"Task {code} stands here twice. Keep one of them.")
        found[code] = parse_percent(one[2])
    if len(found) > MOST_TASKS:
        raise InvalidInput(f"Name at most {MOST_TASKS} tasks.")
    return found


def task_shares_text(shares: Mapping[str, int] | None) -> str:
    """What ``parse_task_shares`` reads back."""
    return ", ".join(f"{code} {percent_text(points)}" for code, points in sorted((shares or {}).items()))
