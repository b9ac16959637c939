"""Twenty thousand days of two devices that were offline: the long run of tests/web/test_timer_schedules.py."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOW
from tests.web.offices import Office

pytestmark = [pytest.mark.faults, pytest.mark.year]
AT_ONCE = 1_000
PARTS = [("postgresql" if first >= 16_000 else "sqlite", first) for first in range(0, 20_000, AT_ONCE)]


@pytest.mark.timeout(3_000)
@pytest.mark.parametrize(("engine", "first"), PARTS)
def test_no_minute_is_lost_or_doubled_in_the_long_run(app: Flask, session: Session, engine: str, first: int):
    with time_machine.travel(NOW, tick=False) as clock:
        office = Office(app, session, clock)
        office.compare([office.day(seed) for seed in range(first, first + AT_ONCE)])
