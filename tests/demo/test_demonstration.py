"""The guide of the demonstration against the firm that the seed makes: each matter is there and shows what its row says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Select, create_engine, select
from sqlalchemy.orm import Session

from lexapp.cli.migrate import migrate
from lexapp.config import Settings
from lexapp.database import db, scope_to_firm
from lexapp.demo.seeding.cast import OWNER
from lexapp.demo.sign_ins import PASSWORD
from lexapp.domain.agreements.terms import KINDS
from lexapp.integrations.documents import invoice_html
from lexapp.models import FeeTerm, Firm, Invoice, Matter, PreBill, PreBillLine
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.verification import verify
from tests.applications import make_app
from tests.markdown_tables import table_under
from tests.nursery import run_program

ROWS = table_under("guide/demonstration.md", "The demonstration firm, structure by structure")
PAGES = {
    "Agreement": "/matters/{matter}/fee-agreement",
    "Payers": "/matters/{matter}/payers",
    "Budget": "/matters/{matter}/budget",
    "Recoveries": "/matters/{matter}/contingency",
    "Credit": "/matters/{matter}/credits",
    "Expenses": "/matters/{matter}/expenses",
    "Discounts": "/clients/{client}/discounts",
    "Steps": "/pre-bill-lines/{line}/derivation",
}


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A demonstration installation as `make run` fills it."""
    folder = tmp_path_factory.mktemp("demonstration")
    url = f"sqlite:///{folder}/demo.sqlite3"
    migrate(url)
    environ = {"DATABASE_URL": url, "DATA_FOLDER": str(folder), "DEMO": "true"}
    seeded = run_program("lexapp", "seed", "--size", "small", "--morning", environ=environ)
    assert seeded.returncode == 0, seeded.stderr
    return environ


@pytest.fixture(scope="module")
def session(environ: dict[str, str]) -> Iterator[Session]:
    engine = create_engine(environ["DATABASE_URL"])
    with Session(engine, autoflush=False) as opened:
        scope_to_firm(opened, opened.scalars(select(Firm.id)).one())
        opened.rollback()
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def app(environ: dict[str, str]) -> Iterator[Flask]:
    made = make_app(Settings.from_environ(environ))
    yield made
    with made.app_context():
        for each in db.engines.values():
            each.dispose()


@pytest.fixture(scope="module")
def read(app: Flask, session: Session) -> Callable[[str, str], str]:
    """What stands on a page of a matter, or on its last invoice, as one line of text."""
    browser = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/sign-in").text)
    assert token is not None
    sent = {"email": OWNER.email, "password": PASSWORD, "csrf_token": token[1]}
    assert browser.post("/sign-in", data=sent, headers={"Referer": "http://localhost/sign-in"}).status_code == 303

    def text_of(where: str, name: str) -> str:
        matter = session.scalars(select(Matter).where(Matter.name == name)).one()
        if where == "Paper":
            found = frozen_invoice(session, firm_id=matter.firm_id, invoice_id=last_invoice(session, matter))
            return plain(invoice_html(found.snapshot))
        ids = {"matter": matter.id, "client": matter.client_id, "line": session.scalars(first_line(matter)).first()}
        session.rollback()  # an open read would hold up what the browser writes
        answer = browser.get(PAGES[where].format(**ids))
        assert answer.status_code == 200
        return plain(answer.text)

    return text_of


def last_invoice(session: Session, matter: Matter) -> int:
    mine = select(Invoice.id).join(PreBill, PreBill.id == Invoice.pre_bill_id).where(PreBill.matter_id == matter.id)
    return session.scalars(mine.order_by(Invoice.id.desc()).limit(1)).one()


def first_line(matter: Matter) -> Select[tuple[int]]:
    mine = select(PreBillLine.id).join(PreBill, PreBill.id == PreBillLine.pre_bill_id).where(PreBill.matter_id == matter.id)
    return mine.order_by(PreBillLine.id).limit(1)


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()).replace(" ,", ",").replace(" %", "%")


@pytest.mark.slow
def test_the_matter_of_each_row_shows_what_the_row_says_and_the_books_hold(read: Callable[[str, str], str], session: Session) -> None:
    """One test, so that the firm is seeded once however the tests are handed out."""
    missing = {}
    for row in ROWS:
        text, wanted = read(row["Where"], row["Matter"]), re.findall("“(.+?)”", row["What to look at"])
        missing[row["Structure"]] = [words for words in wanted if words.replace(" %", "%") not in text] if wanted else ["nothing is quoted"]
    assert {structure: words for structure, words in missing.items() if words} == {}
    assert set(session.scalars(select(FeeTerm.kind))) == set(KINDS)
    assert verify(session, session.scalars(select(Firm.id)).one()) == []
    session.rollback()


def test_the_paths_of_the_guide_are_there() -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/demonstration.md").read_text(encoding="utf-8")
    assert all((Path(__file__).parents[2] / path).exists() for path in re.findall(r"`(tests/[\w/.]+)`", guide))
