"""Trust in the browser: what may be asked for, what is refused beside its field, and what happens once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Balance, Invoice, Matter, TrustTransaction
from lexapp.queries.verification import verify
from lexapp.services import trust
from tests.factories import NOW, TODAY, World, make_matter
from tests.issued_invoices import make_invoice
from tests.web.visitor import Visitor

ON = {"effective_on": "2026-11-23"}
KEY = {"key": "0f3c1d5e-key-1"}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def deposit(session: Session, world: World, matter: Matter) -> TrustTransaction:
    """1,000.00 for the matter."""
    return trust.deposit_to_trust(
        session,
        actor=world.owner,
        matter_id=matter.id,
        amount=Money(1_000_00, "USD"),
        effective_on=TODAY,
        source="Castellane Treasury",
        method="transfer",
        reference="88-20417",
        now=NOW,
    )


@pytest.fixture
def ledger(deposit: TrustTransaction) -> str:
    """The address of the matter's ledger."""
    return f"/trust/ledgers/{deposit.trust_ledger_id}"


@pytest.fixture
def invoice(session: Session, world: World, matter: Matter) -> Invoice:
    return make_invoice(session, world, (matter, 300_00))


def held(session: Session) -> int:
    session.rollback()
    return -(session.scalar(select(func.sum(Balance.amount_minor)).where(Balance.trust_ledger_id.is_not(None))) or 0)


def moved(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(TrustTransaction.id))) or 0


def test_a_deposit_is_recorded_once_however_often_it_is_sent(session: Session, world: World, owner: Visitor, matter: Matter) -> None:
    page = owner.get(f"/trust/deposits/new?matter_id={matter.id}").get_data(as_text=True)
    assert matter.number in page
    form = {"matter": matter.id, "amount": "1,250.50", "source": "Castellane", "method": "cheque", **ON, **KEY}
    answers = [owner.post("/trust/deposits", form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert (held(session), moved(session)) == (1_250_50, 1)
    other = owner.post("/trust/deposits", form | {"amount": "1,250.51"})
    assert other.status_code == 422
    assert "already sent with other values" in other.get_data(as_text=True)
    assert verify(session, world.firm_id) == []


def test_a_deposit_needs_an_owner_or_the_word_that_nobody_knows(owner: Visitor, session: Session) -> None:
    form = {"amount": "10", "source": "Somebody", "method": "cheque", **ON, **KEY}
    assert "Choose the matter or the client" in owner.post("/trust/deposits", form).get_data(as_text=True)
    assert owner.post("/trust/deposits", form | {"unidentified": "y"}).status_code == 303
    assert held(session) == 10_00


@pytest.mark.parametrize("amount", ["", "0", "-5", "1e3", "12,34", "abc", "1.005", "٣", "NaN", "99999999999999999999"])
def test_an_amount_that_cannot_be_keeps_what_was_typed(owner: Visitor, session: Session, matter: Matter, amount: str) -> None:
    form = {"matter": matter.id, "amount": amount, "source": "Castellane", "method": "cheque", **ON, **KEY}
    answer = owner.post("/trust/deposits", form, htmx=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="act-form"' in page
    assert "field-error" in page
    assert f'value="{amount}"' in page
    assert moved(session) == 0


def test_the_index_lists_ledgers_with_a_total_that_is_the_books(owner: Visitor, deposit: TrustTransaction) -> None:
    page = owner.get("/trust").get_data(as_text=True)
    assert "Port Authority claims" in page
    assert "the same as owed in the book" in page
    assert "No such ledger" in owner.get("/trust?q=nobody").get_data(as_text=True)
    assert "Firm funds for bank charges" in owner.get("/trust?show=all").get_data(as_text=True)
    part = owner.get("/trust?q=port", htmx=True).get_data(as_text=True)
    assert part.lstrip().startswith('<section id="listing"')
    assert "R-000001" in owner.get("/trust/register").get_data(as_text=True)


def test_the_ledger_shows_the_balance_after_every_movement(owner: Visitor, ledger: str) -> None:
    owner.post(f"{ledger}/refunds", {"amount": "100", "method": "cheque", **ON, **KEY})
    page = owner.get(ledger).get_data(as_text=True)
    for figure in ("1,000.00", "100.00", "900.00", "R-000001", "D-000001", "88-20417"):
        assert figure in page


def test_trust_money_pays_the_invoice_that_is_proposed(
    session: Session, world: World, owner: Visitor, ledger: str, invoice: Invoice
) -> None:
    page = owner.get(f"{ledger}/applications/new").get_data(as_text=True)
    assert f"{invoice.number}, owes $300.00" in page
    assert 'value="300.00"' in page
    form = {"invoice": invoice.id, "amount": "300", **ON, **KEY}
    assert owner.post(f"{ledger}/applications", form).status_code == 303
    assert held(session) == 700_00
    refused = owner.post(f"{ledger}/applications", form | {"key": "another-key-1"})
    assert refused.status_code == 422
    assert verify(session, world.firm_id) == []


def test_too_much_is_refused_with_what_is_available(session: Session, owner: Visitor, ledger: str) -> None:
    form = {"amount": "1000.01", "method": "cheque", "payee": "Dunmore Superior Court", **ON, **KEY}
    for path in ("refunds", "disbursements"):
        answer = owner.post(f"{ledger}/{path}", form)
        assert answer.status_code == 422
        assert "$1,000.00 available on Nov 23, 2026" in answer.get_data(as_text=True)
    assert held(session) == 1_000_00
    assert owner.post(f"{ledger}/disbursements", form | {"amount": "1000"}).status_code == 303


def test_a_disbursement_to_cash_is_refused_beside_the_payee(owner: Visitor, ledger: str) -> None:
    answer = owner.post(f"{ledger}/disbursements", {"amount": "1", "method": "cheque", "payee": "Cash", **ON, **KEY})
    assert answer.status_code == 422
    assert "disburse" not in answer.headers.get("Location", "")
    assert "never paid to cash or bearer" in answer.get_data(as_text=True)


def test_a_transfer_wants_its_authority(session: Session, world: World, owner: Visitor, matter: Matter, ledger: str) -> None:
    second = make_matter(session, world.owner, matter.client, "Charter dispute")
    assert "Charter dispute" in owner.get(f"{ledger}/transfers/new").get_data(as_text=True)
    form = {"target": second.id, "amount": "400", **ON, **KEY}
    assert owner.post(f"{ledger}/transfers", form).status_code == 422
    assert owner.post(f"{ledger}/transfers", form | {"authority": "Letter of 20 November"}).status_code == 303
    assert verify(session, world.firm_id) == []


def test_a_movement_is_reversed_once_and_says_so(session: Session, world: World, owner: Visitor, deposit: TrustTransaction) -> None:
    path = f"/trust/movements/{deposit.id}/reversal"
    assert "R-000001" in owner.get(f"{path}/new").get_data(as_text=True)
    assert owner.post(path, {"reason": "", **ON, **KEY}).status_code == 422
    assert owner.post(path, {"reason": "Wrong matter", **ON, **KEY}).status_code == 303
    assert held(session) == 0
    again = owner.post(path, {"reason": "Wrong matter", **ON, "key": "another-key-1"})
    assert again.status_code == 422
    assert "only once" in again.get_data(as_text=True)
    assert verify(session, world.firm_id) == []


def test_a_returned_deposit_shows_the_shortage_until_it_is_covered(
    session: Session, world: World, owner: Visitor, deposit: TrustTransaction, ledger: str
) -> None:
    owner.post(f"{ledger}/refunds", {"amount": "900", "method": "cheque", **ON, **KEY})
    path = f"/trust/movements/{deposit.id}/return"
    assert owner.get(f"{path}/new").status_code == 200
    assert owner.post(path, {"reason": "Unpaid check", **ON, "key": "another-key-1"}).status_code == 303
    assert "is missing in trust" in owner.get("/trust").get_data(as_text=True)
    assert "is a shortage due from the firm" in owner.get(ledger).get_data(as_text=True)
    covers = f"/trust/accounts/{world.trust.id}/covers"
    assert 'value="900.00"' in owner.get(f"{covers}/new").get_data(as_text=True)
    assert owner.post(covers, {"amount": "900", **ON, "key": "another-key-2"}).status_code == 303
    assert "is missing in trust" not in owner.get("/trust").get_data(as_text=True)
    assert verify(session, world.firm_id) == []


def test_firm_funds_and_bank_charges(session: Session, world: World, owner: Visitor) -> None:
    account = f"/trust/accounts/{world.trust.id}"
    for path, amount in (("firm-funds", "50"), ("charges", "15")):
        assert owner.get(f"{account}/{path}/new").status_code == 200
        assert owner.post(f"{account}/{path}", {"amount": amount, **ON, "key": f"own-money-{path}"}).status_code == 303
    assert held(session) == 35_00
    assert owner.get(f"/trust/accounts/{world.operating.id}/charges/new").status_code == 404
    assert verify(session, world.firm_id) == []


def test_money_out_needs_the_right_role(member: Callable[[Role], Visitor], ledger: str) -> None:
    manager, auditor = member(Role.BILLING_MANAGER), member(Role.AUDITOR)
    for one in (manager, auditor):
        page = one.get(ledger)
        assert page.status_code == 200
        assert "Disburse" not in page.get_data(as_text=True)
        assert one.post(f"{ledger}/refunds", {"amount": "1", "method": "cheque", **ON, **KEY}).status_code == 403
    assert member(Role.TIMEKEEPER).get("/trust").status_code == 403


def test_an_outsider_finds_nothing(outsider: Visitor, deposit: TrustTransaction, ledger: str, matter: Matter) -> None:
    assert outsider.get(ledger).status_code == 404
    for path in ("applications", "refunds", "disbursements", "transfers"):
        assert outsider.get(f"{ledger}/{path}/new").status_code == 404
        assert outsider.post(f"{ledger}/{path}", KEY).status_code == 404
    for path in ("reversal", "return"):
        assert outsider.post(f"/trust/movements/{deposit.id}/{path}", KEY).status_code == 404
    assert outsider.get(f"/trust/deposits/new?matter_id={matter.id}").status_code == 404
    form = {"matter": matter.id, "amount": "10", "source": "X Y", "method": "cheque", **ON, **KEY}
    assert outsider.post("/trust/deposits", form).status_code == 404


def test_a_firm_without_trust_account_is_told_how_to_begin(outsider: Visitor) -> None:
    assert "No trust account yet" in outsider.get("/trust").get_data(as_text=True)
    assert outsider.get("/trust?account=7").status_code in (200, 404)


def test_matters_and_clients_can_be_picked_without_script(owner: Visitor, matter: Matter) -> None:
    html = owner.get("/trust/deposits/new").get_data(as_text=True)
    assert f'<option value="{matter.id}">{matter.number} Castellane' in html
    assert f'<option value="{matter.client_id}">Castellane' in html
