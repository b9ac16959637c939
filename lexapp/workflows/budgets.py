"""Mails about budgets, and the watch over what reached a threshold without anybody saving an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from lexapp.books.budgets import reached_thresholds, spent_of, watched_on
from lexapp.database import scope_to_firm, today_in
from lexapp.domain.budgets import code_name
from lexapp.domain.durations import format_hours
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor, Role
from lexapp.integrations.letters import Notice, notice_id, notice_message
from lexapp.models import Firm, Membership, User
from lexapp.queries.budgets import NoticeWords, notice_words, told_thresholds, watched_matters
from lexapp.services.budgets import watch_budget
from lexapp.services.mails import NewMail
from lexapp.workflows.outside import Outside
from lexapp.workflows.sending import send_once

WHY = "You are told because you are responsible for the matter or set its budget. Each threshold is told once."


def mail_budget_notice(
    session: Session,
    outside: Outside,
    *,
    firm_id: int,
    command_id: int,
    matter_id: int,
    user_id: int,
    outbox_id: int,
    confirm: Callable[[], None],
) -> str:
    """Tell a person which thresholds of a budget were reached; returns a note, usually empty."""
    scope_to_firm(session, firm_id)
    words = notice_words(session, firm_id=firm_id, command_id=command_id, matter_id=matter_id, user_id=user_id)
    session.rollback()
    id_ = notice_id(kind="budget", firm_id=firm_id, outbox_id=outbox_id, mail_from=outside.mail_from)
    subject = f"{words.matter_number}: {max(line[2] for line in words.lines)} % of the budget reached"
    told = (words.matter_title, *(_line(words, *line) for line in words.lines))
    link = f"{outside.base_url}/matters/{matter_id}/budget"
    head = (words.firm_name, words.name, words.email, subject, told, "Look at the budget", link, WHY)
    message = notice_message(Notice(*head, outside.mail_from, id_, outside.now()))
    mail = NewMail(id_, "budget", "matter", matter_id, str(message["To"]), subject)
    return send_once(session, outside, firm_id=firm_id, mail=mail, write=lambda: message, confirm=confirm, by_firm=True)


def _line(words: NoticeWords, code: str, measure: str, threshold: int, spent: int, most: int) -> str:
    def text(value: int) -> str:
        return str(Money(value, words.currency)) if measure == "money" else f"{format_hours(value)} hours"

    what = f"{code} {code_name(code)}" if code else "The whole matter"
    return f"{what} has reached {threshold} %: {text(spent)} of {text(most)} is spent, {spent * 100 // most} %."


def watch_budgets(session: Session, *, firm_id: int, now: datetime) -> int:
    """Tell every threshold that was reached and not told yet; returns how many. Done again it finds them told.

    Five queries find the matters that have news; each of these is a command, in the name of who set the budget.
    """
    scope_to_firm(session, firm_id)
    news = _news(session, firm_id, today_in(session.get_one(Firm, firm_id).time_zone, now))
    actors = _actors(session, firm_id) if news else {}
    anybody = next(iter(actors.values()), None)
    session.rollback()
    return sum(watch_budget(session, actor=actor, matter_id=id_, now=now) for id_, by in news if (actor := actors.get(by or 0, anybody)))


def _news(session: Session, firm_id: int, today: date) -> list[tuple[int, int | None]]:
    """The matters with thresholds that were reached and not told, and who set their budgets."""
    matters = watched_matters(session, firm_id=firm_id, today=today)
    watched = [one for some in watched_on(session, firm_id=firm_id, matter_ids=matters, on=today).values() for one in some]
    spent = spent_of(session, firm_id=firm_id, matter_ids={one.matter_id for one in watched})
    told = told_thresholds(session, firm_id=firm_id, matter_ids=matters)
    news: dict[int, int | None] = {}
    for one in watched:
        source = (one.budget_id, one.fee_term_id, one.month)
        if any((*source, *found.key) not in told for found in reached_thresholds(one, spent[one.matter_id])):
            news[one.matter_id] = news.get(one.matter_id) or one.by_user_id
    return sorted(news.items())


def _actors(session: Session, firm_id: int) -> dict[int, Actor]:
    """Everybody who works in the firm, by user, owners first."""
    query = (
        select(Membership, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == firm_id, Membership.is_active)
        .order_by(case((Membership.role == Role.OWNER.value, 0), else_=1), Membership.id)
    )
    return {
        member.user_id: Actor(member.user_id, firm_id, member.id, Role(member.role), member.timekeeper_id, name)
        for member, name in session.execute(query)
    }
