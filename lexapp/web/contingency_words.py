"""Contingency terms and settlement statements as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import url_for

from lexapp.domain.allocation import allocate
from lexapp.domain.contingency import Basis, ContingencyTerms, Stage, exact_percent_text, terms_from
from lexapp.domain.money import Money
from lexapp.domain.snapshots.settlements import SettlementFigures
from lexapp.models import ContingencyAgreement
from lexapp.queries.contingency import SettlementStep
from lexapp.web.access import may_open
from lexapp.web.filters import money

STATES = {"draft": ("Draft", ""), "approved": ("Approved", "done"), "settled": ("Settled", "done")}
PARTS = (
    ("Fee", "", ("fee", "referral")),
    ("Costs", "2", ("costs",)),
    ("Taxes", "mute", ("tax",)),
    ("Claims", "3", ("lien", "medical")),
    ("Client", "4", ("client",)),
)
_STEPS = {
    "deposit": ("Deposit the recovery into trust", "Deposit", "trust.new_deposit"),
    "bill": ("Bill {}", "Open", "matters.show"),
    "apply": ("Pay the invoice out of trust", "Apply", "trust.new_application"),
    "disburse": ("Pay {}", "Pay", "trust.new_disbursement"),
    "refund": ("Pay the client", "Pay", "trust.new_refund"),
}


@dataclass(frozen=True, slots=True)
class TermsShown:
    """Terms as a table: a row for each tier with the percentage at every stage that was agreed."""

    agreement: ContingencyAgreement
    basis: str
    source: str
    stages: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    notes: Sequence[str]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """For the `table` macro."""
        return [("Recovered", ""), *((stage, "num") for stage in self.stages)]


def terms_shown(agreement: ContingencyAgreement) -> TermsShown:
    """What an agreement says."""
    terms = terms_from(agreement.terms)
    stages = [stage for stage in Stage if stage in terms.tiers]
    columns = [terms.tiers_at(stage) for stage in stages]
    first = max(columns, key=len)
    rows = [
        (_range(tier.above_minor, tier.up_to_minor, terms.currency), [_percent(column, row) for column in columns])
        for row, tier in enumerate(first)
    ]
    labels = [stage.label[0].upper() + stage.label[1:] for stage in stages]
    return TermsShown(agreement, Basis(terms.basis).label, terms.source, labels, rows, _notes(terms))


def _percent(column: Sequence[Any], row: int) -> str:
    return f"{exact_percent_text(column[min(row, len(column) - 1)].percent)} %"


def _range(above: int, up_to: int | None, currency: str) -> str:
    start = money(Money(above, currency))
    if up_to is None:
        return f"Above {start}" if above else "Any amount"
    return f"{start} to {money(Money(up_to, currency))}" if above else f"The first {money(Money(up_to, currency))}"


def _notes(terms: ContingencyTerms) -> list[str]:
    notes = []
    if terms.referral:
        notes.append(f"{terms.referral.firm} gets {exact_percent_text(terms.referral.share)} % of the fee.")
    if terms.minor_cap:
        notes.append(f"The client is a minor: at most {exact_percent_text(terms.minor_cap.percent)} % ({terms.minor_cap.source}).")
    if terms.court_above:
        notes.append("Above the last amount the court sets the fee.")
    return notes


class Slice(NamedTuple):
    """A part of the picture: of a hundred, in tenths."""

    label: str
    tone: str
    x: float
    width: float
    amount_minor: int


def slices(figures: SettlementFigures) -> list[Slice]:
    """The distribution as a bar, from the same lines as the table."""
    paid = [figures.paid_minor(*parts) for _, _, parts in PARTS]
    widths = allocate(1000, paid)
    return [
        Slice(label, tone, sum(widths[:place]) / 10, max(widths[place], 2) / 10, paid[place])
        for place, (label, tone, _) in enumerate(PARTS)
        if paid[place]
    ]


class StepShown(NamedTuple):
    words: str
    amount_minor: int
    done: bool
    verb: str
    url: str | None


def steps_shown(steps: Sequence[SettlementStep], *, matter_id: int, currency: str) -> list[StepShown]:
    """What is left to do, each with the address of the form that does it, filled in. The trust rules decide there."""
    return [_step(one, matter_id, currency) for one in steps]


def _step(one: SettlementStep, matter_id: int, currency: str) -> StepShown:
    words, verb, endpoint = _STEPS[one.kind]
    given: dict[str, Any] = {"amount": Money(one.amount_minor, currency).plain, "purpose": one.purpose}
    if one.kind == "deposit":
        given |= {"matter_id": matter_id, "source": one.name}
    elif one.kind == "bill":
        given = {"matter_id": matter_id}
    elif one.kind == "apply":
        given = {"ledger_id": one.ledger_id, "invoice_id": one.invoice_id, "amount": Money(one.left_minor, currency).plain}
    else:
        given |= {"ledger_id": one.ledger_id} | ({"payee": one.name} if one.kind == "disburse" else {})
    ready = one.kind in ("deposit", "bill") or (one.ledger_id and (one.kind != "apply" or one.invoice_id))
    url = url_for(endpoint, **given) if ready and not one.done and may_open(endpoint) else None
    return StepShown(words.format(one.name), one.amount_minor, one.done, verb, url)
