"""Whatever net, clocks and power do, the office's books say what somebody with a watch noted: a thousand days of two devices."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOW
from tests.web.offices import Office


@pytest.mark.parametrize(("engine", "first", "count"), [("sqlite", 0, 500), ("sqlite", 500, 500), ("postgresql", 0, 60)])
def test_no_minute_is_lost_or_doubled(app: Flask, session: Session, engine: str, first: int, count: int):
    with time_machine.travel(NOW, tick=False) as clock:
        office = Office(app, session, clock)
        office.compare([office.day(seed) for seed in range(first, first + count)])
