"""Who may do what: roles, named permissions, and the actor that every command receives.

``docs/permissions.md`` prints the same table with the reasons; a test compares the two cell by cell.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lexapp.domain.errors import InvariantBroken, NotAllowed


class Role(StrEnum):
    """What a membership makes of a user within one firm."""

    OWNER = "owner"
    BILLING_MANAGER = "billing_manager"
    BOOKKEEPER = "bookkeeper"
    TIMEKEEPER = "timekeeper"
    ASSISTANT = "assistant"
    AUDITOR = "auditor"
    CLIENT_CONTACT = "client_contact"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


PERMISSIONS = MappingProxyType(
    {
        "client.view": "See clients and their contacts.",
        "client.edit": "Add clients and contacts, and change them.",
        "matter.view": "See matters, their payers and their timekeepers.",
        "matter.edit": "Open, change and close matters.",
        "matter.wall": "Wall off a matter, and say who may see it.",
        "matter.see_walled": "See every walled-off matter, without being admitted to it.",
        "time.record": "Run timers and record time of one's own; add, change and finish tasks of matters.",
        "time.record_others": "Record and change time in the name of another timekeeper.",
        "time.view_all": "See the time entries and timers of everybody, not only one's own.",
        "time.unlock": "Let one person enter time and expenses of days that are closed.",
        "expense.record": "Record and change expense entries.",
        "expense.approve": "Approve or decline expenses that need it, recorded by somebody else.",
        "rate.see": "See the rate and the amount of every time entry that one may see.",
        "rate.edit": "Agree fees, rates, discounts, rounding, guidelines, tax exemptions with clients, end them; type a rate on an entry.",
        "pre_bill.view": "See pre-bills with their lines and amounts.",
        "pre_bill.edit": "Make pre-bills, edit their lines, adjust and write down; record fixed fees and reach milestones.",
        "pre_bill.approve": "Approve or discard a pre-bill.",
        "invoice.view": "See invoices with their lines and amounts.",
        "invoice.issue": "Issue an approved pre-bill as a numbered invoice.",
        "invoice.send": "Send an invoice to its payer.",
        "invoice.void": "Void an invoice, which returns its work to unbilled, or a credit note; credit an invoice for good.",
        "payment.view": "See payments and how they are allocated.",
        "payment.record": "Record payments, and allocate or unapply them.",
        "payment.refund": "Refund a payment from the operating account.",
        "trust.view": "See trust ledgers, their balances and movements.",
        "trust.deposit": "Record a deposit into a trust account.",
        "trust.apply": "Apply trust funds to an issued invoice.",
        "trust.disburse": "Pay trust money out, to the client or to somebody else.",
        "trust.reverse": "Reverse a trust movement that was a mistake.",
        "journal.view": "See the journal, the accounts and their balances.",
        "report.view": "See the reports of the whole firm.",
        "job.view": "See background jobs and why one failed.",
        "job.retry": "Start a failed background job again.",
        "audit.view": "See who did what and when.",
        "settings.edit": "Change the settings of the firm and its bank accounts.",
        "user.manage": "Invite users, change their roles and end their sessions.",
        "firm.export": "Export the journal and the records of the firm.",
        "portal.view": "See the invoices and trust balances of one's own, as a client.",
    }
)


def _named(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


_READS = frozenset(name for name in PERMISSIONS if name.endswith((".view", ".view_all")) and name != "portal.view")

ROLE_PERMISSIONS: MappingProxyType[Role, frozenset[str]] = MappingProxyType(
    {
        Role.OWNER: frozenset(PERMISSIONS) - {"portal.view"},
        Role.BILLING_MANAGER: _named(
            "client.view client.edit matter.view matter.edit",
            "time.record time.record_others time.view_all time.unlock expense.record expense.approve rate.see rate.edit",
            "pre_bill.view pre_bill.edit pre_bill.approve invoice.view invoice.issue invoice.send invoice.void",
            "payment.view trust.view report.view job.view job.retry",
        ),
        Role.BOOKKEEPER: _named(
            "client.view matter.view matter.see_walled time.view_all expense.record rate.see pre_bill.view invoice.view",
            "payment.view payment.record payment.refund",
            "trust.view trust.deposit trust.apply trust.disburse trust.reverse",
            "journal.view report.view job.view firm.export",
        ),
        Role.TIMEKEEPER: _named("client.view matter.view time.record expense.record rate.see"),
        Role.ASSISTANT: _named(
            "client.view client.edit matter.view matter.edit",
            "time.record time.record_others time.view_all expense.record rate.see",
            "pre_bill.view pre_bill.edit invoice.view",
        ),
        Role.AUDITOR: _READS | {"rate.see", "matter.see_walled", "firm.export"},
        Role.CLIENT_CONTACT: _named("portal.view"),
    }
)


ROLE_SENTENCES: MappingProxyType[Role, str] = MappingProxyType(
    {
        Role.OWNER: "Holds everything that a firm has. A firm always has one.",
        Role.BILLING_MANAGER: "Turns work into invoices and takes them back. Receives no payments and moves no trust money.",
        Role.BOOKKEEPER: "Handles money that came in and trust money, and reads the books. Issues no invoices and changes no rates.",
        Role.TIMEKEEPER: "Records own time and expenses, and sees matters, clients and own rates.",
        Role.ASSISTANT: "Records for others, opens clients and matters, prepares pre-bills. Approves and sends nothing, sees no payments.",
        Role.AUDITOR: "Reads everything, exports the books, and writes nothing at all.",
        Role.CLIENT_CONTACT: "Sees the invoices and trust balances of the own client, and nothing else.",
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command: a user, acting for one firm in one role."""

    user_id: int
    firm_id: int
    membership_id: int
    role: Role
    timekeeper_id: int | None = None
    name: str = ""

    def may(self, permission: str) -> bool:
        """Whether the role holds the permission; an unknown name raises ``InvariantBroken``."""
        if permission not in PERMISSIONS:
            raise InvariantBroken(f"no permission is called {permission!r}")
        return permission in ROLE_PERMISSIONS[self.role]

    def require(self, permission: str) -> None:
        """Raise ``NotAllowed`` with a sentence unless the role holds the permission."""
        if self.may(permission):
            return
        article = "An" if self.role.label[0] in "aeiou" else "A"
        deed = PERMISSIONS[permission]
        raise NotAllowed(
            f"{article} {self.role.label} may not do this: {deed[0].lower()}{deed[1:]} Ask an owner of the firm.",
            code=f"needs.{permission}",
        )
