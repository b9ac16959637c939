"""How the fees came about that terms make by the month or by result: the steps that *Explain this cent* shows."""

from __future__ import annotations

from datetime import date

from lexapp.domain.agreements.contingent import SuccessFee
from lexapp.domain.agreements.monthly import Minimum, MonthlyRetainer
from lexapp.domain.derivations import Does, Step


def month_words(month: date) -> str:
    """``October 2026``."""
    return f"{month:%B} {month.year}"


def success_steps(term: SuccessFee, before_minor: int, value_minor: int) -> list[Step]:
    """From what was achieved in all to the further fee."""
    total, earlier = before_minor + value_minor, term.fee_minor(before_minor)
    if not term.basis_points:
        return [Step(Does.STARTS, "Success fee", term.further_minor(before_minor, value_minor), "agreed, once the threshold is passed")]
    above = max(total - term.threshold_minor, 0)
    steps = [Step(Does.STARTS, "Achieved in all" if before_minor else "Achieved", total, term.of.words)]
    if term.threshold_minor:
        steps.append(Step(Does.ADDS, "Up to the threshold", above - total, "free of a success fee"))
    steps.append(Step(Does.SHARES_MONEY, "Success fee", term.fee_minor(total), "as agreed, rounded half up once", points=term.basis_points))
    return [*steps, Step(Does.ADDS, "Fee for earlier results", -earlier)] if earlier else steps


def minimum_steps(term: Minimum, worked_minor: int, recorded_minor: int = 0, *, when: str) -> list[Step]:
    """From the minimum to what is missing."""
    often = "a month" if term.is_monthly else "in all"
    steps = [Step(Does.STARTS, "Minimum", term.amount_minor, f"agreed {often}"), Step(Does.ADDS, "Time by the hour", -worked_minor, when)]
    return [*steps, Step(Does.ADDS, "Recorded before", -recorded_minor)] if recorded_minor else steps


def retainer_steps(term: MonthlyRetainer, month: date) -> list[Step]:
    return [Step(Does.STARTS, "Monthly retainer fee", term.amount_minor, f"agreed, for {month_words(month)}")]


def beyond_steps(term: MonthlyRetainer, worked_hundredths: int, month: date) -> list[Step]:
    """Hours beyond those that the fee holds, at their rate."""
    beyond = term.beyond_hundredths(worked_hundredths)
    why = f"of {worked_hundredths / 100:.2f} h in {month_words(month)}, {term.hours_hundredths / 100:.2f} h are included"
    rate = term.beyond_minor_per_hour
    return [
        Step(Does.QUANTITY, "Hours beyond", beyond, why),
        Step(Does.RATE, "Rate beyond the included hours", rate, "agreed"),
        Step(Does.PRODUCT, "Worth", term.beyond_minor(worked_hundredths), "quantity × rate, rounded half up once"),
    ]
