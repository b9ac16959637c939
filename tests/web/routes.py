"""Every route of the application, with an address for it: ids in addresses are taken from a seeded firm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from lexapp.integrations.signed_links import sign_link
from lexapp.models import InvoiceLink
from lexapp.web.access import Access, access_of
from tests.web.town import SeededFirm, Town

# Which table an argument of a route names. An argument that this table does not know fails the tests: add it here.
TABLES = {
    "account_id": "bank_accounts",
    "agreed_fee_id": "agreed_fees",
    "bank_account_id": "bank_accounts",
    "client_id": "clients",
    "earned_transfer_id": "earned_transfers",
    "budget_id": "matter_budgets",
    "budget_hold_id": "budget_holds",
    "event_id": "timer_events",
    "contact_id": "contacts",
    "fee_agreement_id": "fee_agreements",
    "fee_template_id": "fee_templates",
    "fee_term_id": "fee_terms",
    "contingency_agreement_id": "contingency_agreements",
    "recovery_id": "recoveries",
    "claim_id": "recovery_claims",
    "guideline_id": "guidelines",
    "invitation_id": "invitations",
    "invoice_id": "invoices",
    "line_id": "pre_bill_lines",
    "matter_id": "matters",
    "matter_task_id": "matter_tasks",
    "milestone_id": "milestones",
    "matter_credit_id": "matter_credits",
    "outbox_id": "outbox_messages",
    "payment_id": "payments",
    "matter_payer_id": "matter_payers",
    "payer_id": "clients",
    "pre_bill_id": "pre_bills",
    "rate_id": "rates",
    "rate_card_id": "rate_cards",
    "credit_note_id": "credit_notes",
    "client_discount_id": "client_discounts",
    "client_rate_card_id": "client_rate_cards",
    "rounding_rule_id": "rounding_rules",
    "run_id": "billing_runs",
    "session_id": "sessions",
    "time_lock_exception_id": "time_lock_exceptions",
    "snippet_id": "snippets",
    "timekeeper_id": "timekeepers",
    "unit_rate_id": "unit_rates",
    "vendor_id": "vendors",
    "timer_id": "timers",
    "time.entry_id": "time_entries",
    "command_id": "commands",
    "rule_id": "recurring_entries",
    "day_id": "recurring_entry_days",
    "timers.entry_id": "time_entries",
    "time_entry_id": "time_entries",
    "expense_entry_id": "expense_entries",
    "fixed_fee_entry_id": "fixed_fee_entries",
    "expense_category_id": "expense_categories",
    "expenses.entry_id": "expense_entries",
    "fixed_fees.entry_id": "fixed_fee_entries",
    "ledger_id": "trust_ledgers",
    "trust_ledger_id": "trust_ledgers",
    "movement_id": "trust_transactions",
    "trust_transaction_id": "trust_transactions",
    "allocation_id": "allocations",
    "journal_entry_id": "journal_entries",
    "journal.entry_id": "journal_entries",
    "membership_id": "memberships",
    "practice_area_id": "practice_areas",
    "tax_id": "taxes",
    "tax_exemption_id": "tax_exemptions",
}
# Arguments that are no ids, and a value that is there.
WORDS = {"filename": "css/lexapp.css", "token": "a-token-that-was-never-mailed"}


@dataclass(frozen=True)
class Route:
    """One rule and one method."""

    rule: Rule
    method: str
    access: Access

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def id_arguments(self) -> list[str]:
        return sorted(self.rule.arguments - set(WORDS))

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def routes(app: Flask) -> Iterator[Route]:
    """Every rule with every method that does something."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        access = access_of(app, str(rule.endpoint))
        assert access is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield Route(rule, method, access)


def ids_on_pages(town: Town) -> dict[str, list[int]]:
    """The ids of our firm that stand in addresses and forms. Others, as those of its number sequences, differ between the engines."""
    return {table: town.ours.ids[table] for table in sorted(set(TABLES.values()))}


def table_of(endpoint: str, argument: str) -> str | None:
    """The table whose ids this argument of a route takes."""
    return TABLES.get(f"{endpoint.partition('.')[0]}.{argument}") or TABLES.get(argument)


def address(town: Town, route: Route, firm: SeededFirm, pick: int = 0) -> str:
    """The route's address with the ids of the firm's records: the first of each kind, or another."""
    values = {name: value_of(town, route, name, firm, pick) for name in route.rule.arguments}
    built = route.rule.build(values)
    assert built is not None
    return built[1]


def value_of(town: Town, route: Route, name: str, firm: SeededFirm, pick: int = 0) -> object:
    if name in WORDS:
        return WORDS[name]
    if name == "signed":
        return signed(town, firm)
    table = table_of(route.endpoint, name)
    assert table, f"{route}: add the argument {name} to TABLES in {__name__}"
    ids = firm.ids[table]
    return ids[min(pick, len(ids) - 1)]


def signed(town: Town, firm: SeededFirm) -> str:
    """The public address of the firm's first invoice."""
    found = town.session.scalars(select(InvoiceLink.public_id).where(InvoiceLink.firm_id == firm.world.firm_id)).first()
    town.session.rollback()
    return sign_link(str(found), secret_key=town.settings.secret_key)
