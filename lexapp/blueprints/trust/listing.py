"""What is held in trust: accounts, the client listing, the register, one ledger."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort

from lexapp.database import db
from lexapp.models import Client, Matter, TrustLedger
from lexapp.queries.trust import (
    LedgerHead,
    TrustAccount,
    account_register,
    client_choices,
    client_listing,
    earned_transfers,
    invoices_to_pay,
    ledger_head,
    ledger_rows,
    matter_choices,
    trust_accounts,
)
from lexapp.web.access import current_actor, load, requires
from lexapp.web.bank_fields import MOVEMENT_WORDS, method_words
from lexapp.web.forms import RecordField
from lexapp.web.htmx import render
from lexapp.web.lists import Page, asked_choice, asked_id, asked_page, asked_text, search_words

blueprint = Blueprint("trust", __name__)

PER_PAGE = 100
KINDS = MOVEMENT_WORDS


def head_of(ledger_id: int) -> LedgerHead:
    """The ledger of the actor's firm with its names and balance, or 404."""
    load(TrustLedger, ledger_id)
    return ledger_head(db.session(), firm_id=current_actor().firm_id, ledger_id=ledger_id) or abort(404)


def offer_everybody(matters: RecordField, clients: RecordField) -> None:
    """Lists for people without script, with whatever is picked already; ids of another firm are 404."""
    firm_id = current_actor().firm_id
    listed = dict(matter_choices(db.session(), firm_id=firm_id)), dict(client_choices(db.session(), firm_id=firm_id))
    if matters.data:
        matter = load(Matter, matters.data)
        listed[0].setdefault(matter.id, f"{matter.number} {matter.name}")
    if clients.data:
        listed[1].setdefault(clients.data, load(Client, clients.data).name)
    matters.pairs, clients.pairs = listed


def _chosen(accounts: list[TrustAccount]) -> TrustAccount | None:
    wanted = asked_id("account")
    return next((one for one in accounts if one.id == wanted), accounts[0] if accounts and wanted is None else None)


def account_asked() -> tuple[list[TrustAccount], TrustAccount]:
    """Every trust account with the one that was asked for, by default the first; 404 without one."""
    accounts = trust_accounts(db.session(), firm_id=current_actor().firm_id)
    return accounts, _chosen(accounts) or abort(404)


@blueprint.get("/trust")
@requires("trust.view")
def index() -> Response:
    """The client listing of one trust account, by default the first."""
    firm_id = current_actor().firm_id
    accounts = trust_accounts(db.session(), firm_id=firm_id)
    account = _chosen(accounts)
    if account is None:
        return render(page="trust/none.html") if not accounts else abort(404)
    text, with_empty, page = asked_text(), asked_choice("show", ("all",)) == "all", asked_page()
    found = client_listing(
        db.session(),
        firm_id=firm_id,
        bank_account_id=account.id,
        words=search_words(text),
        with_empty=with_empty,
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
    )
    shown = {"found": found, "text": text, "with_empty": with_empty, "pages": Page(page, found.count, PER_PAGE)}
    return render(page="trust/index.html", fragment="trust/_listing.html", account=account, accounts=accounts, **shown)


@blueprint.get("/trust/register")
@requires("trust.view")
def register() -> Response:
    """The receipts and disbursements journal of one trust account."""
    firm_id, page = current_actor().firm_id, asked_page()
    accounts, account = account_asked()
    found = account_register(db.session(), firm_id=firm_id, bank_account_id=account.id, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    shown: dict[str, Any] = {"found": found, "kinds": KINDS, "methods": method_words(), "pages": Page(page, found.count, PER_PAGE)}
    return render(page="trust/register.html", account=account, accounts=accounts, **shown)


@blueprint.get("/trust/ledgers/<int:ledger_id>")
@requires("trust.view")
def show(ledger_id: int) -> Response:
    """The ledger card: every movement with the balance after it."""
    head = head_of(ledger_id)
    firm_id = current_actor().firm_id
    rows = ledger_rows(db.session(), firm_id=firm_id, ledger_id=ledger_id)
    owed = invoices_to_pay(db.session(), firm_id=firm_id, matter_id=head.matter_id) if head.matter_id else []
    earned = earned_transfers(db.session(), firm_id=firm_id, ledger_id=ledger_id)
    shown: dict[str, Any] = {"rows": rows, "owed": owed, "earned": earned, "kinds": KINDS, "methods": method_words()}
    return render(page="trust/show.html", fragment="trust/_card.html", head=head, **shown)
