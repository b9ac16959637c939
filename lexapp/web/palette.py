"""What the command palette offers besides records and places: the frequent acts, for those who may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, url_for
from markupsafe import Markup, escape

from lexapp.web.access import may_open


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is begun at an address; further words find it too."""

    label: str
    icon: str
    endpoint: str
    words: str = ""

    @property
    def url(self) -> str:
        return url_for(self.endpoint)


ACTS = (
    Act("New time entry", "clock", "time.new", "record hours"),
    Act("Week of time", "calendar", "weeks.show", "grid hours timesheet"),
    Act("Day of time", "clock", "days.show", "gaps timeline ruler"),
    Act("Tasks", "check", "tasks.index", "to do due overdue mine"),
    Act("Snippets", "edit", "snippets.index", "abbreviations expand text phrases"),
    Act("New timer", "play", "timers.new", "start clock"),
    Act("New expense", "card", "expenses.new", "cost disbursement record"),
    Act("New fixed fee", "flag", "fixed_fees.new", "flat"),
    Act("New matter", "matter", "matters.new", "open engagement"),
    Act("New client", "clients", "clients.new", "add"),
    Act("New pre-bills", "pre-bill", "pre_bills.new", "invoice run billing draft bill"),
    Act("Record payment", "payment", "payments.new", "receive cheque wire"),
    Act("Deposit to trust", "trust", "trust.new_deposit", "retainer iolta receive"),
    Act("Add rate", "rate", "rates.new", "price hour"),
    Act("New rate card", "rate", "rate_cards.new", "negotiated profile panel"),
    Act("Give a rate card to a client", "rate", "client_rate_cards.new", "negotiated profile assign"),
    Act("Raise rates", "rate", "rate_increases.new", "increase percent"),
    Act("New timekeeper", "client", "timekeepers.new", "add lawyer person"),
)


def acts() -> list[Act]:
    """The acts that exist and that the person may do."""
    return [act for act in ACTS if may_open(act.endpoint)]


def marked(text: str, words: Sequence[str]) -> Markup:
    """The text with the words that were searched for in <mark>."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    if not pattern:
        return escape(text)
    parts = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return Markup().join(Markup("<mark>{}</mark>").format(part) if at % 2 else part for at, part in enumerate(parts))


def init_app(app: Flask) -> None:
    """Let the layout list the acts and the answers mark their words."""
    app.jinja_env.globals["palette_acts"] = acts
    app.jinja_env.filters["marked"] = marked
