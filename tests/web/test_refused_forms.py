"""What a refused form looks like: everything that could be filled in is still there, under its label."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from sqlalchemy.orm import Session

from lexapp.services.expense_entries import Expense, record_expense
from tests.billing import work_time
from tests.client import parse
from tests.factories import World, local_today, make_matter, make_rate, make_rounding
from tests.web.visitor import Visitor

# The page with the form, where it is sent, and what makes it wrong.
FORMS = {
    "a client": ("/clients/new", "/clients", {"name": ""}),
    "a client that is there": ("/clients/{client}/edit", "/clients/{client}", {"name": ""}),
    "a contact": ("/clients/{client}/contacts/new", "/clients/{client}/contacts", {"name": ""}),
    "a matter": ("/matters/new", "/matters", {"name": ""}),
    "a matter that is there": ("/matters/{matter}/edit", "/matters/{matter}", {"name": "", "trust_minimum": "-1"}),
    "payers": ("/matters/{matter}/payers/edit", "/matters/{matter}/payers", {"fees_1": "a"}),
    "time": ("/time/new", "/time", {"recorded_seconds": ""}),
    "time that is there": ("/time/{entry}/edit", "/time/{entry}", {"recorded_seconds": "never"}),
    "an expense": ("/expenses/new", "/expenses", {"unit_minor": ""}),
    "an expense that is there": ("/expenses/{expense}", "/expenses/{expense}", {"unit_minor": "x"}),
    "a fixed fee": ("/fixed-fees/new", "/fixed-fees", {"amount_minor": ""}),
    "a rate": ("/rates/new", "/rates", {"rate": ""}),
    "the end of a rate": ("/rates/{rate}/ending", "/rates/{rate}/ending", {"effective_to": ""}),
    "the end of a rounding rule": ("/rounding-rules/{rule}/ending", "/rounding-rules/{rule}/ending", {"effective_to": ""}),
    "a timekeeper": ("/timekeepers/new", "/timekeepers", {"name": ""}),
    "an invitation": ("/people/invitations/new", "/people/invitations", {"email": ""}),
    "a payment": ("/payments/new?payer_id={client}", "/payments", {"amount": ""}),
    "a deposit": ("/trust/deposits/new", "/trust/deposits", {"amount": ""}),
    "a bank charge": ("/trust/accounts/{trust}/charges/new", "/trust/accounts/{trust}/charges", {"amount": ""}),
}


@pytest.fixture
def ids(session: Session, world: World) -> dict[str, int]:
    matter = make_matter(session, world.owner)
    rate = make_rate(session, world.owner, "matter", 10_000, matter_id=matter.id)
    rule = make_rounding(session, world.owner, 900)
    entry = work_time(session, world, matter)
    expense = record_expense(session, actor=world.owner, expense=Expense(matter.id, local_today(), 435_00, description="Filing fee"))
    kept = {
        "client": matter.client_id,
        "matter": matter.id,
        "rate": rate.id,
        "rule": rule.id,
        "expense": expense.id,
        "trust": world.trust.id,
    }
    return {name: id_ or 0 for name, id_ in (kept | {"entry": entry.id, "rule": rule.id}).items()}


def fields_of(tree: Element, action: str) -> dict[str, tuple[str, str]]:
    """What one can fill in of the form that is sent there: its name, with its label and what it holds."""
    form = next(one for one in tree.iter("form") if (one.get("action") or "").partition("?")[0] == action and one.get("id"))
    labels = {one.get("for"): " ".join("".join(one.itertext()).split()) for one in tree.iter("label")}
    around = {field: " ".join("".join(one.itertext()).split()) for one in form.iter("label") for field in one.iter("input")}
    found = {}
    for one in form.iter():
        if one.tag in ("input", "select", "textarea") and one.get("type") != "hidden" and one.get("name"):
            label = labels.get(one.get("id")) or around.get(one) or one.get("aria-label") or ""
            name = f"{one.get('name')} {one.get('value')}" if one.get("type") in ("radio", "checkbox") else str(one.get("name"))
            found[name] = (label, _held(one))
    return found


def _held(one: Element) -> str:
    if one.tag == "textarea":
        return (one.text or "").strip()
    if one.tag == "select":
        options = list(one.iter("option"))
        return next((option.get("value") or "" for option in options if option.get("selected") is not None), "")
    return one.get("value") or ""


def hidden_of(tree: Element, action: str) -> dict[str, str]:
    form = next(one for one in tree.iter("form") if (one.get("action") or "").partition("?")[0] == action and one.get("id"))
    hidden = [one for one in form.iter("input") if one.get("type") == "hidden" and one.get("name") != "csrf_token"]
    return {str(one.get("name")): one.get("value") or "" for one in hidden}


@pytest.mark.parametrize("name", FORMS)
def test_a_refused_form_keeps_every_field_with_its_label(owner: Visitor, ids: dict[str, int], name: str):
    page, action, wrong = FORMS[name]
    page, action = page.format(**ids), action.format(**ids)
    tree = parse(owner.get(page).text, is_page=True)
    before = fields_of(tree, action)
    typed = {name.split()[0]: held for name, (_, held) in before.items() if " " not in name} | hidden_of(tree, action) | wrong
    answer = owner.post(action, typed)
    assert answer.status_code == 422
    after = fields_of(parse(answer.text, is_page=True), action)
    assert {name: label for name, (label, _) in after.items()} == {name: label for name, (label, _) in before.items()}
    assert all(label for label, _ in after.values())
    untouched = [name for name in before if name not in wrong]
    assert [after[name][1] for name in untouched] == [before[name][1] for name in untouched], "what was filled in stays"
    told = [one.get("id") for one in parse(answer.text, is_page=True).iter() if one.get("class") == "field-error"]
    assert told
