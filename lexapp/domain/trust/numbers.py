"""How the gap-free number of a movement at the bank is written."""

LETTERS = {"in": "R", "out": "D"}


def number_text(direction: str, number: int | None) -> str:
    """`R-000907` for a receipt, `D-000311` for a disbursement; nothing for a transfer, which does not reach the bank."""
    return "" if number is None else f"{LETTERS[direction]}-{number:06}"
