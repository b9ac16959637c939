"""For any agreement, any entries, any split, any taxes: the parts are the whole, nobody pays beyond it, and order changes nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from hypothesis import event, given
from hypothesis import strategies as st

from lexapp.domain.agreements import cappings_of
from lexapp.domain.periods import month_of
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Capping, Charged, Window
from lexapp.domain.rounding import round_half_up
from lexapp.domain.splits import Work, check_arrangement
from lexapp.domain.splits.dividing import Part
from lexapp.domain.tax import WHOLE, TaxRounding, check_together
from tests.examples import money_property
from tests.whole_bills import MATTERS, Billing, Entry, Matter, bill, entries


def charged_of(billing: Billing) -> list[Charged]:
    """What all payers together are charged for each entry."""
    return [
        Charged(kind, billing.works[kind, id_].dated_on, id_, sum(part.charged_minor for part in parts), billing.works[kind, id_].task_code)
        for (kind, id_), parts in billing.parts.items()
    ]


@money_property
@given(MATTERS, entries())
def test_the_parts_are_the_whole_no_cap_is_passed_and_every_invoice_adds_up(matter: Matter, recorded: Sequence[Entry]) -> None:
    check_arrangement(matter.arrangement, billed={}, currency="USD")
    check_together(matter.rules)
    billing = bill(matter, recorded)
    event(f"{len(matter.arrangement.payers)} payers, {'reduced' if billing.offs else 'not reduced'}, {len(matter.rules)} taxes")
    for key, work in billing.works.items():
        assert_divided(work, billing.parts[key])
    for payer in matter.arrangement.payers:
        mine = [(kind, part) for (kind, _), parts in billing.parts.items() for part in parts if part.payer_id == payer.payer_id]
        counted = sum(part.charged_minor for kind, part in mine if payer.counted.counts(kind))
        assert payer.cap_minor is None or counted <= payer.cap_minor
    for capping in cappings_of(matter.agreements, "USD"):
        assert_within(capping, charged_of(billing))
    for payer_id in billing.taxes:
        assert_taxed(matter, billing, payer_id)
    whole = sum(work.charged_minor for work in billing.works.values())
    on_top = sum(tax.amount_minor for taxes in billing.taxes.values() for tax in taxes if not tax.rule.is_included)
    assert sum(billing.total_of(payer_id) for payer_id in billing.taxes) == whole + on_top


def assert_divided(work: Work, parts: Sequence[Part]) -> None:
    """The parts make the entry. None is below zero, so no set of payers is charged more than the whole."""
    assert sum(part.charged_minor for part in parts) == work.charged_minor
    assert sum(part.share.cost_minor for part in parts) == work.cost_minor
    assert all(0 <= part.charged_minor <= work.charged_minor for part in parts)
    if work.kind is LineKind.TIME:
        assert sum(part.share.quantity_hundredths for part in parts) == work.quantity_hundredths


def assert_within(capping: Capping, lines: Sequence[Charged]) -> None:
    """What a hard cap cuts is within it: in all, in each month, or in all months so far."""
    counted, limit = capping.cut(lines), capping.cap.limit_minor
    months: dict[date, int] = {}
    for line in counted:
        months[month_of(line.dated_on)] = months.get(month_of(line.dated_on), 0) + line.amount_minor
    if capping.cap.window is Window.WHOLE:
        assert sum(months.values()) <= limit
    elif capping.cap.window is Window.MONTH:
        assert all(minor <= limit for minor in months.values())
    else:
        begun = month_of(capping.cap.begins_on)
        for month in months:
            brought = limit * ((month.year - begun.year) * 12 + month.month - begun.month + 1)
            assert sum(minor for when, minor in months.items() if when <= month) <= brought


def assert_taxed(matter: Matter, billing: Billing, payer_id: int) -> None:
    """Each tax is its rate of its base, rounded once; one that prices contain changes no total."""
    base, taxes = billing.bases[payer_id], billing.taxes[payer_id]
    added = sum(tax.amount_minor for tax in taxes)
    if any(tax.rule.is_included for tax in taxes):
        assert 0 <= added <= base.fees_minor + base.expenses_minor
        assert billing.total_of(payer_id) == base.fees_minor + base.expenses_minor + billing.outside_of(payer_id)
    elif matter.rounding is TaxRounding.INVOICE:
        assert [tax.amount_minor for tax in taxes] == [round_half_up(tax.base_minor * tax.rule.rate_millionths, WHOLE) for tax in taxes]
    assert billing.outside_of(payer_id) >= 0


@money_property
@given(MATTERS, entries(), st.randoms(use_true_random=False))
def test_order_of_entry_changes_nothing_and_doing_it_again_gives_the_same_bytes(
    matter: Matter, recorded: Sequence[Entry], chance: random.Random
) -> None:
    first = bill(matter, recorded).as_bytes()
    assert bill(matter, recorded).as_bytes() == first
    assert bill(matter, chance.sample(list(recorded), len(recorded))).as_bytes() == first
