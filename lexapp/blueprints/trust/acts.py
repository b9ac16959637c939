"""One way to ask for a movement and to answer: a form beside the facts of its ledger, a command, and back to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, url_for

from lexapp.domain.errors import Refused
from lexapp.models import TrustTransaction
from lexapp.queries.trust import LedgerHead
from lexapp.web.forms import CommandForm
from lexapp.web.htmx import redirect_after, render, toast


@dataclass(frozen=True, slots=True)
class Act:
    """What is about to be done: the words around its form. `note` says what will change, `done` what has.

    `widths` are columns of twelve by field, `searches` the view that answers a search field.
    """

    title: str
    verb: str
    busy: str
    note: str
    done: str
    danger: bool = False
    widths: Mapping[str, int] = field(default_factory=dict)
    searches: Mapping[str, str] = field(default_factory=dict)


def ask(form: CommandForm, act: Act, url: str, head: LedgerHead | None, **more: Any) -> Response:
    """The form as a page, or as a fragment for htmx."""
    back = url_for("trust.show", ledger_id=head.id) if head else url_for("trust.index")
    shown = {"form": form, "act": act, "url": url, "head": head, "back": back, "searches": act.searches, **more}
    return render(page="trust/act.html", fragment="trust/_act_form.html", status=form.status, **shown)


def carry_out(
    form: CommandForm, act: Act, url: str, head: LedgerHead | None, command: Callable[[], TrustTransaction], **more: Any
) -> Response:
    """Run the command of a form that was sent; what is refused stands beside its field."""
    if not form.validate_on_submit():
        return ask(form, act, url, head, **more)
    try:
        moved = command()
    except Refused as error:
        form.refuse(error)
        return ask(form, act, url, head, **more)
    toast(act.done)
    place = moved.trust_ledger_id
    return redirect_after(url_for("trust.show", ledger_id=place) if place else url_for("trust.index", account=moved.bank_account_id))
