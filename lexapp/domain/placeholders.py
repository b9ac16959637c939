"""Texts with places to fill in, such as {number}: names from a short list, and nothing that could be run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lexapp.domain.errors import InvalidInput

IN_MAIL = ("number", "payer", "client", "matter", "total", "to_pay", "due", "firm", "link")
_PLACE = re.compile(r"\{([^{}\n]*)\}")


def check_places(text: str, *, field: str) -> None:
    """Refuse, beside its field, a text with a place that nothing fills."""
    unknown = next((name for name in _PLACE.findall(text) if name not in IN_MAIL), None)
    if unknown is not None:
        known = ", ".join(f"{{{name}}}" for name in IN_MAIL)
        raise InvalidInput(f"Nothing fills {{{unknown}}}. What can be filled in: {known}.", field=field)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled, once: what is filled in is not looked at again. A place that is not known stays as it is."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
