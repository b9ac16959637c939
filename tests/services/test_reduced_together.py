"""Reviewers of one matter at the same time, and a draft among them: nothing goes beyond the cap, and nobody waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.agreements import AgreedCap, AgreedDiscount
from lexapp.domain.errors import Refused
from lexapp.models import PreBillLine
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill, hold_back_line, take_back_line
from tests.agreed_fees import agree
from tests.billing import draft, lines_of, version_of, work_time
from tests.databases import Database
from tests.factories import NOW, TODAY, make_matter, make_world


def test_a_cap_holds_while_many_review_and_draft(database: Database, session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agree(session, world, matter, AgreedDiscount(basis_points=1_000), AgreedCap(limit_minor=1_000_00))
    bills = []
    for _ in range(2):
        for _ in range(3):
            work_time(session, world, matter, 120)
        bills += draft(session, world, matter)
    for _ in range(2):
        work_time(session, world, matter, 120)
    line_ids = [line.id for bill in bills for line in lines_of(session, bill)]
    matter_id = matter.id
    session.rollback()

    def act(place: int) -> None:
        with Session(database.engine, autoflush=False) as own:
            try:
                if place == len(line_ids):
                    draft_pre_bill(own, actor=world.owner, matter_id=matter_id, through_on=TODAY, now=NOW)
                elif place > len(line_ids):
                    approve_pre_bills(own, actor=world.owner, pre_bill_ids=bills[:1], now=NOW)
                else:
                    _hold_and_take_back(own, line_ids[place])
            except Refused:
                own.rollback()

    def _hold_and_take_back(own: Session, line_id: int) -> None:
        for deed in (hold_back_line, take_back_line):
            scope_to_firm(own, world.firm_id)
            version = version_of(own, PreBillLine, line_id)
            own.rollback()
            deed(own, actor=world.owner, line_id=line_id, version=version, now=NOW)

    with ThreadPoolExecutor(4) as reviewers:
        for done in [reviewers.submit(act, place) for place in range(len(line_ids) + 2)]:
            done.result(timeout=60)
    session.rollback()
    charged = session.scalar(select(func.sum(PreBillLine.amount_minor)).where(PreBillLine.state == "included"))
    assert 0 < int(charged or 0) <= 1_000_00
