"""Split billing: the parts are the whole, no cap is passed, order does not matter; and the tables of docs/money.md."""

import random
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.domain.quantities import parse_hundredths
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE, parse_percent
from lexapp.domain.splits import Arrangement, Billed, Counted, PayerTerms, Work, check_arrangement, divide, whole_of
from tests.examples import money_property
from tests.markdown_tables import tables_under
from tests.whole_bills import arrangements

DAY = date(2026, 11, 2)
ID = {"A": 1, "B": 2, "C": 3}
_KINDS = {"fees": "fees", "fixed": "fixed_fees", "expenses": "expenses"}


def minor(text: str) -> int:
    return Money.parse(text, "USD").minor


def agreed(text: str) -> Arrangement:
    """The arrangement that a cell of the tables describes; fixed fees go as fees where nothing is said."""
    payers, rest = [], None
    for clause in text.split(";"):
        words = clause.split()
        values: dict = {}
        for word, value in zip(words[1:], [*words[2:], ""], strict=True):
            if word in _KINDS:
                values[_KINDS[word]] = parse_percent(value)
            elif word in ("cap", "month"):
                values["cap_minor" if word == "cap" else "monthly_minor"] = minor(value)
            elif word == "then":
                values["overflow_payer_id"] = ID[value]
        if "rest" in words:
            rest = ID[words[0]]
        if "fees" in values and "fixed" not in text:
            values["fixed_fees"] = values["fees"]
        payers.append(PayerTerms(ID[words[0]], **values))
    return Arrangement(tuple(payers), rest)


def work_of(text: str) -> Work:
    hourly = re.fullmatch(r"([\d.]+) h at ([\d.,]+)", text)
    if hourly:
        quantity, rate = parse_hundredths(hourly[1]), minor(hourly[2])
        return Work(LineKind.TIME, 1, DAY, quantity, rate, round_half_up(quantity * rate, 100))
    kind, amount = text.rsplit(" ", 1)
    return Work(LineKind.EXPENSE if kind == "expense" else LineKind.FIXED_FEE, 1, DAY, 100, minor(amount), minor(amount))


def so_far(text: str) -> Billed:
    billed = Billed()
    billed.add(ID["A"], LineKind.TIME, DAY, minor(text))
    return billed


def rows(number):
    table = tables_under("money.md", "Splits by arrangement")[number]
    return pytest.mark.parametrize("row", table, ids=[f"{n} {row['Agreed'][:40]}" for n, row in enumerate(table)])


def shown(payers: int, cell: str, read) -> list:
    cells = [part.strip() for part in re.split(r", ", cell)]
    assert len(cells) == payers
    return [None if part == "–" else read(part) for part in cells]


@rows(0)
def test_an_arrangement_divides_as_documented(row):
    arrangement, work = agreed(row["Agreed"]), work_of(row["Line"])
    if "expenses" in row["Agreed"] or "rest" in row["Agreed"]:
        check_arrangement(arrangement, billed={}, currency="USD")
    parts = {part.payer_id: part.share for part in divide(arrangement, [work], so_far(row["So far"]))[work.kind, work.id]}
    found = [parts.get(payer.payer_id) for payer in arrangement.payers]
    count = len(found)
    assert [part and part.quantity_hundredths for part in found] == shown(count, row["Hours each"], parse_hundredths)
    assert [part and part.rounding_minor for part in found] == shown(count, row["Rounding"], minor)
    assert [part and part.amount_minor for part in found] == shown(count, row["Each payer"], minor)


@rows(1)
def test_what_cannot_stand_is_refused_as_documented(row):
    arrangement = agreed(row["Agreed"])
    billed = {payer.payer_id: so_far(row["So far"]).of(payer.payer_id) for payer in arrangement.payers}
    with pytest.raises(InvalidInput) as refusal:
        check_arrangement(arrangement, billed=billed, currency="USD")
    assert refusal.value.message.replace("\N{NO-BREAK SPACE}", " ") == row["Refused"]
    assert refusal.value.field


# ── properties ───────────────────────────────────────────────────────────────────────────────────


@st.composite
def works(draw) -> list[Work]:
    found = []
    for number in range(draw(st.integers(1, 12))):
        kind, charged = draw(st.sampled_from(LineKind)), draw(st.integers(0, 9)) > 0
        on = date(2026, draw(st.integers(10, 12)), draw(st.integers(1, 28)))
        quantity = draw(st.integers(1, 2_400)) if kind is LineKind.TIME else 100
        rate = draw(st.integers(0, 90_000))
        amount = round_half_up(quantity * rate, 100) if charged else 0
        off = -draw(st.integers(0, amount // 3)) if draw(st.booleans()) and kind is not LineKind.FIXED_FEE else 0
        cost = rate if kind is LineKind.EXPENSE and charged else 0
        agreed: list[int] = []
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            agreed.append(-draw(st.integers(0, amount + off + sum(agreed))))
        found.append(Work(kind, number, on, quantity, rate, amount, cost, off, draw(st.sampled_from(["", "L100", "L200"])), tuple(agreed)))
    return found


@money_property
@given(arrangements(), works())
def test_parts_are_the_whole_and_nobody_passes_the_cap(arrangement, lines):
    check_arrangement(arrangement, billed={}, currency="USD")
    billed = Billed()
    found = divide(arrangement, lines, billed)
    for work in lines:
        parts = found[work.kind, work.id]
        assert sum(part.share.amount_minor for part in parts) == work.amount_minor
        assert sum(part.share.cost_minor for part in parts) == work.cost_minor
        assert sum(part.adjustment_minor for part in parts) == work.adjustment_minor
        assert sum(part.agreed_minor for part in parts) == sum(work.agreed)
        assert sum(part.points for part in parts) == WHOLE
        if work.kind is LineKind.TIME:
            assert sum(part.share.quantity_hundredths for part in parts) == work.quantity_hundredths
        for part in parts:
            share = part.share
            assert part.points > 0
            assert min(share) >= 0 or share.rounding_minor < 0
            assert part.charged_minor >= 0
            assert part.adjustment_minor <= 0
            assert part.agreed_minor <= 0
            charged = round_half_up(share.quantity_hundredths * share.rate_minor, 100) + share.rounding_minor
            assert share.amount_minor == (charged if work.amount_minor else 0)
            assert abs(share.rounding_minor) * 100 <= share.rate_minor + 100
    for payer in arrangement.payers:
        if payer.cap_minor is not None:
            assert billed.of(payer.payer_id)[payer.counted] <= payer.cap_minor
        for month in (10, 11, 12):
            if payer.monthly_minor is not None:
                assert billed.sums.get((payer.payer_id, (2026, month), payer.counted), 0) <= payer.monthly_minor


@money_property
@given(arrangements(), works(), st.randoms(use_true_random=False))
def test_order_of_entry_changes_nothing_and_doing_it_again_gives_the_same(arrangement, lines, chance: random.Random):
    first = divide(arrangement, lines, Billed())
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert divide(arrangement, shuffled, Billed()) == first == divide(arrangement, lines, Billed())


@money_property
@given(arrangements(), works(), st.integers(10, 12))
def test_billing_in_two_runs_is_billing_in_one(arrangement, lines, month):
    """Where a cap stands does not depend on how often one bills."""
    billed = Billed()
    early = divide(arrangement, [work for work in lines if work.dated_on.month < month], billed)
    late = divide(arrangement, [work for work in lines if work.dated_on.month >= month], billed)
    assert early | late == divide(arrangement, lines, Billed())


@given(works())
def test_one_payer_pays_each_entry_as_it_stands(lines):
    for (_kind, id_), parts in divide(whole_of(7), lines, Billed()).items():
        (part,), work = parts, lines[id_]
        assert (part.payer_id, part.points, part.share.rounding_minor) == (7, WHOLE, 0)
        assert part.share[:2] == (work.quantity_hundredths, work.rate_minor)


def test_a_task_has_its_own_shares():
    arrangement = Arrangement((PayerTerms(1, fees=5_000, tasks={"L300": WHOLE}), PayerTerms(2, fees=5_000)), 2)
    check_arrangement(arrangement, billed={}, currency="USD")
    ours = Work(LineKind.TIME, 1, DAY, 100, 30_000, 30_000, task_code="L300")
    theirs = Work(LineKind.TIME, 2, DAY, 100, 30_000, 30_000, task_code="L100")
    found = divide(arrangement, [ours, theirs], Billed())
    assert [part.payer_id for part in found[LineKind.TIME, 1]] == [1]
    assert [part.points for part in found[LineKind.TIME, 2]] == [5_000, 5_000]


def test_a_cap_is_used_to_the_cent_by_many_lines():
    arrangement = agreed("A fees 80 cap 50,000 then B; B fees 20 expenses 100")
    lines = [Work(LineKind.TIME, n, DAY, 130, 45_000, 58_500) for n in range(200)]
    billed = Billed()
    divide(arrangement, lines, billed)
    assert (billed.of(1)[Counted.FEES], billed.of(2)[Counted.FEES]) == (5_000_000, 200 * 58_500 - 5_000_000)
