"""Fee agreements at a browser: from the engagement letter to the invoice and the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Expenses
from lexapp.domain.permissions import Role
from lexapp.models import ExpenseEntry, FeeAgreement, FeeTemplate, FeeTerm, Invoice, JournalEntry, Matter, Milestone, Posting, TimeEntry
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.invoices import issue_invoices
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from lexapp.services.time_entries import Work, record_time
from tests.agreed_fees import FLAT, STEPS, agree, milestones, reach, refused
from tests.factories import TODAY, World, local_today, make_matter
from tests.web.reading import text_of
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]
FLAT_TYPED = {
    "term_1_kind": "flat",
    "term_1_name": "Trademark filing",
    "term_1_amount_minor": "2,500",
    "term_1_due_by": "task",
    "term_1_due": "Application filed",
    "term_1_covers": "all",
}
STEPS_TYPED = {
    "term_1_kind": "milestones",
    "term_1_by": "percent",
    "term_1_total_minor": "10,000",
    "term_1_covers": "all",
    "term_1_part_1_name": "Complaint",
    "term_1_part_1_share": "40",
    "term_1_part_1_due_by": "hand",
    "term_1_part_3_name": "Trial",
    "term_1_part_3_share": "60 %",
    "term_1_part_3_due_by": "task",
    "term_1_part_3_due": "Verdict",
}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def typed(terms: dict[str, str], **more: str) -> dict[str, str]:
    return {"key": "key-agreement-1", "version": "1", "effective_from": "2026-01-02", **terms, **more}


def newest(session: Session, model: type) -> object:
    session.rollback()
    return session.scalars(select(model).order_by(model.id.desc())).first()  # type: ignore[attr-defined]


def test_from_the_agreement_to_the_invoice_and_the_journal(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    today = local_today()
    home = f"/matters/{matter.id}/fee-agreement"
    assert "No fee agreement yet" in text_of(owner.get(home))
    assert owner.get(f"{home}/new").status_code == 200
    assert owner.post(home, typed(FLAT_TYPED)).status_code == 303
    shown = text_of(owner.get(home))
    assert "A flat fee of $2,500.00 for Trademark filing, due when this is done: Application filed." in shown
    assert "It covers all time on the matter." in shown
    record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, today, 3_600, "Search"))
    assert "In the fee" in text_of(owner.get(f"/matters/{matter.id}/time"))
    flat = newest(session, Milestone)
    assert isinstance(flat, Milestone)
    reached = {"version": str(flat.version), "reached_on": today.isoformat(), "key": "key-reaching-1"}
    assert owner.post(f"/milestones/{flat.id}/reaching", reached).status_code == 303
    assert "reached on" in text_of(owner.get(home))
    [bill_id] = draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=today)
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill_id])
    issue_invoices(session, actor=world.owner, pre_bill_ids=[bill_id], issued_on=today)
    invoice = newest(session, Invoice)
    assert isinstance(invoice, Invoice)
    assert invoice.total_minor == 2_500_00
    entry = session.get_one(JournalEntry, invoice.journal_entry_id)
    amounts = sorted(session.scalars(select(Posting.amount_minor).where(Posting.journal_entry_id == entry.id)))
    assert amounts == [-2_500_00, 2_500_00]
    assert "Billed" in text_of(owner.get(home))
    assert session.scalars(select(TimeEntry.amount_minor)).one() > 0


def test_milestones_in_percent_are_written_with_an_empty_line_between(session: Session, matter: Matter, owner: Visitor) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    assert owner.post(home, typed(STEPS_TYPED)).status_code == 303
    session.rollback()
    rows = session.scalars(select(Milestone).order_by(Milestone.position)).all()
    assert [(row.name, row.amount_minor, row.due_task) for row in rows] == [("Complaint", 4_000_00, ""), ("Trial", 6_000_00, "Verdict")]
    again = text_of(owner.get(f"{home}/new"))
    assert "Milestones" in again


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"term_1_part_3_share": "50"}, "The milestones add up to 90 %: 10 % is missing. They must make 100 %."),
        ({"term_1_part_3_share": "sixty"}, "Write the share in percent with at most two decimals, for example 60 or 33.33."),
        ({"term_1_total_minor": ""}, "Write the whole fee that the percentages divide."),
        ({"term_1_part_3_name": "complaint"}, "This milestone stands here twice. Name them apart, or take one out."),
        ({"term_1_part_3_due": ""}, "Write what has to be done first, such as: complaint filed."),
        (
            {"term_1_part_3_due_by": "hand", "term_1_part_3_due": "Dec 1"},
            "Choose what makes this count: on this day, or when this task is done. Or empty it.",
        ),
        ({"term_1_covers": "phases"}, "Choose the phases that the fee covers, or let it cover all work."),
        ({"term_2_kind": "hourly"}, "“Milestones” covers all time, so nothing is left to bill by the hour."),
        ({"effective_from": ""}, "Write the first day."),
        ({"effective_from": "2100-01-01"}, "Jan 1, 2100 is more than 5 years ahead. Check the year."),
        ({"signed_on": "2100-01-01"}, "The latest date possible here is"),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field_and_stays_typed(
    session: Session, matter: Matter, owner: Visitor, changed: dict[str, str], sentence: str
) -> None:
    answer = owner.post(f"/matters/{matter.id}/fee-agreement", typed(STEPS_TYPED | changed))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'value="Complaint"' in answer.get_data(as_text=True)
    assert newest(session, FeeAgreement) is None


def test_buttons_of_the_form_add_lengthen_and_take_out_terms_and_keep_what_was_typed(
    session: Session, matter: Matter, owner: Visitor
) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    added = owner.post(home, typed(FLAT_TYPED, act="add-milestones")).get_data(as_text=True)
    assert 'value="Trademark filing"' in added
    assert 'name="term_2_part_3_name"' in added
    longer = owner.post(home, typed(FLAT_TYPED, term_2_kind="milestones", act="lines-2")).get_data(as_text=True)
    assert 'name="term_2_part_6_name"' in longer
    moved = {name.replace("term_1", "term_2"): text for name, text in STEPS_TYPED.items()}
    out = owner.post(home, typed(FLAT_TYPED | moved, act="remove-1")).get_data(as_text=True)
    assert 'value="Complaint"' in out
    assert 'value="Trademark filing"' not in out
    assert newest(session, FeeAgreement) is None


def test_an_agreement_is_not_signed_on_a_day_to_come(session: Session, world: World, matter: Matter) -> None:
    told = refused(lambda: agree(session, world, matter, FLAT, signed_on=TODAY + timedelta(days=1)))
    assert (told.field, told.message) == ("signed_on", "This day lies in the future. Leave it empty until the letter is signed.")
    assert agree(session, world, matter, FLAT, signed_on=TODAY).signed_on == TODAY


@pytest.mark.parametrize("act", ["add-discount", ""])
def test_a_thirteenth_term_is_refused_beside_the_buttons_that_add_one(session: Session, matter: Matter, owner: Visitor, act: str) -> None:
    twelve = {f"term_{number}_kind": "success_fee" for number in range(1, 13)}
    full = twelve | {"term_12_name": "The twelfth", "note": "As telephoned"} | ({} if act else {"term_13_kind": "discount"})
    answer = owner.post(f"/matters/{matter.id}/fee-agreement", typed(full, act=act))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert page.index("An agreement has at most 12 terms. Put some together, or take one out.") > page.index('value="add-discount"')
    assert "As telephoned" in page
    assert 'name="term_13_kind"' not in page
    assert newest(session, FeeAgreement) is None


def test_the_letter_is_kept_and_shown_and_a_drawing_is_none(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    row = agree(session, world, matter, FLAT)
    picture = BytesIO()
    Image.new("RGB", (40, 60), "#faf8f2").save(picture, "JPEG")
    path = f"/fee-agreements/{row.id}/letter"
    wrong = owner.post(path, {"key": "key-letter-1", "version": str(row.version), "letter": (BytesIO(b"<svg/>"), "a.pdf")})
    assert "neither a JPEG, a PNG nor a PDF" in text_of(wrong)
    sent = {"key": "key-letter-2", "version": str(row.version), "letter": (BytesIO(picture.getvalue()), "signed.jpg")}
    assert owner.post(path, sent).status_code == 303
    assert owner.get(path).mimetype == "image/jpeg"
    assert "signed letter" in text_of(owner.get(f"/matters/{matter.id}/fee-agreement/summary"))


def test_a_fee_is_cancelled_with_its_earned_part(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    row = agree(session, world, matter, STEPS)
    term = newest(session, FeeTerm)
    assert isinstance(term, FeeTerm)
    path = f"/fee-terms/{term.id}/cancellation"
    assert "What would be earned" in text_of(owner.get(path))
    sent = {"key": "key-cancel-1", "version": str(row.version), "ended_on": "today", "basis": "share", "share": "30", "reason": ""}
    assert "Write why the fee ends" in text_of(owner.post(path, sent))
    assert owner.post(path, sent | {"reason": "Client withdrew"}).status_code == 303
    shown = text_of(owner.get(f"/matters/{matter.id}/fee-agreement"))
    assert "Earned part of the fee" in shown
    assert "3,000.00" in shown


def test_unbilled_time_is_put_under_the_agreement_only_on_its_page(session: Session, world: World, matter: Matter, owner: Visitor) -> None:
    record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, local_today(), 3_600, "Search"))
    agree(session, world, matter, FLAT)
    home = f"/matters/{matter.id}/fee-agreement"
    assert "1 unbilled entry is not read by this agreement yet" in text_of(owner.get(home))
    entry = newest(session, TimeEntry)
    assert isinstance(entry, TimeEntry)
    assert "Put the agreement on 1 entry" in text_of(owner.get(f"{home}/time"))
    sent = {"key": "key-cover-11", "entries": "1", "difference": str(-entry.amount_minor)}
    assert owner.post(f"{home}/time", sent | {"entries": "2"}).status_code == 409
    assert owner.post(f"{home}/time", sent).status_code == 303
    assert "not read by this agreement" not in text_of(owner.get(home))


def test_templates_are_kept_by_practice_area_and_begin_agreements(session: Session, matter: Matter, owner: Visitor) -> None:
    assert "No fee template yet" in text_of(owner.get("/settings/fee-templates"))
    sent = {name: text for name, text in typed(FLAT_TYPED, name="Trademark, flat").items() if name != "effective_from"}
    assert owner.post("/settings/fee-templates", sent).status_code == 303
    row = newest(session, FeeTemplate)
    assert isinstance(row, FeeTemplate)
    begun = owner.get(f"/matters/{matter.id}/fee-agreement/new?template={row.id}").get_data(as_text=True)
    assert 'value="Trademark filing"' in begun
    changed = sent | {"name": "Trademark filing, flat", "version": str(row.version), "key": "key-template-2"}
    assert owner.post(f"/settings/fee-templates/{row.id}", changed).status_code == 303
    assert "Trademark filing, flat" in text_of(owner.get("/settings/fee-templates"))


def test_who_may_not_see_pre_bills_sees_no_agreement_and_who_may_not_agree_is_offered_nothing(
    session: Session, outsider: Visitor, world: World, matter: Matter, member: Members
) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    agree(session, world, matter, FLAT)
    assert member(Role.TIMEKEEPER).get(home).status_code == 403
    assert "Fee agreement" not in text_of(member(Role.TIMEKEEPER).get(home.removesuffix("/fee-agreement")))
    auditor = text_of(member(Role.AUDITOR).get(home))
    assert "Trademark filing" in auditor
    assert "Agree anew" not in auditor
    assert outsider.get(home).status_code == 404


def test_rates_by_the_hour_are_written_in_the_agreement_and_stand_among_those_of_the_matter(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    home = f"/matters/{matter.id}/fee-agreement"
    blank = owner.post(home, typed({}, act="add-hourly")).get_data(as_text=True)
    assert '<option value="PARTNR" selected>' in blank
    lines = {"term_1_kind": "hourly", "term_1_rate_1_class": "PARTNR", "term_1_rate_1_minor": "", "term_1_rate_2_class": "ASSOC"}
    wrong = owner.post(home, typed(lines, term_1_rate_2_minor="300", term_1_rate_3_class="ASSOC", term_1_rate_3_minor="310"))
    assert (wrong.status_code, "This rate is written above already" in text_of(wrong)) == (422, True)
    assert owner.post(home, typed(lines, term_1_rate_2_minor="300")).status_code == 303
    assert "Time is billed by the hour: associates at $300.00." in text_of(owner.get(home))
    listed = text_of(owner.get(f"/rates?matter={matter.id}"))
    assert "Port Authority claims, by its fee agreement" in listed
    anew = owner.get(f"{home}/new").get_data(as_text=True)
    assert 'value="300.00"' in anew


def test_what_was_billed_beyond_the_earned_part_is_named_to_be_returned(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    row = agree(session, world, matter, FLAT)
    flat = newest(session, Milestone)
    assert isinstance(flat, Milestone)
    reach(session, world, flat)
    [bill_id] = draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=local_today())
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=[bill_id])
    issue_invoices(session, actor=world.owner, pre_bill_ids=[bill_id], issued_on=local_today())
    term = newest(session, FeeTerm)
    assert isinstance(term, FeeTerm)
    sent = {"key": "key-cancel-2", "version": str(row.version), "ended_on": "today", "basis": "share", "share": "20", "reason": "Withdrew"}
    assert owner.post(f"/fee-terms/{term.id}/cancellation", sent).status_code == 303
    assert "To return to the client: $2,000.00" in text_of(owner.get(f"/matters/{matter.id}"))


def test_unbilled_expenses_are_looked_at_before_a_new_mark_up_stands_on_them(
    session: Session, world: World, matter: Matter, owner: Visitor
) -> None:
    expense = Expense(matter.id, TODAY, 200_00, code="E112", description="Filing fee", vendor="Clerk of the court")
    entry_id = record_expense(session, actor=world.owner, expense=expense).id
    home = f"/matters/{matter.id}/fee-agreement"
    assert "Nothing would change" in text_of(owner.get(f"{home}/expenses"))
    agree(session, world, matter, Expenses(basis_points=1_000))
    assert f"{home}/expenses" in owner.get(home).get_data(as_text=True)
    shown = text_of(owner.get(f"{home}/expenses"))
    assert "Filing fee" in shown
    assert "0 → 10 %" in shown
    assert "220.00" in shown
    sent = {"key": "key-mark-up-1", "expenses": "1", "difference": "2000"}
    assert owner.post(f"{home}/expenses", sent | {"difference": "1"}).status_code == 409
    assert owner.post(f"{home}/expenses", sent | {"key": "key-mark-up-2"}).status_code == 303
    session.expire_all()
    assert session.get_one(ExpenseEntry, entry_id).amount_minor == 220_00


def test_the_page_of_an_agreed_fee_shows_it_and_leads_to_its_agreement(session: Session, world: World, matter: Matter, owner: Visitor):
    (flat,) = milestones(session, agree(session, world, matter, FLAT))
    entry_id, on = (entry := reach(session, world, flat)).id, entry.charged_on
    session.rollback()
    page = owner.get(f"/fixed-fees/{entry_id}").get_data(as_text=True)
    assert f'href="/matters/{matter.id}/fee-agreement"' in page
    assert 'name="amount_minor"' not in page
    listed = owner.get("/fixed-fees").get_data(as_text=True)
    assert (f"/fixed-fees/{entry_id}" in listed, f"/fixed-fees/{entry_id}/discard" in listed) == (True, False)
    sent = {"key": "key-agreed-fee", "version": "1", "charged_on": on.isoformat(), "matter_id": str(matter.id), "amount_minor": "9,500"}
    answer = owner.post(f"/fixed-fees/{entry_id}", sent | {"billing_status": "billable", "description": "Filing"})
    assert (answer.status_code, "Undo it on the agreement’s page" in text_of(answer)) == (422, True)
