"""How often the properties of money are tried: 1,000 examples in `make test`, 20,000 in `make faults`, which says so in EXAMPLES."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("EXAMPLES", "1000"))
_Test = TypeVar("_Test", bound=Callable[..., Any])


def money_property(test: _Test) -> _Test:
    """Try a property of what is billed with so many examples. It is run once more, with many more of them, by `make faults`."""
    often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    return pytest.mark.money_property(often(test))
