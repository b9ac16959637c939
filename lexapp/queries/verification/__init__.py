"""The books, derived again from their first records. Each check yields a sentence for everything that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lexapp.queries.verification import billing, credit_notes, credits, journal, payments, reductions, settlements, trust, volume

Check = Callable[[Session, int], Iterator[str]]

# Named in the order in which a reader should believe them: the journal first, what hangs on it after.
CHECKS: dict[str, Check] = {
    "every journal entry balances": journal.entries_balance,
    "the chain of entries is intact": journal.chain_is_intact,
    "cached balances equal the sums of their postings": journal.balances_equal_sums,
    "every command kept its result": journal.commands_have_results,
    "no trust ledger is below zero at any point": trust.never_below_zero,
    "trust movements equal the journal": trust.movements_equal_journal,
    "trust movements are numbered without a gap": trust.numbers_without_gap,
    "each trust bank account equals what it owes": trust.bank_equals_ledgers,
    "each trust bank account equals its movements": trust.bank_equals_movements,
    "time entries multiply out": billing.time_multiplies_out,
    "pre-bill lines multiply out": billing.lines_multiply_out,
    "pre-bill lines took time as it stands": billing.lines_equal_time,
    "no more is charged than agreed caps allow": reductions.caps_hold,
    "agreed discounts are taken off what is billed": reductions.discounts_hold,
    "discounts by volume are as agreed": volume.volume_discounts_as_agreed,
    "invoices equal their lines, snapshots and the journal": billing.invoices_tie,
    "fees, costs and tax of invoices equal the journal": billing.charges_tie,
    "invoices are numbered without a gap": billing.numbers_without_gap,
    "credit notes equal their lines, snapshots and the journal": credit_notes.notes_tie,
    "no more of a line is credited than was charged": credit_notes.lines_within,
    "credit notes are numbered without a gap": credit_notes.numbers_without_gap,
    "hard costs equal the journal": billing.hard_costs_tie,
    "allocations stay within payments and invoices": payments.allocations_within,
    "receivables equal open invoices": payments.receivables_tie,
    "client credit equals unapplied payments": payments.client_credit_ties,
    "discounts for early payment are as offered": payments.discounts_as_offered,
    "settlement statements distribute what was recovered": settlements.statements_hold,
    "shares of credit make the whole": credits.shares_make_the_whole,
    "credited fees equal collected fees": credits.credits_equal_fees,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold."""

    check: str
    sentence: str


def verify(session: Session, firm_id: int) -> list[Finding]:
    """Run every check on one firm; an empty list means that the books prove themselves."""
    return [Finding(name, sentence) for name, check in CHECKS.items() for sentence in check(session, firm_id)]
