"""Commands on the fee agreements of matters: agreed from a day, signed, reached step by step, ended before their time, taken back."""

from lexapp.services.fee_agreements.agreed_fees import record_minimum, record_month, record_result, undo_agreed_fee
from lexapp.services.fee_agreements.agreeing import NewAgreement, agree_fees, remove_agreement
from lexapp.services.fee_agreements.cancelling import Cancellation, cancel_fee, preview_cancellation
from lexapp.services.fee_agreements.letters import LetterFile, attach_letter
from lexapp.services.fee_agreements.milestones import reach_milestone, undo_milestone

__all__ = [
    "Cancellation",
    "LetterFile",
    "NewAgreement",
    "agree_fees",
    "attach_letter",
    "cancel_fee",
    "preview_cancellation",
    "reach_milestone",
    "record_minimum",
    "record_month",
    "record_result",
    "remove_agreement",
    "undo_agreed_fee",
    "undo_milestone",
]
