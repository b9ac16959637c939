"""Who pays for a matter, at a browser: the page, the form, its refusals, the example, consent, and the outsider."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Matter, MatterPayer
from tests.factories import World, make_client, make_matter
from tests.web.visitor import Visitor


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def insured(session: Session, world: World, matter: Matter) -> dict[str, str]:
    """The form as a bookkeeper fills it: the insurer pays 80 % of fees up to 50,000, then the client, who pays the expenses too."""
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    shown = {"key": "key-payers", "version": str(matter.version), "effective_from": "2026-01-02", "remainder": "2"}
    typed = {"payer_1": str(insurer.id), "fees_1": "80", "cap_1": "50,000", "counted_1": "fees", "overflow_1": "2"}
    empty = {f"{name}_{n}": "" for n in (1, 2) for name in ("fees", "expenses", "fixed_fees", "monthly", "tasks", "cap", "overflow")}
    return {**empty, **shown, **typed, "payer_2": str(matter.client_id), "counted_2": "fees"}


def agreed(session: Session, matter_id: int) -> list[tuple[int, int, int | None]]:
    session.rollback()
    columns = (MatterPayer.fees_basis_points, MatterPayer.expenses_basis_points, MatterPayer.cap_minor)
    return [
        tuple(row) for row in session.execute(select(*columns).where(MatterPayer.matter_id == matter_id).order_by(MatterPayer.position))
    ]


def test_payers_are_agreed_and_the_page_says_it_in_words(session: Session, matter: Matter, insured: dict[str, str], owner: Visitor):
    id_ = matter.id
    assert "pays everything" in owner.get(f"/matters/{id_}/payers").text
    form = owner.get(f"/matters/{id_}/payers/edit").text
    assert 'name="payer_2"' in form
    assert 'name="payer_3"' not in form
    assert owner.post(f"/matters/{id_}/payers", insured).status_code == 303
    assert agreed(session, id_) == [(8_000, 0, 5_000_000), (0, 0, None)]
    page = owner.get(f"/matters/{id_}/payers").text
    for words in ("80 % of fees, up to $50,000.00, then Castellane", "20 % of fees, all expenses, and what else is left", "Record consent"):
        assert words in page
    for amount in ("32,000.00", "18,000.00"):
        assert amount in page
    assert "80 % of fees" in owner.get(f"/matters/{id_}").text
    again = owner.get(f"/matters/{id_}/payers/edit").text
    assert 'name="payer_3"' in again
    assert 'value="50,000.00"' in again


def test_a_stale_form_gets_409_with_what_stands(session: Session, matter: Matter, insured: dict[str, str], owner: Visitor):
    id_ = matter.id
    assert owner.post(f"/matters/{id_}/payers", insured).status_code == 303
    stale = owner.post(f"/matters/{id_}/payers", insured | {"key": "key-stale", "fees_1": "50"})
    assert stale.status_code == 409
    assert agreed(session, id_)[0][0] == 8_000


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"remainder": ""}, "The shares of fees add up to 80 %: 20 % is missing."),
        ({"fees_1": "1e1"}, "at most two decimals"),
        ({"fees_2": "-40"}, "at most two decimals"),
        ({"fees_2": "30"}, "10 % is too much"),
        ({"payer_2": ""}, "There is no payer in this place."),
        ({"payer_1": ""}, "Pick the payer, or empty what stands beside."),
        ({"payer_1": "999999"}, "not in the list of clients"),
        ({"payer_1": "99999999999999999999"}, "Pick one of the list"),
        ({"payer_1": "", "fees_1": "", "cap_1": "", "overflow_1": "", "payer_2": "", "remainder": ""}, "Name one to 12 payers."),
        ({"cap_1": "-5"}, "without a minus"),
        ({"cap_1": ""}, "Nothing goes beyond a cap that is empty."),
        ({"cap_2": "100"}, "pays whatever is left and cannot have a limit"),
        ({"remainder": "", "fees_2": "20", "expenses_2": "100", "cap_2": "9", "overflow_2": "1"}, "round in a circle"),
        ({"monthly_1": "500"}, "Keep one of the two."),
        ({"tasks_1": "L310 40, L310 50"}, "Task L310 stands here twice."),
        ({"tasks_1": "mornings"}, "Write task and share"),
        ({"tasks_1": "L999 50"}, "There is no task L999."),
        ({"tasks_1": "L300 50"}, "L300 is a phase, and work has the codes of its tasks."),
        ({"effective_from": "soon"}, "This is not a date."),
    ],
)
def test_payers_that_cannot_stand_are_refused(
    session: Session, matter: Matter, insured: dict[str, str], owner: Visitor, changed: dict[str, str], told: str
):
    id_ = matter.id
    answer = owner.post(f"/matters/{id_}/payers", insured | changed)
    assert answer.status_code == 422
    assert told in answer.text
    assert agreed(session, id_) == []


def test_a_payer_twice_is_refused_beside_the_second(session: Session, matter: Matter, insured: dict[str, str], owner: Visitor):
    answer = owner.post(f"/matters/{matter.id}/payers", insured | {"payer_2": insured["payer_1"], "overflow_1": "", "cap_1": ""})
    assert "This payer stands here twice." in answer.text
    assert 'id="payers-payer_2-error"' in answer.text


def test_the_example_shows_what_is_typed_and_keeps_nothing(session: Session, matter: Matter, insured: dict[str, str], owner: Visitor):
    id_ = matter.id
    shown = owner.post(f"/matters/{id_}/payers/example", insured, htmx=True)
    assert shown.status_code == 200
    assert "32,000.00" in shown.text
    assert "<form" not in shown.text
    page = owner.post(f"/matters/{id_}/payers/example", insured | {"fees_1": "50"})
    assert "20,000.00" in page.text
    assert 'value="50"' in page.text
    wrong = owner.post(f"/matters/{id_}/payers/example", insured | {"remainder": ""}, htmx=True)
    assert wrong.status_code == 422
    assert "20 % is missing" in wrong.text
    assert agreed(session, id_) == []


def test_consent_is_recorded_with_who_when_and_how(session: Session, matter: Matter, insured: dict[str, str], owner: Visitor):
    id_ = matter.id
    owner.post(f"/matters/{id_}/payers", insured)
    payer_id = session.scalars(select(MatterPayer.id).where(MatterPayer.fees_basis_points == 8_000)).one()
    session.rollback()
    path = f"/matter-payers/{payer_id}/consent"
    assert "Consent of Pemberwick Mutual" in owner.get(path).text
    said = {"key": "key-consent", "by": "R. Okonjo", "consented_on": "2026-01-05", "how": "email", "note": "Claim 44-0187"}
    assert "Write who agreed" in owner.post(path, said | {"by": ""}).text
    assert "latest date possible" in owner.post(path, said | {"consented_on": "2099-01-01"}).text
    assert owner.post(path, said).status_code == 303
    page = owner.get(f"/matters/{id_}/payers").text
    assert "Agreed Jan 5" in page
    assert "Record consent" not in page


def test_strangers_find_no_payers(session: Session, outsider: Visitor, matter: Matter, insured: dict[str, str], owner: Visitor, member):
    id_ = matter.id
    owner.post(f"/matters/{id_}/payers", insured)
    payer_id = session.scalars(select(MatterPayer.id).where(MatterPayer.fees_basis_points == 8_000)).one()
    session.rollback()
    for path in (f"/matters/{id_}/payers", f"/matters/{id_}/payers/edit", f"/matter-payers/{payer_id}/consent"):
        assert outsider.get(path).status_code == 404
        assert member(Role.TIMEKEEPER).get(path).status_code == 403
    for path in (f"/matters/{id_}/payers", f"/matters/{id_}/payers/example", f"/matter-payers/{payer_id}/consent"):
        assert outsider.post(path, insured).status_code == 404


def test_room_for_one_more_payer_is_made_without_saving(session: Session, matter: Matter, insured: dict[str, str], owner: Visitor):
    id_ = matter.id
    shown = owner.post(f"/matters/{id_}/payers", insured | {"fees_2": "12.5", "act": "more"}).text
    assert 'name="fees_3"' in shown
    assert 'value="12.5"' in shown
    assert "field-error" not in shown
    assert agreed(session, id_) == []
