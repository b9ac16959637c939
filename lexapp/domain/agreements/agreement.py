"""Terms that hold together: which agreement holds on a day, what may stand in one, and what it says about time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lexapp.domain.agreements.reducing import AgreedCap
from lexapp.domain.agreements.terms import COVERED_PHASES, Covers, Term
from lexapp.domain.errors import InvalidInput

MOST_TERMS = 12
TOO_MANY_TERMS = f"An agreement has at most {MOST_TERMS} terms. Put some together, or take one out."


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed for a matter from `effective_from` (through `effective_to`, when set). `id` tells versions apart."""

    id: int
    effective_from: date
    effective_to: date | None
    terms: tuple[Term, ...]

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


def agreement_on(agreements: Iterable[Agreement], day: date) -> Agreement | None:
    """The one that holds on a day: the latest to begin. None: nothing is agreed, time is billed by the hour."""
    holding = [one for one in agreements if one.holds_on(day)]
    return max(holding, key=lambda one: (one.effective_from, one.id), default=None)


def covering_term(agreement: Agreement | None, task_code: str) -> int | None:
    """The position (from 0) of the term that pays for time with this task code: it is valued and not billed. None: billed by the hour."""
    terms = agreement.terms if agreement else ()
    return next((position for position, term in enumerate(terms) if term.coverage.holds(task_code)), None)


def check_terms(terms: Sequence[Term], currency: str) -> None:
    """Refuse terms that cannot be agreed, or not together. Fields are named `term_<n>_<field>`, from 1."""
    if not terms:
        raise InvalidInput("Add at least one term: by the hour, a flat fee, milestones.", field="add")
    if len(terms) > MOST_TERMS:
        raise InvalidInput(TOO_MANY_TERMS, field="add")
    for number, term in enumerate(terms, 1):
        try:
            term.check(currency)
        except InvalidInput as error:
            raise InvalidInput(error.message, field=f"term_{number}_{error.field}", code=error.code) from error
    _refuse_said_twice(terms)
    _refuse_covered_twice(terms)
    _refuse_capped_twice(terms)


def _refuse_said_twice(terms: Sequence[Term]) -> None:
    seen: set[str] = set()
    for number, term in enumerate(terms, 1):
        if term.once and term.kind in seen:
            raise _refusal(number, "", term.once)
        seen.add(term.kind)


def _refuse_covered_twice(terms: Sequence[Term]) -> None:
    whole = next((term for term in terms if term.coverage.covers is Covers.ALL), None)
    seen: set[str] = set()
    hourly = False
    for number, term in enumerate(terms, 1):
        if term.kind == "hourly" and hourly:
            raise _refusal(number, "", "Time by the hour is agreed above already. Take one of the two out.")
        hourly = hourly or term.kind == "hourly"
        if whole and term.kind == "hourly":
            sentence = f"“{whole.label}” covers all time, so nothing is left to bill by the hour. Name the phases that it covers."
            raise _refusal(terms.index(whole) + 1, "covers", sentence)
        if whole and term.kind == "minimum":
            raise _refusal(
                number, "", f"“{whole.label}” covers all time, so nothing would count towards the minimum. Take one of the two out."
            )
        if whole and term is not whole and term.coverage.covers is not Covers.NOTHING:
            raise _refusal(number, "covers", f"“{whole.label}” covers this time already. Name what each of the two covers.")
        for phase in sorted(seen.intersection(term.coverage.phases)):
            raise _refusal(number, "phases", f"{COVERED_PHASES[phase]} ({phase}) is covered by another term. Leave it out of one.")
        seen.update(term.coverage.phases)


def _refuse_capped_twice(terms: Sequence[Term]) -> None:
    seen: set[AgreedCap] = set()
    for number, term in enumerate(terms, 1):
        if isinstance(term, AgreedCap):
            alike = replace(term, limit_minor=1)
            if alike in seen:
                raise _refusal(number, "limit_minor", "Another cap counts the same work. Keep the lower one.")
            seen.add(alike)


def _refusal(number: int, field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field=f"term_{number}_{field or 'kind'}")
