"""The write primitives that every service shares. They take a session inside a transaction and never commit.

Lock order everywhere: invoices by id, trust balances by id, document number, chain head last.
"""

from lexapp.books.accounts import account_ids, open_accounts, rename_accounts
from lexapp.books.commands import CommandRecord, audit, audit_many, record_command, succeed
from lexapp.books.invoices import applied_amounts, charged_amounts, lock_invoices, open_amounts
from lexapp.books.journal import NewEntry, entry_postings, lock_balances, post, post_many, reverse
from lexapp.books.numbers import next_number, next_numbers
from lexapp.books.outbox import enqueue, enqueue_many

__all__ = [
    "CommandRecord",
    "NewEntry",
    "account_ids",
    "applied_amounts",
    "audit",
    "audit_many",
    "charged_amounts",
    "enqueue",
    "enqueue_many",
    "entry_postings",
    "lock_balances",
    "lock_invoices",
    "next_number",
    "next_numbers",
    "open_accounts",
    "open_amounts",
    "post",
    "post_many",
    "record_command",
    "rename_accounts",
    "reverse",
    "succeed",
]
