"""Billing increments as forms offer them, and in words."""

_INCREMENTS = (60, 180, 300, 360, 600, 720, 900, 1200, 1800, 3600)
_MINIMUMS = (0, 360, 720, 900, 1080, 1800, 3600)
DIRECTIONS = [("up", "Up"), ("nearest", "To the nearest"), ("down", "Down")]


def minutes_text(seconds: int) -> str:
    """`6 minutes`, `1 hour`, `36 seconds`."""
    if seconds % 60:
        return f"{seconds} seconds"
    if seconds == 3600:
        return "1 hour"
    return "1 minute" if seconds == 60 else f"{seconds // 60} minutes"


def increment_choices() -> list[tuple[str, str]]:
    """Increments to choose from."""
    return [(str(one), minutes_text(one)) for one in _INCREMENTS]


def minimum_choices() -> list[tuple[str, str]]:
    """Least times to bill, beginning with none."""
    return [(str(one), minutes_text(one) if one else "No minimum") for one in _MINIMUMS]
