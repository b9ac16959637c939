"""A fixed fee whose units a reviewer changed: what the invoice shows is rounded as the line was."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import Invoice, PreBillLine
from lexapp.services.fixed_fees import FixedFee, record_fixed_fee
from lexapp.services.invoices import issue_invoices
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from lexapp.services.pre_bills.lines import LineChange, edit_line
from tests.factories import NOW, TODAY, make_matter, make_world


def test_half_a_unit_more_is_rounded_half_up_on_the_line_and_on_the_invoice(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    record_fixed_fee(session, actor=world.owner, fee=FixedFee(matter.id, TODAY, 333_33, "Monthly retainer fee"), now=NOW)
    [bill_id] = draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=NOW)
    line_id = session.scalars(select(PreBillLine.id)).one()
    more = LineChange("Monthly retainer fee", 150, 333_33, write_down_reason="Six weeks")
    assert edit_line(session, actor=world.owner, line_id=line_id, version=1, change=more, now=NOW).amount_minor == 500_00
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill_id], now=NOW)
    issue_invoices(session, actor=world.owner, pre_bill_ids=[bill_id], issued_on=TODAY, now=NOW)
    assert session.scalars(select(Invoice.total_minor)).one() == 500_00
