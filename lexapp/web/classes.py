"""The timekeeper classifications as choices: those with a known name first, by name."""

from lexapp.domain.utbms import CLASSIFICATIONS, NOT_PERSONS


def class_choices() -> list[tuple[str, str]]:
    """(code, name) of every class that a person can have."""
    people = [(code, name) for code, name in CLASSIFICATIONS.items() if code not in NOT_PERSONS]
    named = sorted(((code, name) for code, name in people if name), key=lambda pair: pair[1])
    return named + [(code, code) for code, name in people if not name]
