"""A moment of the last days as people say it: a time of day, with the day where it was another."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_login import current_user

from lexapp.domain.errors import InvalidInput
from lexapp.domain.moments import local_instant
from lexapp.web.dates import parse_date
from lexapp.web.filters import lately
from lexapp.web.forms.figures import FigureField

_TIME = re.compile(
    r"(?:(?P<day>.+?),? +)?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>[ap])?\.?(?:m\.?)?", re.ASCII | re.IGNORECASE
)
UNREADABLE = "Write a time, for example 5:12 pm or 17:12; before it the day where it was another, for example Nov 22, 5:12 pm."


def parse_past_time(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC. Without a day it is the last time the clocks of the zone showed it. Raises InvalidInput."""
    match = _TIME.fullmatch(" ".join(text.split()))
    if match is None:
        raise InvalidInput(UNREADABLE)
    at, today = _time_of_day(match), now.astimezone(zone).date()
    found = local_instant(_day(match["day"], today), at, zone)
    if match["day"] is None and found > now:
        found = local_instant(today - timedelta(days=1), at, zone)
    return found


def _day(text: str | None, today: date) -> date:
    if text is None:
        return today
    try:
        return parse_date(text, today=today)
    except ValueError:
        raise InvalidInput(UNREADABLE) from None


def _time_of_day(match: re.Match[str]) -> time:
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "").lower()
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        raise InvalidInput(UNREADABLE)
    return time(hour % 12 + (12 if half == "p" else 0), minute) if half else time(hour, minute)


class PastTimeField(FigureField):
    """A moment of the last days, in UTC: `5:12 pm`, `Nov 22, 17:12`."""

    kind = ""

    def parse(self, text: str) -> datetime:
        return parse_past_time(text, now=datetime.now(UTC), zone=ZoneInfo(current_user.time_zone))

    def show(self, data: Any) -> str:
        return lately(data)
