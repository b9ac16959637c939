"""Parts of an hour as they are said: half an hour, ½ hour, a quarter of an hour, an hour and a half."""

from __future__ import annotations

import re

_QUARTERS = {"½": 2, "1/2": 2, "half": 2, "¼": 1, "1/4": 1, "quarter": 1, "¾": 3, "3/4": 3, "three quarters": 3}
_HOUR = r"(?:h|hr|hrs|hour|hours)"
_PART = re.compile(rf"(?:an? )?(half|quarter|three quarters)(?: of)?(?: an?)? {_HOUR}")
_FRACTION = re.compile(rf"(?:([0-9]{{1,2}}) ?)?([½¼¾]) ?{_HOUR}|(?:([0-9]{{1,2}}) )?(1/2|1/4|3/4) ?{_HOUR}")
_HOUR_AND_HALF = re.compile(rf"(?:an|one) {_HOUR} and a half")
_WHOLE = re.compile(rf"(?:an|one) {_HOUR}")


def spoken_seconds(said: str) -> int | None:
    """Seconds of lower-case words that name a part of an hour, or an hour with such a part; None for anything else."""
    if match := _PART.fullmatch(said):
        return _QUARTERS[match[1]] * 900
    if match := _FRACTION.fullmatch(said):
        seconds = int(match[1] or match[3] or 0) * 3600 + _QUARTERS[match[2] or match[4]] * 900
        return seconds if seconds < 86_400 else None
    return 5400 if _HOUR_AND_HALF.fullmatch(said) else None


def spoken_hour(said: str) -> int | None:
    """Seconds of ``an hour``, which may as well be what the work is about: it counts where nothing else says how long."""
    return 3600 if _WHOLE.fullmatch(said) else None
