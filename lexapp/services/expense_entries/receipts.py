"""The picture of what was paid, beside its expense entry. Every one that was ever kept stays recorded with its hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.books.expense_entries import Expense
from lexapp.models import ExpenseEntry, StoredDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """A cleaned picture or PDF that is in storage already."""

    sha256: str
    media_type: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        return {"image/png": "receipt.png", "application/pdf": "receipt.pdf"}.get(self.media_type, "receipt.jpg")


def inputs_of(expense: Expense, receipt: ReceiptFile | None) -> dict[str, Any]:
    """What a command says of an expense; a picture counts by its content."""
    return {**asdict(expense), "receipt": receipt.sha256 if receipt else ""}


def keep_receipt(session: Session, command: CommandRecord, entry: ExpenseEntry, receipt: ReceiptFile | None) -> None:
    """Record the file and let the entry point at it. None changes nothing."""
    if receipt is None:
        return
    subject = {"kind": "expense_receipt", "subject_kind": "command", "subject_id": command.id}
    row = {**subject, "file_name": receipt.file_name, "created_at": command.at, "firm_id": entry.firm_id, **asdict(receipt)}
    entry.receipt_id = session.scalars(insert(StoredDocument).values(row).returning(StoredDocument.id)).one()
