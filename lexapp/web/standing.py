"""Which figures of matters and clients the person at the screen may see."""

from lexapp.queries.standing import Shown
from lexapp.web.access import current_actor


def shown_figures() -> Shown:
    """Unbilled work needs everybody's time and its rates; the others their own permission."""
    may = current_actor().may
    return Shown(unbilled=may("rate.see") and may("time.view_all"), invoices=may("invoice.view"), trust=may("trust.view"))
