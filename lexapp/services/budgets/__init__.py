"""Commands on budgets: set one from a day, end it, take a mistake back; decide what is held; tell what was reached."""

from lexapp.services.budgets.deciding import keep_hold, may_decide, release_hold, see_notices
from lexapp.services.budgets.setting import end_budget, remove_budget, set_budget
from lexapp.services.budgets.watching import watch_budget

__all__ = ["end_budget", "keep_hold", "may_decide", "release_hold", "remove_budget", "see_notices", "set_budget", "watch_budget"]
