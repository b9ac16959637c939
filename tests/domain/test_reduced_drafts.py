"""Discounts and caps of a matter together: parts equal the whole, no window beyond its cap, and doing it again changes nothing."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Agreement, Hourly, Term, reduces, taken_off_by
from lexapp.domain.money import Money
from lexapp.domain.periods import month_of
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import (
    Cap,
    Capping,
    Charged,
    Counts,
    Discount,
    Off,
    Piece,
    Reduction,
    Window,
    cut,
    reasons_of,
    reduce_drafts,
    spread_parts,
)
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE, parse_percent
from tests.examples import money_property
from tests.markdown_tables import table_under

NEW_YEAR = date(2026, 1, 1)
CODES = ("", "L110", "L320")
DAYS = st.integers(0, 100).map(lambda days: NEW_YEAR + timedelta(days=days))
caps = st.builds(
    Cap,
    limit_minor=st.integers(1, 9_000_00),
    begins_on=st.one_of(st.just(date.min), st.dates(NEW_YEAR - timedelta(days=40), NEW_YEAR + timedelta(days=60))),
    window=st.sampled_from([Window.WHOLE, Window.MONTH]),
    counts=st.sampled_from(Counts),
    phase=st.sampled_from(["", "L100"]),
)
rolling = st.builds(
    Cap, limit_minor=st.integers(1, 9_000_00), begins_on=st.just(NEW_YEAR), window=st.just(Window.ROLLING), counts=st.sampled_from(Counts)
)
cappings = st.lists((caps | rolling).map(lambda cap: Capping("cap", cap)), max_size=3)
discounts = st.builds(Discount, basis_points=st.integers(1, WHOLE), counts=st.sampled_from(Counts)) | st.builds(
    Discount, amount_minor=st.integers(1, 2_000_00), counts=st.sampled_from(Counts)
)
reductions = st.lists(st.tuples(discounts, DAYS | st.just(date.min)).map(lambda one: Reduction("off", one[0], one[1])), max_size=3)
ENTRIES = st.tuples(
    st.integers(1, 3), st.sampled_from(LineKind), DAYS, st.sampled_from(CODES), st.lists(st.integers(0, 2_000_00), min_size=3, max_size=3)
)


@st.composite
def drafts(draw: st.DrawFn) -> list[Piece]:
    """Some entries on up to three drafts, divided between one to three payers, all still open."""
    payers, entries = draw(st.integers(1, 3)), draw(st.lists(ENTRIES, max_size=8))
    return [
        Piece(draft, kind, number, day, code, tuple(parts[:payers]), (True,) * payers)
        for number, (draft, kind, day, code, parts) in enumerate(entries)
    ]


def net(piece: Piece, offs: tuple[Off, ...]) -> list[int]:
    return [minor + sum(off.parts[place] for off in offs) for place, minor in enumerate(piece.parts)]


def charged(piece: Piece, minor: int) -> Charged:
    return Charged(piece.kind, piece.dated_on, piece.id, minor, piece.task_code)


def whole(pieces: list[Piece]) -> list[Piece]:
    return [piece._replace(parts=(sum(piece.parts),), open_parts=(True,)) for piece in pieces]


@money_property
@given(drafts(), reductions, cappings)
def test_parts_stay_above_zero_and_no_window_is_billed_above_its_cap(pieces: list[Piece], some: list[Reduction], capping: list[Capping]):
    found = reduce_drafts(pieces, some, capping)
    left = {piece: net(piece, found.get(piece, ())) for piece in pieces}
    for piece, parts in left.items():
        assert all(0 <= part <= before for part, before in zip(parts, piece.parts, strict=True))
    for one in capping:
        months: dict[date, int] = {}
        for piece, parts in left.items():
            if one.cap.holds(charged(piece, 0)):
                months[month_of(piece.dated_on)] = months.get(month_of(piece.dated_on), 0) + sum(parts)
        limit = one.cap.limit_minor
        if one.cap.window is Window.WHOLE:
            assert sum(months.values()) <= limit
        elif one.cap.window is Window.MONTH:
            assert all(minor <= limit for minor in months.values())
        else:
            for month in months:
                brought = limit * ((month.year - 2026) * 12 + month.month)
                assert sum(minor for when, minor in months.items() if when <= month) <= brought


@money_property
@given(drafts(), reductions, cappings)
def test_divided_before_or_after_an_entry_loses_the_same(pieces: list[Piece], some: list[Reduction], capping: list[Capping]):
    """As drafting does it: an entry as a whole, spread over its parts after that."""
    divided = reduce_drafts(pieces, some, capping)
    undivided = reduce_drafts(whole(pieces), some, capping)
    for piece, (key,) in zip(pieces, ([one] for one in whole(pieces)), strict=True):
        minors = [off.parts[0] for off in undivided.get(key, ())]
        assert [a + b for a, b in zip(piece.parts, spread_parts(minors, piece.parts), strict=True)] == net(piece, divided.get(piece, ()))


@money_property
@given(drafts(), reductions, cappings, st.randoms())
def test_the_order_of_entries_changes_nothing(pieces: list[Piece], some: list[Reduction], capping: list[Capping], chance: random.Random):
    assert reduce_drafts(chance.sample(pieces, len(pieces)), some, capping) == reduce_drafts(pieces, some, capping)


@money_property
@given(drafts(), reductions, cappings, st.integers(0, 3), st.data())
def test_what_is_settled_changes_nothing_for_what_is_open(
    pieces: list[Piece], some: list[Reduction], capping: list[Capping], payer: int, data: st.DataObject
):
    """Bills of some drafts and payers are approved or issued: worked out again, the open parts of every entry come to what they came to.

    Largest remainder does not promise more: without the settled parts the odd cents of a cut may fall on other open ones.
    """
    before = reduce_drafts(pieces, some, capping)
    settled_drafts = data.draw(st.sets(st.integers(1, 3)))
    again = [
        piece._replace(open_parts=tuple(place != payer and piece.draft not in settled_drafts for place in range(len(piece.parts))))
        for piece in pieces
    ]
    settled = [
        charged(piece, sum(minor for minor, is_open in zip(net(piece, before.get(piece, ())), now.open_parts, strict=True) if not is_open))
        for piece, now in zip(pieces, again, strict=True)
    ]
    after = reduce_drafts(again, some, capping, settled)
    for piece, now in zip(pieces, again, strict=True):
        left = zip(net(now, after.get(now, ())), net(piece, before.get(piece, ())), now.open_parts, strict=True)
        moved = [after_minor - before_minor for after_minor, before_minor, is_open in left if is_open]
        assert sum(moved) == 0
        assert all(abs(minor) <= 2 for minor in moved)
        assert all(not off.parts[place] for off in after.get(now, ()) for place, is_open in enumerate(now.open_parts) if not is_open)


@given(drafts(), caps | rolling)
def test_one_cap_on_one_draft_is_the_plain_cut(pieces: list[Piece], cap: Cap):
    mine = [piece._replace(draft=1, kind=LineKind.TIME) for piece in whole(pieces)]
    found = reduce_drafts(mine, [], [Capping("cap", cap)])
    plain = cut([charged(piece, piece.parts[0]) for piece in mine], cap, {})
    assert [sum(off.parts[0] for off in found.get(piece, ())) for piece in mine] == list(plain.taken_off)


@given(drafts(), st.integers(1, WHOLE), st.sampled_from(Counts))
def test_a_discount_is_rounded_once_for_each_draft(pieces: list[Piece], points: int, counts: Counts):
    found = reduce_drafts(pieces, [Reduction("off", Discount(points, counts=counts))], [])
    for draft in {piece.draft for piece in pieces}:
        mine = [piece for piece in pieces if piece.draft == draft]
        base = sum(sum(piece.parts) for piece in mine if counts.holds(piece.kind))
        off = sum(sum(off.parts) for piece in mine for off in found.get(piece, ()))
        assert -off == round_half_up(base * points, WHOLE)


@money_property
@given(drafts(), reductions, cappings, st.sets(st.integers(0, 7)))
def test_what_is_spared_bears_no_discount_and_the_rest_as_if_it_were_not_there(
    pieces: list[Piece], some: list[Reduction], capping: list[Capping], numbers: set[int]
):
    spared = {(piece.kind, piece.id) for piece in pieces if piece.id in numbers}
    sparing = [one._replace(spared=spared) for one in some]
    found = reduce_drafts(pieces, sparing, [])
    rest = [piece for piece in pieces if piece.id not in numbers]
    assert found == reduce_drafts(rest, some, [])
    capped = reduce_drafts(pieces, sparing, capping)
    assert all(off.reason == "cap" for piece in pieces if piece.id in numbers for off in capped.get(piece, ()))


# ── as the document says ─────────────────────────────────────────────────────────────────────────


def minor(text: str) -> int:
    return Money.parse(text, "USD").minor


def term(text: str) -> Term:
    """`10 % off fees`, `100.00 off fees`, `at most 1,000.00 a month of fees in L100`, `warn at 500.00 of fees`."""
    size, _, of = text.removeprefix("at most ").removeprefix("warn at ").partition(" of " if " of " in text else " off ")
    of, _, phase = of.partition(" in ")
    counts = {"fees": Counts.FEES, "all": Counts.ALL, "time": Counts.TIME}[of]
    if " off " in text:
        percent = size.removesuffix(" %")
        return (
            AgreedDiscount(basis_points=parse_percent(percent), counts=counts)
            if percent != size
            else AgreedDiscount(amount_minor=minor(size), counts=counts)
        )
    amount, monthly, _ = size.partition(" a month")
    window = Window.MONTH if monthly else Window.WHOLE
    return AgreedCap(limit_minor=minor(amount), window=window, counts=counts, phase=phase, is_hard=text.startswith("at most"))


@pytest.mark.parametrize("row", table_under("money.md", "Discounts and caps together"), ids=lambda row: f"{row['Agreed']}: {row['Work']}")
def test_discounts_and_caps_as_the_document_says(row: dict[str, str]):
    terms = tuple(term(text) for text in row["Agreed"].split("; "))
    pieces = []
    spared = {(LineKind.FIXED_FEE, number) for number, text in enumerate(row["Work"].split(", ")) if " minimum " in text}
    for number, text in enumerate(row["Work"].split(", ")):
        day, what, *code, amount = text.split(" ")
        kind = {"time": LineKind.TIME, "fee": LineKind.FIXED_FEE, "minimum": LineKind.FIXED_FEE, "cost": LineKind.EXPENSE}[what]
        pieces.append(Piece(1, kind, number, date.fromisoformat(f"2026-{day}"), "".join(code), (minor(amount),)))
    taken = taken_off_by([Agreement(1, NEW_YEAR, None, terms)], {1: date(2026, 12, 31)}, "USD", spared)
    found = reduce_drafts(pieces, taken.reductions, taken.cappings)
    assert [net(piece, found.get(piece, ()))[0] for piece in pieces] == [minor(text) for text in row["Charged"].split(", ")]


def test_the_agreement_of_the_day_decides_and_an_amount_is_taken_off_once_a_bill():
    first = Agreement(1, NEW_YEAR, date(2026, 1, 31), (AgreedDiscount(basis_points=1_000), AgreedDiscount(amount_minor=50_00)))
    second = Agreement(2, date(2026, 2, 1), None, (AgreedDiscount(amount_minor=100_00),))
    taken = taken_off_by([second, first], {7: date(2026, 2, 28)}, "USD")
    january, february = (Piece(7, LineKind.TIME, n, date(2026, n, 5), "", (500_00,)) for n in (1, 2))
    found = reduce_drafts([january, february], taken.reductions, taken.cappings)
    assert [off.reason for off in found[january]] == ["10 % off, as agreed", "$100.00 off the invoice, as agreed"]
    assert sum(sum(off.parts) for off in found[january] + found[february]) == -150_00


def test_several_reasons_are_told_each_with_its_part():
    offs = [("10 % off", -60_00), ("beyond the cap", -80_01)]
    assert reasons_of(offs, -140_01, "USD") == "10 % off (60.00); beyond the cap (80.01)"
    assert reasons_of(offs, -70_00, "USD") == "10 % off (30.00); beyond the cap (40.00)"
    assert reasons_of(offs[:1], -60_00, "USD") == "10 % off"
    assert reasons_of(offs, 0, "USD") == ""


def test_an_agreement_without_discount_or_hard_cap_takes_nothing_off():
    soft = Agreement(1, NEW_YEAR, None, (Hourly(), AgreedCap(limit_minor=1, is_hard=False)))
    assert not reduces([soft])
    assert not taken_off_by([soft], {1: NEW_YEAR}, "USD")
    assert reduces([Agreement(1, NEW_YEAR, None, (AgreedCap(limit_minor=1),))])
