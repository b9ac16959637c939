"""When a matter may be closed."""

from dataclasses import dataclass
from datetime import date

from lexapp.domain.dates import day_text
from lexapp.domain.durations import format_hours
from lexapp.domain.errors import NotAllowed
from lexapp.domain.money import Money


@dataclass(frozen=True, slots=True)
class AgreedLeft:
    """What is left of the fees as agreed: who a recovery came from that is not settled, a milestone with the day on which it was due
    (None: its task is done), a fee that was reached and is not billed with its amount in minor units."""

    unsettled_from: str | None = None
    due: tuple[str, date | None] | None = None
    unbilled: tuple[str, int] | None = None


def check_agreed(left: AgreedLeft, currency: str) -> None:
    """Refuse while something is left of the fees as agreed. Each is done, or given up by name, so nothing overrides it."""
    if left.unsettled_from is not None:
        sentence = (
            f"The settlement statement of the recovery from {left.unsettled_from} is not settled. Settle it, or remove the recovery if it "
            "was a mistake, then close."
        )
        raise NotAllowed(sentence, code="settlement_is_open")
    if left.due is not None:
        name, on = left.due
        why = f"was due on {day_text(on)}" if on else "is due, because its task is done,"
        sentence = f"“{name}” {why} and is not reached. Reach it or cancel the fee in the fee agreement, then close."
        raise NotAllowed(sentence, code="milestone_is_due")
    if left.unbilled is not None:
        name, minor = left.unbilled
        sentence = f"“{name}” of {Money(minor, currency)} is earned and not billed. Bill it, or undo it in the fee agreement, then close."
        raise NotAllowed(sentence, code="fee_is_unbilled")


def check_closing(*, held: Money, unbilled: Money, unbilled_hundredths: int, owed: Money, anyway: bool) -> None:
    """Refuse while client money is held in trust for the matter, and, unless `anyway`, while work is unbilled or an invoice is open.

    Money that the client is entitled to receive is delivered promptly, and what was paid in advance is given back when the
    representation ends (ABA Model Rules 1.15(d) and 1.16(d)), so nothing overrides the first.
    """
    if held:
        sentence = f"{held} is held in trust for this matter. Return it to the client, or move it to another matter of theirs, then close."
        raise NotAllowed(sentence, code="matter_holds_trust")
    left = []
    if unbilled or unbilled_hundredths:
        hours = f" ({format_hours(unbilled_hundredths)} h)" if unbilled_hundredths else ""
        left.append(f"{unbilled} of work{hours} is not billed")
    if owed:
        left.append(f"{owed} is open on its invoices")
    if left and not anyway:
        raise NotAllowed(f"{', and '.join(left)}. Settle that first, or tick to close anyway.", field="anyway", code="matter_is_not_done")
