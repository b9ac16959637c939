"""Every report against the same figures worked out the slow way, over books that came about by chance; and against the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.credits import CreditKind
from lexapp.domain.derivations import Does, follow
from lexapp.domain.periods import Period, month_of, week_of
from lexapp.models import ExpenseEntry, FixedFeeEntry, Invoice, Matter, PreBillLine, TimeEntry
from lexapp.queries.derivations import derive_entry, derive_invoice, derive_lines, expense_steps, fixed_fee_steps, time_steps
from lexapp.queries.reports import aging, collections, credits, hours, income, productivity, trust_listing, wip
from lexapp.queries.reports.entries import billed_by_entry, worked_rows, worked_sums
from lexapp.queries.reports.postings import ACCOUNTS, earned_rows, earned_sums
from lexapp.queries.reports.scope import Scope
from lexapp.queries.reports.wip_entries import AGES, WipFilter, unbilled_entries, unbilled_sums
from lexapp.queries.verification import verify
from tests.charged_lines import assert_charged
from tests.databases import Database, PostgresDatabase, SqliteDatabase
from tests.factories import TODAY
from tests.messy_books import FIRST, Books, make_books
from tests.slow_reports import SlowBooks

SEEDS = (1, 2, 3)
DAYS = (date(2026, 9, 30), date(2026, 11, 5), TODAY)
PERIODS = (Period(FIRST, TODAY), Period(date(2026, 10, 7), date(2026, 11, 12)), Period(date(2026, 11, 1), date(2026, 11, 30)))


@pytest.fixture(scope="module")
def shelves(request: pytest.FixtureRequest) -> Iterator[dict[tuple[str, int], Books]]:
    """The books of every seed, several firms in one database of each engine, made when they are first asked for. Reports only read."""
    made: dict[tuple[str, int], Books] = {}
    yield made
    for database in {id(books.database): books.database for books in made.values()}.values():
        database.close()


@pytest.fixture(params=SEEDS)
def books(request: pytest.FixtureRequest, engine: str, shelves: dict[tuple[str, int], Books]) -> Iterator[Books]:
    if (engine, request.param) not in shelves:
        neighbours = [books.database for (on, _), books in shelves.items() if on == engine]
        database = neighbours[0] if neighbours else _database(request, engine)
        shelves[engine, request.param] = make_books(database, request.param)
    yield shelves[engine, request.param]
    shelves[engine, request.param].session.rollback()


def _database(request: pytest.FixtureRequest, engine: str) -> Database:
    if engine == "sqlite":
        return SqliteDatabase.in_memory_disk()
    return PostgresDatabase(request.getfixturevalue("postgres"), "reports")


@pytest.fixture
def session(books: Books) -> Session:
    return books.session


def scopes(books: Books) -> list[tuple[Scope, Callable[[Matter], bool]]]:
    """The whole firm, and the firm narrowed in each way that a report knows."""
    whole, matter = Scope(books.world.owner), books.matters[0]
    area, client, person = matter.practice_area_id, matter.client_id, matter.responsible_timekeeper_id
    return [
        (whole, lambda one: True),
        (replace(whole, client_id=client), lambda one: one.client_id == client),
        (replace(whole, matter_id=books.matters[1].id), lambda one: one.id == books.matters[1].id),
        (replace(whole, practice_area_id=area), lambda one: one.practice_area_id == area),
        (replace(whole, practice_area_id=0), lambda one: one.practice_area_id is None),
        (replace(whole, responsible_id=person), lambda one: one.responsible_timekeeper_id == person),
    ]


KEYS: dict[str, Callable[[Matter], Any]] = {
    "client": lambda matter: matter.client_id,
    "matter": lambda matter: matter.id,
    "practice": lambda matter: matter.practice_area_id,
    "responsible": lambda matter: matter.responsible_timekeeper_id,
    "originating": lambda matter: matter.originating_timekeeper_id,
}


def test_chance_made_books_that_have_what_reports_may_get_wrong(session: Session, books: Books):
    slow = SlowBooks(session, books.firm_id)
    assert verify(session, books.firm_id) == []
    open_ = slow.open_parts(TODAY)
    assert any(0 < left < part.total_minor for _, part, left in open_)
    assert any(one.amount_minor < 0 for one in slow.money)
    assert any(part.costs_minor for part in slow.parts)
    assert any(slow.paid(part, TODAY)[2] for part in slow.parts)
    assert any(one.voided_on for one in slow.invoices.values())
    assert any(one.voided_on is None and slow.applied(one.invoice_id, one.matter_id, TODAY) for one in slow.notes)


def test_hours_are_those_of_the_entries_by_every_group(session: Session, books: Books):
    for scope, wanted in scopes(books):
        slow = SlowBooks(session, books.firm_id, wanted)
        for period in PERIODS:
            for by in hours.GROUPS:
                found = hours.hours_by(session, scope=scope, period=period, by=by)
                expected = _hours(slow, period, by)
                assert {row.key: (row.billable, row.no_charge, row.non_billable) for row in found if row.total} == expected
                sums = worked_sums(session, scope=scope, period=period)
                assert hours.sum_hours(found).total == sums.quantity == sum(sum(each) for each in expected.values())


def _hours(slow: SlowBooks, period: Period, by: str) -> dict[Any, tuple[int, int, int]]:
    found = slow.hours(period.first, period.last, lambda entry: _key(slow, entry, by))
    return {key: (h["billable"], h["no_charge"], h["non_billable"]) for key, h in found.items() if sum(h.values())}


def _key(slow: SlowBooks, entry: Any, by: str) -> Any:
    dates = {"month": month_of, "week": week_of}
    if by in dates:
        return dates[by](entry.worked_on)
    return entry.timekeeper_id if by == "timekeeper" else KEYS[by](slow.matters[entry.matter_id])


def test_the_rows_behind_hours_add_up_to_each_figure(session: Session, books: Books):
    scope = Scope(books.world.owner)
    for row in hours.hours_by(session, scope=scope, period=PERIODS[1], by="timekeeper"):
        for status in ("billable", "no_charge", "non_billable"):
            mine = {"scope": replace(scope, timekeeper_id=row.key), "period": PERIODS[1], "billing": status}
            rows = worked_rows(session, **mine)
            assert sum(one.quantity for one in rows) == getattr(row, status) == worked_sums(session, **mine).quantity
            assert len(rows) == worked_sums(session, **mine).count


@pytest.mark.parametrize("on", DAYS)
def test_aging_is_what_invoices_owe_and_the_receivable_account_says_so(session: Session, books: Books, on: date):
    for scope, wanted in scopes(books):
        slow = SlowBooks(session, books.firm_id, wanted).open_parts(on)
        for basis in aging.AGES:
            for by in aging.GROUPS:
                found = aging.aging(session, scope=scope, on=on, by=by, aged=aging.Aged(basis))
                total = aging.sum_aging(found, basis)
                assert total.open_minor == sum(left for *_, left in slow) == aging.receivable_balance(session, scope=scope, on=on)
            by_age = [0] * len(aging.AGES[basis])
            for invoice, _, left in slow:
                days = (on - (invoice.due_on if basis == "due" else invoice.issued_on)).days
                ends = [age.most_days for age in aging.AGES[basis] if age.most_days is not None]
                by_age[sum(days > end for end in ends)] += left
            assert list(total.by_age) == by_age


def test_aging_of_one_age_and_one_payer_is_that_part_of_the_whole(session: Session, books: Books):
    scope = Scope(books.world.owner)
    for row in aging.aging(session, scope=scope, on=TODAY, by="payer", aged=aging.Aged("issue")):
        for age, minor in zip(aging.AGES["issue"], row.by_age, strict=True):
            narrowed = aging.Aged("issue", payer_id=row.key, age=age.code)
            assert sum(one.open_minor for one in aging.aging(session, scope=scope, on=TODAY, by="invoice", aged=narrowed)) == minor
        assert aging.receivable_balance(session, scope=scope, on=TODAY, payer_id=row.key) == row.open_minor


@pytest.mark.parametrize("period", PERIODS)
def test_collected_is_the_sum_of_what_was_applied_and_the_journal_says_so(session: Session, books: Books, period: Period):
    for scope, wanted in scopes(books):
        slow = SlowBooks(session, books.firm_id, wanted)
        for by, key in KEYS.items():
            found = collections.collected_by(session, scope=scope, period=period, by=by)
            shown = {row.key: [row.fees_minor, row.costs_minor, row.tax_minor] for row in found}
            assert {name: sums for name, sums in shown.items() if any(sums)} == slow.collected(period.first, period.last, key)
        applied = sum(one.amount_minor for one in slow.money if one.effective_on in period)
        total = collections.sum_collected(collections.collected_by(session, scope=scope, period=period, by="month"))
        assert total.total_minor == applied == collections.collected_in_journal(session, scope=scope, period=period)
        rows = collections.applications(session, scope=scope, period=period)
        assert sum(one.amount_minor for one in rows) == sum(one.paid.total_minor for one in rows) == applied


@pytest.mark.parametrize("period", PERIODS)
def test_credits_are_the_fees_that_were_collected(session: Session, books: Books, period: Period):
    for scope, wanted in scopes(books):
        slow = SlowBooks(session, books.firm_id, wanted).collected(period.first, period.last, lambda matter: None)
        fees = slow.get(None, [0])[0]
        total = credits.sum_credits(credits.credits_by(session, scope=scope, period=period))
        assert total.originating_minor == total.responsible_minor == fees == credits.collected_fees(session, scope=scope, period=period)
        rows = credits.credited(session, scope=scope, period=period)
        for row in credits.credits_by(session, scope=scope, period=period):
            for kind, minor in (("originating", row.originating_minor), ("responsible", row.responsible_minor)):
                mine = credits.chosen_credits(rows, kind=CreditKind(kind), timekeeper_id=row.key or 0)
                assert sum(one.minor for one in mine) == minor


def test_every_line_and_every_invoice_is_computed_again_from_its_steps(session: Session, books: Books):
    whole = derive_lines(session, firm_id=books.firm_id, condition=PreBillLine.id.is_not(None))
    assert {one.line.kind for one in whole} == {"time", "expense", "fixed_fee"}
    assert {Does.SHARES_TIME, Does.SHARES_MONEY, Does.ADDS, Does.FREES} <= {step.does for one in whole for step in one.steps}
    assert [one.line.id for one in whole if follow(one.steps) != one.line.amount_minor] == []
    for invoice in session.scalars(select(Invoice).where(Invoice.firm_id == books.firm_id)):
        derived = derive_invoice(session, invoice=invoice)
        assert follow(derived.steps) == invoice.total_minor == sum(one.line.amount_minor for one in derived.lines) + invoice.tax_minor
        open_minor = aging.open_items(session, scope=Scope(books.world.owner), on=TODAY)
        left = sum(item.open_minor for item in open_minor if item.invoice_id == invoice.id)
        assert not derived.payments or follow(derived.payments) == (invoice.total_minor if invoice.voided_on else left)


@pytest.mark.parametrize(("model", "steps_of"), [(TimeEntry, time_steps), (ExpenseEntry, expense_steps), (FixedFeeEntry, fixed_fee_steps)])
def test_every_entry_is_computed_again_from_its_steps(session: Session, books: Books, model: Any, steps_of: Any):
    entries = session.scalars(select(model).where(model.firm_id == books.firm_id)).all()
    assert len(entries) > 2
    assert [one.id for one in entries if follow(derive_entry(steps_of, one)) != one.amount_minor] == []


@pytest.mark.parametrize("period", PERIODS)
def test_income_is_that_of_invoices_and_that_of_payments(session: Session, books: Books, period: Period):
    for scope, wanted in scopes(books):
        slow = SlowBooks(session, books.firm_id, wanted)
        accrual = income.sum_income(income.accrual_income(session, scope=scope, period=period))
        assert _parts(accrual) == slow.accrual(period.first, period.last)
        assert accrual.income_minor == income.income_accounts(session, scope=scope, period=period)
        cash = income.sum_income(income.cash_income(session, scope=scope, period=period))
        assert _parts(cash) == slow.cash(period.first, period.last)
        assert cash.total_minor == sum(one.amount_minor for one in slow.money if one.effective_on in period)
        for part, whole in (("fees", accrual.fees_minor), ("income", accrual.income_minor), ("recovered", accrual.recovered_minor)):
            rows = earned_rows(session, scope=scope, period=period, part=part)
            assert sum(row.amount_minor for row in rows) == whole
            assert earned_sums(session, scope=scope, period=period, part=part) == (len(rows), whole)
    assert set(ACCOUNTS) == {"fees", "costs", "income", "recovered", "tax", "all"}


def _parts(row: income.IncomeRow) -> dict[str, int]:
    return {"fees": row.fees_minor, "costs": row.costs_minor, "recovered": row.recovered_minor, "tax": row.tax_minor}


def test_months_of_cash_and_accrual_add_up_to_the_whole(session: Session, books: Books):
    scope, whole = Scope(books.world.owner), PERIODS[0]
    for basis in (income.accrual_income, income.cash_income):
        months = [Period(max(first, whole.first), min((first + timedelta(days=31)).replace(day=1) - timedelta(days=1), whole.last))
                  for first in whole.months()]  # fmt: skip
        apart = [income.sum_income(basis(session, scope=scope, period=month)) for month in months]
        assert sum(row.total_minor for row in apart) == income.sum_income(basis(session, scope=scope, period=whole)).total_minor


@pytest.mark.parametrize("on", DAYS)
def test_work_in_progress_and_what_was_billed_are_what_was_recorded(session: Session, books: Books, on: date):
    for scope, wanted in scopes(books):
        slow = [row for row in SlowBooks(session, books.firm_id, wanted).unbilled(on) if not row[1].matter.is_internal]
        for by in wip.GROUPS:
            total = wip.sum_wip(wip.wip_by(session, scope=scope, on=on, by=by))
            assert total.total_minor == sum(worth for *_, worth in slow)
            assert total.quantity == sum(hours for _, _, hours, _ in slow)
            assert total.fees_minor == sum(worth for kind, *_, worth in slow if kind == "time")
        sums = wip.recorded_and_billed(session, scope=scope, on=on)
        assert sums.recorded_minor == sum(entry.amount_minor for _, entry, _, _ in slow) == total.total_minor + sums.billed_minor


def test_the_entries_behind_work_in_progress_add_up_to_each_figure(session: Session, books: Books):
    scope = Scope(books.world.owner)
    for row in wip.wip_by(session, scope=scope, on=TODAY, by="timekeeper"):
        mine = {"scope": replace(scope, timekeeper_id=row.key or 0), "on": TODAY}
        for place, age in enumerate(wip.AGES):
            assert unbilled_sums(session, **mine, wanted=WipFilter(age=age.code))[2] == row.by_age[place]
        assert unbilled_sums(session, **mine, wanted=WipFilter(age="old"))[2] == sum(row.by_age[2:])
        for kind, minor in (("time", row.fees_minor), ("fixed_fee", row.fixed_minor), ("expense", row.expenses_minor)):
            rows = unbilled_entries(session, **mine, wanted=WipFilter(kind=kind))
            assert sum(one.worth_minor for one in rows) == minor
    assert set(AGES) == {"30", "60", "90", "over", "old"}


@pytest.mark.parametrize("on", DAYS)
def test_the_trust_listing_is_what_the_bank_account_and_the_liabilities_say(session: Session, books: Books, on: date):
    slow = SlowBooks(session, books.firm_id)
    scope = Scope(books.world.owner)
    rows = trust_listing.trust_listing(session, scope=scope, on=on, with_empty=True)
    expected: dict[int, int] = {}
    for move in slow.moves:
        if move.effective_on <= on and move.trust_ledger_id is not None:
            expected[move.trust_ledger_id] = expected.get(move.trust_ledger_id, 0) + move.amount_minor
    assert {row.ledger_id: row.balance_minor for row in rows if row.balance_minor} == {id_: held for id_, held in expected.items() if held}
    (book,) = trust_listing.account_books(session, scope=scope, on=on)
    assert trust_listing.held(rows) == book.owed_minor == book.book_minor + book.shortage_minor
    assert trust_listing.held_in_all(session, scope=scope, on=on) == trust_listing.held(rows)


@pytest.mark.parametrize("period", PERIODS)
def test_productivity_follows_each_hour_to_its_money(session: Session, books: Books, period: Period):
    for scope, wanted in scopes(books):
        slow = SlowBooks(session, books.firm_id, wanted).outcome(period.first, period.last)
        found = productivity.productivity(session, scope=scope, period=period)
        assert {row.key: [row.billable, row.value_minor, row.billed_minor, row.collected_minor] for row in found} == slow
        entries = billed_by_entry(session, scope=scope, period=period)
        total = productivity.sum_productivity(found)
        assert sum(billed for billed, _ in entries.values()) == total.billed_minor
        assert sum(collected for _, collected in entries.values()) == total.collected_minor
        assert_charged(session, scope, period, entries)
        assert productivity.utilization(session, scope=scope, period=period) == (total.billable, total.available)


def test_a_target_takes_the_place_of_eight_hours_a_day(session: Session, books: Books):
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    rows = {row.name: row.available for row in productivity.productivity(session, scope=Scope(books.world.owner), period=november)}
    assert rows["Ines Achterberg"] == round(170_000 * 21 / 261)
    assert set(rows.values()) <= {21 * 800, round(170_000 * 21 / 261)}
