"""Mappings, constraints and relationships. Importing the package registers every table."""

from lexapp.models.backups import Backup
from lexapp.models.budgets import BudgetHold, BudgetNotice, BudgetPart, MatterBudget
from lexapp.models.client_discounts import ClientDiscount
from lexapp.models.clients import Client, Contact
from lexapp.models.contingency import ContingencyAgreement, MatterStage, Recovery, RecoveryClaim
from lexapp.models.credit_notes import CreditNote, CreditNoteLine
from lexapp.models.credits import MatterCredit
from lexapp.models.drafts import Draft, MatterVisit
from lexapp.models.entries import ExpenseEntry, FixedFeeEntry, TimeEntry
from lexapp.models.expense_categories import ExpenseCategory, Vendor
from lexapp.models.fee_agreements import AgreedFee, FeeAgreement, FeeTemplate, FeeTerm, Milestone
from lexapp.models.firms import Firm, NumberSequence
from lexapp.models.guidelines import Guideline
from lexapp.models.invoices import Invoice, InvoiceLink, InvoiceMatter, InvoiceSnapshot
from lexapp.models.journal import Account, Balance, ChainHead, Command, JournalEntry, Posting
from lexapp.models.mail_servers import MailServer
from lexapp.models.matter_tasks import MatterTask
from lexapp.models.matters import Matter, MatterAdmission, PracticeArea
from lexapp.models.payers import MatterPayer, PayerArrangement
from lexapp.models.payments import Allocation, Payment
from lexapp.models.people import Membership, SignInAttempt, Timekeeper, User, UserSession
from lexapp.models.pre_bills import BillingRun, BillingRunItem, PreBill, PreBillLine
from lexapp.models.rate_cards import ClientRateCard, RateCard
from lexapp.models.rates import Rate
from lexapp.models.records import AuditEvent, Change, OutboxMessage, SentMail, StoredDocument
from lexapp.models.recurring_entries import RecurringEntry, RecurringEntryDay
from lexapp.models.rounding_rules import RoundingRule
from lexapp.models.sign_ins import Invitation, KnownDevice, MailedToken, RecoveryCode
from lexapp.models.snippets import Snippet
from lexapp.models.taxes import Tax, TaxExemption
from lexapp.models.time_locks import TimeLockException
from lexapp.models.timers import Timer, TimerDevice, TimerEventRow, TimerSegment
from lexapp.models.trust import BankAccount, EarnedTransfer, TrustLedger, TrustTransaction
from lexapp.models.unit_rates import UnitRate

__all__ = [
    "Account",
    "AgreedFee",
    "Allocation",
    "AuditEvent",
    "Backup",
    "Balance",
    "BankAccount",
    "BillingRun",
    "BillingRunItem",
    "BudgetHold",
    "BudgetNotice",
    "BudgetPart",
    "ChainHead",
    "Change",
    "Client",
    "ClientDiscount",
    "ClientRateCard",
    "Command",
    "Contact",
    "ContingencyAgreement",
    "CreditNote",
    "CreditNoteLine",
    "Draft",
    "EarnedTransfer",
    "ExpenseCategory",
    "ExpenseEntry",
    "FeeAgreement",
    "FeeTemplate",
    "FeeTerm",
    "Firm",
    "FixedFeeEntry",
    "Guideline",
    "Invitation",
    "Invoice",
    "InvoiceLink",
    "InvoiceMatter",
    "InvoiceSnapshot",
    "JournalEntry",
    "KnownDevice",
    "MailServer",
    "MailedToken",
    "Matter",
    "MatterAdmission",
    "MatterBudget",
    "MatterCredit",
    "MatterPayer",
    "MatterStage",
    "MatterTask",
    "MatterVisit",
    "Membership",
    "Milestone",
    "NumberSequence",
    "OutboxMessage",
    "PayerArrangement",
    "Payment",
    "Posting",
    "PracticeArea",
    "PreBill",
    "PreBillLine",
    "Rate",
    "RateCard",
    "Recovery",
    "RecoveryClaim",
    "RecoveryCode",
    "RecurringEntry",
    "RecurringEntryDay",
    "RoundingRule",
    "SentMail",
    "SignInAttempt",
    "Snippet",
    "StoredDocument",
    "Tax",
    "TaxExemption",
    "TimeEntry",
    "TimeLockException",
    "Timekeeper",
    "Timer",
    "TimerDevice",
    "TimerEventRow",
    "TimerSegment",
    "TrustLedger",
    "TrustTransaction",
    "UnitRate",
    "User",
    "UserSession",
    "Vendor",
]
