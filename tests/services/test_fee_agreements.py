"""Fee agreements: agreed from a day on, reached step by step, ended early, taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.agreements import Coverage, Due, Flat, Hourly, Milestones, Part
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Role
from lexapp.models import AuditEvent, FeeTerm, Milestone, PreBillLine
from lexapp.services.fee_agreements import (
    LetterFile,
    NewAgreement,
    agree_fees,
    attach_letter,
    reach_milestone,
    remove_agreement,
    undo_milestone,
)
from lexapp.services.fee_templates import TemplateFacts, add_template, change_template, remove_template
from lexapp.services.pre_bills import draft_pre_bill
from lexapp.workflows.fee_agreements import reach_due_milestones
from tests.agreed_fees import FLAT, STEPS, agree, fees, milestones, reach, refused
from tests.factories import NOW, OPENED, TODAY, make_matter, make_member, make_world


def test_an_agreement_is_kept_with_its_terms_and_milestones_and_ends_the_one_before(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    first = agree(session, world, matter, Hourly(), note="By phone")
    second = agree(session, world, matter, STEPS, since=TODAY, signed_on=TODAY)
    assert (first.effective_to, second.effective_to, second.signed_on) == (TODAY - timedelta(days=1), None, TODAY)
    assert [one.amount_minor for one in milestones(session, second)] == [250_000, 250_000, 500_001]
    assert [term.kind for term in session.scalars(select(FeeTerm).order_by(FeeTerm.id))] == ["hourly", "milestones"]
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "fee_agreement.agreed").order_by(AuditEvent.id)).all()
    assert [(event.subject_kind, event.subject_id) for event in told] == [("matter", matter.id)] * 2


def test_an_agreement_between_two_ends_where_the_next_begins(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agree(session, world, matter, Hourly())
    agree(session, world, matter, FLAT, since=TODAY)
    between = agree(session, world, matter, Hourly(), since=TODAY - timedelta(days=10))
    assert between.effective_to == TODAY - timedelta(days=1)
    taken = refused(lambda: agree(session, world, matter, Hourly(), since=TODAY))
    assert (taken.field, "begins on this day already" in taken.message) == ("effective_from", True)


def test_the_same_form_sent_twice_agrees_once(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    new = NewAgreement(matter_id=matter.id, effective_from=OPENED, terms=(FLAT,))
    ids = {agree_fees(session, actor=world.owner, agreement=new, key="one-press-00", now=NOW).id for _ in range(2)}
    assert len(ids) == 1
    assert len(session.scalars(select(Milestone)).all()) == 1


def test_reaching_a_milestone_records_its_fee_once_and_undoing_takes_it_out(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, STEPS)
    complaint = milestones(session, agreement)[0]
    shown = complaint.version
    entry = reach(session, world, complaint)
    assert (entry.amount_minor, entry.charged_on, entry.description) == (250_000, TODAY, "Complaint")
    assert isinstance(refused(lambda: reach(session, world, complaint)), Conflict)
    stale = {"milestone_id": complaint.id, "version": shown, "reached_on": TODAY}
    assert isinstance(refused(lambda: reach_milestone(session, actor=world.owner, **stale, now=NOW)), Conflict)
    undo_milestone(session, actor=world.owner, milestone_id=complaint.id, version=complaint.version, now=NOW)
    assert fees(session, matter) == []
    reach(session, world, milestones(session, agreement)[0])
    assert fees(session, matter) == [250_000]


def test_a_milestone_on_a_pre_bill_stays_reached(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, FLAT)
    [flat] = milestones(session, agreement)
    reach(session, world, flat)
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=NOW)
    assert session.scalars(select(PreBillLine.amount_minor)).all() == [250_000]
    undo = {"milestone_id": flat.id, "version": flat.version}
    assert isinstance(refused(lambda: undo_milestone(session, actor=world.owner, **undo, now=NOW)), NotAllowed)
    gone = refused(lambda: remove_agreement(session, actor=world.owner, agreement_id=agreement.id, version=agreement.version, now=NOW))
    assert gone.message == "“Trademark filing” was billed under this agreement, so it stays. Agree anew from a later day instead."


def test_a_milestone_is_reached_on_a_day_of_its_agreement(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    old = agree(session, world, matter, FLAT, since=TODAY - timedelta(days=20))
    agree(session, world, matter, Hourly(), since=TODAY - timedelta(days=5))
    [flat] = milestones(session, old)
    for day in (TODAY, TODAY - timedelta(days=21)):
        assert refused(lambda day=day: reach(session, world, flat, day)).field == "reached_on"  # type: ignore[misc]
    assert reach(session, world, flat, TODAY - timedelta(days=6)).charged_on == TODAY - timedelta(days=6)


def test_a_milestone_that_was_reached_is_not_billed_again_under_a_new_agreement(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    old = agree(session, world, matter, STEPS)
    reach(session, world, milestones(session, old)[0], TODAY - timedelta(days=1))
    dearer = Milestones(parts=(Part("complaint ", 300_000), Part("Appeal", 400_000)))
    error = refused(lambda: agree(session, world, matter, dearer, since=TODAY))
    assert error.field == "term_1_part_1_share"
    assert error.message == "“Complaint” was reached, and $2,500.00 recorded. Keep its amount, or name this one otherwise."
    again = Milestones(parts=(Part("complaint ", 250_000), Part("Appeal", 400_000)))
    new = agree(session, world, matter, again, since=TODAY)
    carried, appeal = milestones(session, new)
    assert isinstance(refused(lambda: reach(session, world, carried)), Conflict)
    reach(session, world, appeal)
    assert fees(session, matter) == [250_000, 400_000]
    undo_milestone(session, actor=world.owner, milestone_id=appeal.id, version=milestones(session, new)[1].version, now=NOW)
    session.refresh(new)
    remove_agreement(session, actor=world.owner, agreement_id=new.id, version=new.version, now=NOW)
    session.refresh(old)
    assert old.effective_to is None
    assert fees(session, matter) == [250_000]


def test_removing_a_mistake_lets_the_one_before_go_on(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    first = agree(session, world, matter, Hourly())
    second = agree(session, world, matter, FLAT, since=TODAY)
    reach(session, world, milestones(session, second)[0])
    remove = {"agreement_id": second.id, "version": second.version}
    told = refused(lambda: remove_agreement(session, actor=world.owner, **remove, now=NOW))
    assert told.message == "“Trademark filing” was reached under this agreement. Undo that first, then remove it."
    [flat] = milestones(session, second)
    undo_milestone(session, actor=world.owner, milestone_id=flat.id, version=flat.version, now=NOW)
    remove_agreement(session, actor=world.owner, **remove, now=NOW)
    session.refresh(first)
    assert first.effective_to is None
    assert isinstance(refused(lambda: reach(session, world, milestones(session, second)[0])), NotAllowed)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"terms": ()}, "add"),
        ({"terms": (STEPS,), "effective_from": TODAY + timedelta(days=1)}, "term_1_part_2_due_on"),
        ({"terms": (Hourly(),), "effective_from": date(1900, 1, 1)}, "effective_from"),
        ({"terms": (Hourly(),), "signed_on": date(2300, 1, 1)}, "signed_on"),
        ({"terms": (Hourly(),), "note": "x" * 5_000}, "note"),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field(session: Session, given: dict[str, Any], field: str) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    new = NewAgreement(**{"matter_id": matter.id, "effective_from": OPENED, **given})
    assert refused(lambda: agree_fees(session, actor=world.owner, agreement=new, now=NOW)).field == field


def test_only_who_may_agree_rates_agrees_fees_and_only_who_makes_pre_bills_reaches(session: Session) -> None:
    world = make_world(session)
    matter = make_matter(session, world.owner)
    [flat] = milestones(session, agree(session, world, matter, FLAT))
    assistant, bookkeeper = (make_member(session, world.owner, role) for role in (Role.ASSISTANT, Role.BOOKKEEPER))
    new = NewAgreement(matter_id=matter.id, effective_from=TODAY, terms=(FLAT,))
    for actor in (assistant, bookkeeper):
        assert isinstance(refused(lambda actor=actor: agree_fees(session, actor=actor, agreement=new, now=NOW)), NotAllowed)  # type: ignore[misc]
    what = {"milestone_id": flat.id, "version": flat.version, "reached_on": TODAY}
    assert isinstance(refused(lambda: reach_milestone(session, actor=bookkeeper, **what, now=NOW)), NotAllowed)
    assert reach_milestone(session, actor=assistant, **what, now=NOW).fixed_fee_entry_id


def test_another_firm_finds_nothing(session: Session) -> None:
    world, stranger = make_world(session), make_world(session, "Elsewhere LLP")
    matter = make_matter(session, world.owner)
    agreement = agree(session, world, matter, FLAT)
    [flat] = milestones(session, agreement)
    new, flat_id, agreement_id = NewAgreement(matter_id=matter.id, effective_from=TODAY, terms=(FLAT,)), flat.id, agreement.id
    for deed in (
        lambda: agree_fees(session, actor=stranger.owner, agreement=new, now=NOW),
        lambda: reach_milestone(session, actor=stranger.owner, milestone_id=flat_id, version=1, reached_on=TODAY, now=NOW),
        lambda: remove_agreement(session, actor=stranger.owner, agreement_id=agreement_id, version=1, now=NOW),
    ):
        assert isinstance(refused(deed), NotFound | InvalidInput)


def test_milestones_due_by_date_are_reached_by_themselves_once(session: Session) -> None:
    world = make_world(session)
    matter, closed = make_matter(session, world.owner), make_matter(session, world.owner, name="Closed since")
    agree(session, world, matter, STEPS)
    agree(session, world, closed, Flat(name="Will", amount_minor=90_000, due=Due.on_day(TODAY)))
    later = Flat(name="Later", amount_minor=1_000, due=Due.on_day(TODAY + timedelta(days=1)))
    agree(session, world, make_matter(session, world.owner, name="Later"), later)
    closed.status, closed.closed_on = "closed", TODAY
    session.commit()
    assert reach_due_milestones(session, firm_id=world.firm_id, now=NOW) == (1, 0)
    assert reach_due_milestones(session, firm_id=world.firm_id, now=NOW) == (0, 0)
    assert fees(session, matter) == [250_000]
    assert fees(session, closed) == []
    assert reach_due_milestones(session, firm_id=world.firm_id, now=NOW + timedelta(days=1)) == (1, 0)


def test_the_signed_letter_is_attached_and_replaced(session: Session) -> None:
    world = make_world(session)
    agreement = agree(session, world, make_matter(session, world.owner), FLAT)
    seen = []
    for number in (1, 2):
        letter = LetterFile(sha256=str(number) * 64, media_type="application/pdf", size_bytes=10)
        named = {"agreement_id": agreement.id, "version": agreement.version, "letter": letter}
        seen.append(attach_letter(session, actor=world.owner, **named, now=NOW).letter_id)
    assert None not in seen
    assert len(set(seen)) == 2


def test_templates_are_kept_changed_and_removed_and_have_no_days(session: Session) -> None:
    world = make_world(session)
    row = add_template(session, actor=world.owner, facts=TemplateFacts(name="Trademark", terms=(FLAT,)), now=NOW)
    facts = TemplateFacts(name="Trademark filing", terms=(FLAT, Flat(name="Rush", amount_minor=1, pays_for=Coverage())))
    changed = change_template(session, actor=world.owner, template_id=row.id, version=row.version, facts=facts, now=NOW)
    assert (changed.name, len(changed.terms["terms"])) == ("Trademark filing", 2)
    dated = TemplateFacts(name="Dated", terms=(STEPS,))
    assert refused(lambda: add_template(session, actor=world.owner, facts=dated, now=NOW)).field == "term_1_part_2_due_on"
    remove_template(session, actor=world.owner, template_id=row.id, version=row.version, now=NOW)
    assert refused(lambda: remove_template(session, actor=world.owner, template_id=row.id, version=row.version, now=NOW))
