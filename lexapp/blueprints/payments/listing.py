"""The list of payments and the page of one."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.models import BankAccount, Client, Payment, User
from lexapp.queries.payments import PaymentFilter, list_payments, payers_with_payments, payment_detail
from lexapp.queries.payments.detail import PaymentDetail
from lexapp.queries.payments.listing import FILTERS
from lexapp.queries.payments.receipts import ReceiptState, receipt_refusal, receipt_state
from lexapp.web.access import current_actor, load, requires
from lexapp.web.bank_fields import PAYMENT_WORDS, method_words
from lexapp.web.htmx import render
from lexapp.web.lists import PER_PAGE, Page, asked_choice, asked_id, asked_page, asked_text, search_words

blueprint = Blueprint("payments", __name__)


@blueprint.get("/payments")
@requires("payment.view")
def index() -> Response:
    firm_id, number = current_actor().firm_id, asked_page()
    wanted = PaymentFilter(asked_choice("show", FILTERS), asked_id("payer"), search_words(asked_text()))
    part = {"limit": PER_PAGE, "offset": (number - 1) * PER_PAGE}
    found = list_payments(db.session(), firm_id=firm_id, wanted=wanted, **part)
    return render(
        page="payments/index.html",
        fragment="payments/_list.html",
        found=found,
        wanted=wanted,
        q=asked_text(),
        paging=Page(number, found.count),
        payers=payers_with_payments(db.session(), firm_id=firm_id),
        methods=method_words(),
        kinds=PAYMENT_WORDS,
    )


@blueprint.get("/payments/<int:payment_id>")
@requires("payment.view")
def show(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    detail = payment_detail(db.session(), payment=payment)
    recorder = db.session.get(User, payment.recorded_by_user_id) if payment.recorded_by_user_id else None
    return render(
        page="payments/show.html",
        fragment="payments/_receipt.html",
        receipt=_receipt(detail),
        payment=payment,
        detail=detail,
        payer=load(Client, payment.payer_id),
        account=load(BankAccount, payment.bank_account_id),
        recorded_by=recorder.name if recorder else "",
        methods=method_words(),
        kinds=PAYMENT_WORDS,
        new_key=lambda: str(uuid4()),
    )


def _receipt(detail: PaymentDetail) -> ReceiptState | None:
    """Where the receipt stands; None for a payment that has none."""
    payment = detail.payment
    state = receipt_state(db.session(), firm_id=payment.firm_id, payment_id=payment.id)
    return None if receipt_refusal(payment, given_back=detail.given_back_minor > 0) and not state.document else state
