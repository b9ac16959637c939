"""Warnings of budgets by mail, through a real mail server: each threshold once, also where no entry brought it."""

from __future__ import annotations

from email.message import EmailMessage

from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.domain.reductions import Counts
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.workflows.budgets import watch_budgets
from tests.budgets import answer_for, give, work
from tests.factories import NOW, TODAY, World, make_matter, make_member
from tests.servers import MailSink


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return " ".join(str(part.get_content()).split())


def test_each_threshold_is_mailed_once_to_who_answers_for_the_matter(
    session: Session, world: World, place: Place, mail_sink: MailSink
) -> None:
    matter = make_matter(session, world.owner)
    associate = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    answer_for(session, world, matter, world.associate.id)
    give(session, world, matter, amount_minor=2_000_00, counts=Counts.ALL)
    work(session, associate, matter, 4)  # 1,200: 60 % of the matter and of L100
    record_expense(session, actor=world.owner, expense=Expense(matter.id, TODAY, 400_00, description="Filing fee"), now=NOW)
    assert watch_budgets(session, firm_id=world.firm_id, now=NOW) == 1  # 1,600 of the matter
    assert watch_budgets(session, firm_id=world.firm_id, now=NOW) == 0
    while run_due(place):
        pass
    first, second = mail_sink.messages
    assert first["Subject"].endswith(": 50 % of the budget reached")
    assert "The whole matter has reached 50 %: $1,200.00 of $2,000.00 is spent, 60 %." in text_of(first)
    assert "L100 Case Assessment, Development and Administration has reached 50 %" in text_of(first)
    assert f"/matters/{matter.id}/budget" in text_of(first)
    assert "The whole matter has reached 75 %: $1,600.00 of $2,000.00 is spent, 80 %." in text_of(second)
    assert [message["To"].partition("<")[0].strip() for message in (first, second)] == ["Timekeeper"] * 2
