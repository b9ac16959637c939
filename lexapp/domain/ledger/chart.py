"""The chart of accounts: one definition per role. A firm has one account for each role, or one per bank account where the role says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class AccountKind(StrEnum):
    """What an account measures, which decides the side on which it grows."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def grows_by_debit(self) -> bool:
        """True for assets and expenses: their balance is shown as debits less credits."""
        return self in (AccountKind.ASSET, AccountKind.EXPENSE)


@dataclass(frozen=True, slots=True)
class AccountDefinition:
    """One role of the chart. `number` is for display and order only; code names accounts by role."""

    role: str
    kind: AccountKind
    number: str
    name: str
    per_bank_account: bool = False


def _account(role: str, kind: AccountKind, number: str, name: str, *, per_bank_account: bool = False) -> tuple[str, AccountDefinition]:
    return role, AccountDefinition(role, kind, number, name, per_bank_account)


CHART: Mapping[str, AccountDefinition] = MappingProxyType(
    dict(
        [
            _account("operating_bank", AccountKind.ASSET, "1000", "Operating bank account", per_bank_account=True),
            _account("trust_bank", AccountKind.ASSET, "1100", "Trust bank account", per_bank_account=True),
            _account("receivable", AccountKind.ASSET, "1200", "Invoices receivable"),
            _account("advanced_costs", AccountKind.ASSET, "1300", "Costs advanced for clients"),
            _account("trust_shortage", AccountKind.ASSET, "1400", "Trust shortage due from firm"),
            _account("shortages_covered", AccountKind.ASSET, "1410", "Trust shortages covered by the firm"),
            _account("firm_funds_in_trust", AccountKind.ASSET, "1420", "Firm funds in trust for bank charges"),
            _account("trust_liability", AccountKind.LIABILITY, "2100", "Client money held in trust", per_bank_account=True),
            _account("client_credit", AccountKind.LIABILITY, "2200", "Payments not yet applied"),
            _account("costs_payable", AccountKind.LIABILITY, "2300", "Client costs payable"),
            _account("tax_payable", AccountKind.LIABILITY, "2400", "Tax payable"),
            _account("fee_income", AccountKind.INCOME, "4000", "Fees"),
            _account("cost_income", AccountKind.INCOME, "4100", "Costs charged to clients"),
            _account("costs_expense", AccountKind.EXPENSE, "5000", "Client costs not billable"),
            _account("costs_written_down", AccountKind.EXPENSE, "5100", "Client costs written down"),
            _account("bad_debt", AccountKind.EXPENSE, "5200", "Bad debt"),
            _account("early_discounts", AccountKind.EXPENSE, "5210", "Discounts for early payment"),
            _account("bank_charges", AccountKind.EXPENSE, "5300", "Bank charges"),
        ]
    )
)
