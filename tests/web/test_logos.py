"""The firm's logo at a browser, and on what is issued before and after."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lexapp.models import Firm, StoredDocument
from lexapp.queries.frozen_invoices import frozen_invoice
from tests import billing
from tests.documents.test_logos import drawn, picture
from tests.factories import World, make_matter
from tests.web.visitor import Visitor


def upload(owner: Visitor, data: bytes, key: str = "key-logo-001", name: str = "logo.png") -> TestResponse:
    file = FileStorage(BytesIO(data), filename=name)
    boundary, body = encode_multipart({"key": key, "logo": file})
    return owner.post("/settings/logo", body, content_type=f"multipart/form-data; boundary={boundary}")


def hash_of(session: Session, world: World) -> str:
    session.rollback()
    return session.get_one(Firm, world.firm_id).logo_sha256


def test_a_logo_is_taken_shown_replaced_and_taken_away(session: Session, world: World, owner: Visitor):
    assert "name alone" in owner.get("/settings").text
    assert owner.get("/settings/logo").status_code == 404
    assert upload(owner, picture()).status_code == 303
    shown = owner.get("/settings/logo")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox")
    first = hash_of(session, world)
    assert upload(owner, drawn('<path d="M0 0h9"/>'), "key-logo-002", "logo.svg").status_code == 303
    assert owner.get("/settings/logo").mimetype == "image/svg+xml"
    assert hash_of(session, world) != first
    assert len(session.scalars(select(StoredDocument.id).where(StoredDocument.kind == "logo")).all()) == 2
    assert owner.post("/settings/logo/removal").status_code == 303
    assert hash_of(session, world) == ""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"x" * 20_000_000, "The file has 20.0 MB"),
        (b"MZ", "neither a PNG, a JPEG nor an SVG"),
        (drawn("<script>alert(1)</script>"), "holds a script"),
    ],
)
def test_what_may_not_be_a_logo_is_told_beside_its_field(session: Session, world: World, owner: Visitor, data: bytes, sentence: str):
    answer = upload(owner, data, name="../../../etc/logo.pdf.exe")
    assert answer.status_code == 422
    assert 'id="logo-logo-error"' in answer.text
    assert sentence in answer.text
    assert hash_of(session, world) == ""


def test_no_file_and_far_too_much_are_told_too(owner: Visitor):
    none = owner.post("/settings/logo", {"key": "key-logo-001"}, content_type="multipart/form-data")
    assert none.status_code == 422
    assert "Choose a file first." in none.text
    assert upload(owner, b"x" * 26_000_000).status_code == 413


def test_only_invoices_issued_afterwards_print_the_logo(session: Session, world: World, owner: Visitor):
    def issued() -> str:
        matter = make_matter(session, world.owner)
        billing.work_time(session, world, matter)
        (invoice,) = billing.issue(session, world, matter)
        return frozen_invoice(session, firm_id=world.firm_id, invoice_id=invoice.id).snapshot.logo_hash

    before = issued()
    session.rollback()
    upload(owner, picture())
    digest = hash_of(session, world)
    assert (before, issued()) == ("", digest)
    owner.post("/settings/logo/removal")
    assert issued() == ""


def test_an_outsider_sees_and_changes_only_their_own(session: Session, world: World, owner: Visitor, outsider: Visitor):
    upload(owner, picture())
    assert outsider.get("/settings/logo").status_code == 404
    assert outsider.post("/settings/logo/removal").status_code == 303
    assert hash_of(session, world) != ""
