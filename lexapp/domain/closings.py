"""When a matter may be closed."""

from lexapp.domain.durations import format_hours
from lexapp.domain.errors import NotAllowed
from lexapp.domain.money import Money


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
