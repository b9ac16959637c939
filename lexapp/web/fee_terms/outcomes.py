"""The sections of what is won and what counts by the month: contingency, success fee, minimum, retainers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_login import current_user

from lexapp.domain.agreements import AdvanceRetainer, AgreedContingency, Minimum, MonthlyRetainer, SuccessFee, SuccessOf, Term
from lexapp.domain.agreements.contingent import LONGEST_SOURCE
from lexapp.domain.agreements.fixed import LONGEST_NAME
from lexapp.domain.contingency import STATUTES, Basis, ContingencyTerms, Referral, Stage, Tier, exact_percent_text, parse_exact_percent
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.shares import parse_percent, percent_text
from lexapp.web.dates import today_here
from lexapp.web.fee_terms.coverage import coverage_fields, read_coverage, typed_coverage
from lexapp.web.filters import money_plain
from lexapp.web.forms import ChoiceField, DateField, FlagField, MoneyField, TextField

Read = Callable[[str], Any]
BASES = ((Basis.GROSS.value, "The recovery"), (Basis.NET.value, "The recovery less costs"))
OF = ((SuccessOf.VALUE.value, "The value achieved"), (SuccessOf.RECOVERY.value, "What is recovered"))
PERCENT, AMOUNT = "percent", "amount"
FEE_BY = ((PERCENT, "Percent"), (AMOUNT, "One amount"))
MONTH, WHOLE = "month", "whole"
OFTEN = ((MONTH, "Every month"), (WHOLE, "In all"))
NO_SHARE = "A share lies between 0.01 and 100 percent, for example 10 or 12.5."


def _typed(minor: int) -> str:
    return money_plain(Money(minor, current_user.currency)) if minor else ""


def _minor(field: Any) -> int:
    return field.data.minor if field.data else 0


def _hours(field: Read) -> int:
    """Hours a month as hundredths; a month has more than a day, so it is no duration of an entry."""
    text = (field("hours").data or "").strip().removesuffix("h").strip()
    whole, _, decimals = text.partition(".")
    if not text:
        return 0
    if not f"{whole}{decimals}".isdecimal() or not text.isascii() or not whole or len(whole) > 3 or len(decimals) > 2:
        raise InvalidInput("Write hours like 10 or 12.5, or leave it empty.", field="hours")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


class ContingencyFields:
    """A statute's schedule, or percentages of one's own in as many lines as the section was given."""

    def fields(self, lines: int) -> dict[str, Any]:
        schedules = [(key, one.name) for key, one in STATUTES.items()]
        found: dict[str, Any] = {
            "statute": ChoiceField("Schedule", choices=schedules, empty="Percentages of our own"),
            "is_minor": FlagField("The client is a minor", hint="Where the schedule has a cap for minors, it holds"),
            "basis": ChoiceField("Counted on", choices=BASES, default=Basis.GROSS.value),
            "source": TextField("Written in", longest=LONGEST_SOURCE, hint="For your own, such as: engagement letter of March 2, 2026"),
            "referral_firm": TextField("Firm that shares the fee", longest=200),
            "referral_percent": TextField("Its share of the fee", longest=12),
            "referral_on": DateField("Client agreed in writing on", latest=today_here),
        }
        for n in range(lines):
            found[f"up_to_{n}"] = MoneyField("Up to", hint="Empty: no limit" if not n else "")
            found |= {f"percent_{stage.value}_{n}": TextField(stage.label.capitalize(), longest=12) for stage in Stage}
        return found

    def read(self, field: Read, lines: int) -> Term:
        typed = next((name for name in self._percents(lines) if field(name).data), None)
        statute = STATUTES.get(field("statute").data or "")
        if statute is None:
            tiers = {stage: found for stage in Stage if (found := self._tiers(field, stage, lines))}
            source = (field("source").data or "").strip()
            terms = ContingencyTerms(current_user.currency, Basis(field("basis").data), tiers, source, self._referral(field))
            return AgreedContingency(terms=terms)
        if typed is not None:
            sentence = "The schedule has its own percentages. Empty these, or choose percentages of your own above."
            raise InvalidInput(sentence, field=typed)
        return AgreedContingency(
            terms=statute.terms(minor=bool(field("is_minor").data), referral=self._referral(field)), statute=statute.key
        )

    def _percents(self, lines: int) -> list[str]:
        return [f"percent_{stage.value}_{n}" for n in range(lines) for stage in Stage]

    def _tiers(self, field: Read, stage: Stage, lines: int) -> tuple[Tier, ...]:
        """The lines of one stage; none where nothing is agreed for it."""
        if not any(field(f"percent_{stage.value}_{n}").data for n in range(lines)):
            return ()
        used = [n for n in range(lines) if field(f"up_to_{n}").data or any(field(f"percent_{one.value}_{n}").data for one in Stage)]
        tiers: list[Tier] = []
        for n in range(used[-1] + 1):
            name = f"percent_{stage.value}_{n}"
            if not field(name).data:
                raise InvalidInput(f"Type the percentage {stage.label} on this line too, or empty its column.", field=name)
            above, up_to = (tiers[-1].up_to_minor or 0) if tiers else 0, field(f"up_to_{n}").data
            tiers.append(Tier(above, up_to.minor if up_to else None, parse_exact_percent(field(name).data, field=name)))
        return tuple(tiers)

    def _referral(self, field: Read) -> Referral | None:
        firm, percent, on = (field(f"referral_{name}").data for name in ("firm", "percent", "on"))
        if not firm and not percent and not on:
            return None
        if not isinstance(on, date):
            raise InvalidInput("Write the day on which the client agreed in writing that the fee is shared.", field="referral_on")
        return Referral(firm or "", parse_exact_percent(percent or "", field="referral_percent"), on)

    def typed(self, term: AgreedContingency) -> dict[str, str]:
        found = {"statute": term.statute, "basis": term.terms.basis.value}
        if referral := term.terms.referral:
            shared = {"referral_percent": exact_percent_text(referral.share), "referral_on": day_text(referral.agreed_on)}
            found |= {"referral_firm": referral.firm, **shared}
        if term.statute:
            return found | ({"is_minor": "y"} if term.terms.minor_cap else {})
        most = max(len(tiers) for tiers in term.terms.tiers.values())
        found |= {"source": term.terms.source, "lines": str(max(most, 1))}
        for stage, tiers in term.terms.tiers.items():
            for n, tier in enumerate(tiers):
                found[f"up_to_{n}"] = _typed(tier.up_to_minor or 0)
                found[f"percent_{stage.value}_{n}"] = exact_percent_text(tier.percent)
        return found


class SuccessFields:
    """A share of what is achieved, or one amount, above a threshold."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        return {
            "name": TextField("For", longest=LONGEST_NAME),
            "of": ChoiceField("Measured by", choices=OF, default=SuccessOf.VALUE.value),
            "by": ChoiceField("Written as", choices=FEE_BY, default=PERCENT),
            "fee": TextField("Fee", longest=30),
            "threshold_minor": MoneyField("Above", hint="Empty: from the first cent"),
        }

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        named = {"name": field("name").data or "", "of": SuccessOf(field("of").data), "threshold_minor": _minor(field("threshold_minor"))}
        text = field("fee").data or ""
        if field("by").data == AMOUNT:
            try:
                return SuccessFee(**named, amount_minor=Money.parse(text, current_user.currency, positive=True).minor)
            except InvalidInput as error:
                raise InvalidInput(error.message, field="fee") from error
        try:
            return SuccessFee(**named, basis_points=parse_percent(text))
        except InvalidInput as error:
            raise InvalidInput(NO_SHARE, field="fee") from error

    def typed(self, term: SuccessFee) -> dict[str, str]:
        fee = percent_text(term.basis_points) if term.basis_points else _typed(term.amount_minor)
        found = {"name": term.name, "of": term.of.value, "by": PERCENT if term.basis_points else AMOUNT}
        return {**found, "fee": fee, "threshold_minor": _typed(term.threshold_minor)}


class MinimumFields:
    """At least so much."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        return {"amount_minor": MoneyField("At least"), "often": ChoiceField("How often", choices=OFTEN, default=MONTH)}

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        return Minimum(amount_minor=_minor(field("amount_minor")), is_monthly=field("often").data == MONTH)

    def typed(self, term: Minimum) -> dict[str, str]:
        return {"amount_minor": _typed(term.amount_minor), "often": MONTH if term.is_monthly else WHOLE}


class AdvanceFields:
    """Client money in trust."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        return {"amount_minor": MoneyField("Advance"), "minimum_minor": MoneyField("Ask for more below", hint="Empty: never ask")}

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        return AdvanceRetainer(amount_minor=_minor(field("amount_minor")), minimum_minor=_minor(field("minimum_minor")))

    def typed(self, term: AdvanceRetainer) -> dict[str, str]:
        return {"amount_minor": _typed(term.amount_minor), "minimum_minor": _typed(term.minimum_minor)}


class MonthlyFields:
    """A fee every month, with or without time."""

    def fields(self, lines: int) -> dict[str, Any]:  # noqa: ARG002
        return {
            "name": TextField("For", longest=LONGEST_NAME),
            "amount_minor": MoneyField("A month"),
            "hours": TextField("Hours included a month", longest=10, hint="Empty: all the time that it covers"),
            "beyond_minor_per_hour": MoneyField("An hour beyond"),
            **coverage_fields(),
        }

    def read(self, field: Read, lines: int) -> Term:  # noqa: ARG002
        return MonthlyRetainer(
            name=field("name").data or "",
            amount_minor=_minor(field("amount_minor")),
            pays_for=read_coverage(field),
            hours_hundredths=_hours(field),
            beyond_minor_per_hour=_minor(field("beyond_minor_per_hour")),
        )

    def typed(self, term: MonthlyRetainer) -> dict[str, str]:
        hours = f"{term.hours_hundredths / 100:.2f}" if term.hours_hundredths else ""
        found = {"name": term.name, "amount_minor": _typed(term.amount_minor), "hours": hours}
        return {**found, "beyond_minor_per_hour": _typed(term.beyond_minor_per_hour), **typed_coverage(term.pays_for)}
