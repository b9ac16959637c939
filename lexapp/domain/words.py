"""Words that depend on a number."""

_IRREGULAR = {"entry": "entries", "currency": "currencies"}


def counted(number: int, noun: str) -> str:
    """`1 client`, `2 clients`, `1,200 time entries`: the noun in the singular, its last word made plural where it has to be."""
    first, space, last = noun.rpartition(" ")
    many = _IRREGULAR.get(last, f"{last}s")
    return f"{number:,} {noun if number == 1 else first + space + many}"
