"""A posting, and what must hold for every set of postings that becomes a journal entry."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.ledger.chart import CHART

TRUST_SIDE = frozenset({"trust_bank", "trust_liability", "trust_shortage"})


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg of a journal entry: a role of the chart and a signed amount (debit positive), with the ids it concerns.

    On `receivable` and `client_credit` the client is the payer; on every other account it is the client of the matter.
    `trust_shortage` and `firm_funds_in_trust` name the trust bank account they concern although the firm has only one such account.
    """

    account: str
    amount_minor: int
    client_id: int | None = None
    matter_id: int | None = None
    bank_account_id: int | None = None
    trust_ledger_id: int | None = None


Postings = tuple[Posting, ...]


def check_balanced(postings: Sequence[Posting]) -> None:
    """Raise InvariantBroken unless the postings may become an entry.

    At least two legs, none zero, whole minor units, known accounts with the ids they need, sum zero, and for each trust bank account
    the trust side (bank, liabilities, shortage) sums to zero by itself: trust money never pays for what belongs to the firm's own books.
    """
    if len(postings) < 2:
        raise InvariantBroken(f"An entry needs at least two postings, not {len(postings)}.")
    for posting in postings:
        _check_leg(posting)
    total = sum(posting.amount_minor for posting in postings)
    if total:
        raise InvariantBroken(f"The postings sum to {total} minor units instead of zero.")
    _check_trust_side(postings)


def _check_leg(posting: Posting) -> None:
    definition = CHART.get(posting.account)
    if definition is None:
        raise InvariantBroken(f"There is no account role {posting.account!r}.")
    if type(posting.amount_minor) is not int or posting.amount_minor == 0:
        raise InvariantBroken(f"A posting needs whole minor units other than zero, not {posting.amount_minor!r}.")
    if posting.bank_account_id is None and (definition.per_bank_account or posting.account in TRUST_SIDE):
        raise InvariantBroken(f"A posting to {posting.account} must name its bank account.")
    if (posting.trust_ledger_id is None) == (posting.account == "trust_liability"):
        raise InvariantBroken(f"Exactly the postings to trust_liability name a trust ledger; {posting.account} breaks this.")


def _check_trust_side(postings: Sequence[Posting]) -> None:
    sums: dict[int | None, int] = defaultdict(int)
    for posting in postings:
        if posting.account in TRUST_SIDE:
            sums[posting.bank_account_id] += posting.amount_minor
    for bank_account_id, total in sums.items():
        if total:
            raise InvariantBroken(f"Trust bank account {bank_account_id} and what it owes differ by {total} minor units.")


def reverse(postings: Sequence[Posting]) -> Postings:
    """The postings that undo these: same accounts and ids, every amount negated."""
    return tuple(replace(posting, amount_minor=-posting.amount_minor) for posting in postings)


def without_zeros(*postings: Posting) -> Postings:
    """The postings that carry an amount."""
    return tuple(posting for posting in postings if posting.amount_minor)


def require_positive(amount_minor: int) -> int:
    """The amount, or InvariantBroken where it is not a whole number above zero."""
    if type(amount_minor) is not int or amount_minor <= 0:
        raise InvariantBroken(f"A money event needs whole minor units above zero, not {amount_minor!r}.")
    return amount_minor
