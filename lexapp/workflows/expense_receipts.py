"""An uploaded receipt: cleaned and put into storage under its hash, before the expense that it belongs to is recorded."""

from __future__ import annotations

from lexapp.domain.permissions import Actor
from lexapp.integrations.expense_receipts import clean_receipt
from lexapp.integrations.storage import Storage
from lexapp.services.expense_entries import ReceiptFile


def store_receipt(storage: Storage, *, actor: Actor, data: bytes) -> ReceiptFile:
    """The file as `record_expense` takes it. Raises InvalidInput beside `receipt` for a file that may not be one."""
    actor.require("expense.record")
    kept, media_type = clean_receipt(data)
    return ReceiptFile(sha256=storage.put(kept, firm_id=actor.firm_id), media_type=media_type, size_bytes=len(kept))
