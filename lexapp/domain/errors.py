"""What the core says when it refuses.

A ``Refused`` is meant for the person at the screen: its message is a whole sentence that says what to do, and ``field`` names the
form field that it belongs to. An ``InvariantBroken`` is meant for us: it never depends on what somebody typed.
"""

from typing import ClassVar


class Refused(Exception):
    """A command or an input that was turned down, with a sentence for the user.

    ``field`` is the name of the form field to stand beside (or None for the whole form); ``code`` is a stable short name that
    programs may test, where the message may be reworded.
    """

    default_code: ClassVar[str] = "refused"
    others: "tuple[Refused, ...]" = ()
    """What else is wrong, beside other fields."""

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.default_code

    def __str__(self) -> str:
        return self.message


class InvalidInput(Refused):
    """What was typed cannot be read, or lies outside what is allowed."""

    default_code = "invalid_input"


class NotAllowed(Refused):
    """The actor lacks the permission, or the record's state does not allow the action."""

    default_code = "not_allowed"


class Conflict(Refused):
    """Somebody else changed the record first (stale version)."""

    default_code = "conflict"


class NotFound(Refused):
    """There is no such record in this firm."""

    default_code = "not_found"


class InsufficientTrustFunds(Refused):
    """A trust ledger does not hold the money at some point in time."""

    default_code = "insufficient_trust_funds"


class KeyReused(Refused):
    """An idempotency key came back with another input."""

    default_code = "key_reused"


class InvariantBroken(Exception):
    """A rule that only a programming mistake can break."""
