"""Commands on pre-bills: make them from unbilled work, review their lines, approve, reopen or discard them, many at once in runs."""

from lexapp.services.pre_bills.lines import LineChange, edit_line, hold_back_line, take_back_line
from lexapp.services.pre_bills.making import draft_fee, draft_pre_bill
from lexapp.services.pre_bills.runs import draft_next_chunk, start_draft_run
from lexapp.services.pre_bills.states import approve_pre_bill, approve_pre_bills, discard_pre_bill, edit_pre_bill, reopen_pre_bill

__all__ = [
    "LineChange",
    "approve_pre_bill",
    "approve_pre_bills",
    "discard_pre_bill",
    "draft_fee",
    "draft_next_chunk",
    "draft_pre_bill",
    "edit_line",
    "edit_pre_bill",
    "hold_back_line",
    "reopen_pre_bill",
    "start_draft_run",
    "take_back_line",
]
