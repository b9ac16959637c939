"""Commands on expense entries: record, edit, approve, discard and bring back, and record many at once."""

from lexapp.books.expense_entries import Expense
from lexapp.services.expense_entries.approving import approve_expense, decline_expense
from lexapp.services.expense_entries.bulk import ExpenseRow, record_expense_entries
from lexapp.services.expense_entries.changing import discard_expense, edit_expense, restore_expense
from lexapp.services.expense_entries.receipts import ReceiptFile
from lexapp.services.expense_entries.recording import record_expense

__all__ = [
    "Expense",
    "ExpenseRow",
    "ReceiptFile",
    "approve_expense",
    "decline_expense",
    "discard_expense",
    "edit_expense",
    "record_expense",
    "record_expense_entries",
    "restore_expense",
]
