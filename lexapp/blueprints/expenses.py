"""Expense entries: the list, a new one, changes."""

from lexapp.web.cost_pages import cost_blueprint
from lexapp.web.expense_pages import EXPENSES

blueprint = cost_blueprint(EXPENSES, "/expenses")
