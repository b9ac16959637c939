"""Hostile text in every text of a firm: whatever shows it shows it as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from xml.etree.ElementTree import Element

import pytest

from lexapp.database import scope_to_firm
from lexapp.domain.ledes import parse_1998b
from lexapp.integrations.documents import invoice_html
from lexapp.integrations.letters.invoice import Attachment, InvoiceLetter, invoice_message
from lexapp.queries.frozen_invoices import frozen_invoice
from tests.quick_html5 import QuickParser
from tests.servers import PostgresCluster
from tests.two_firms import EMAIL
from tests.web.pages import pages_asked_for, readable_addresses
from tests.web.town import Town, TownOn, towns

PAYLOAD = (
    "\"'><img src=x onerror=alert(1)><script>alert(1)</script><svg onload=alert(1)></textarea></title></select>"
    "{{7*7}}${7*7}{% raw %}<a href=javascript:alert(1) hx-get=/x>|[]"
)


def hostile(text: str) -> str:
    """Different texts stay different; what follows is the same."""
    return f"{text}{PAYLOAD}"


@pytest.fixture(scope="module")
def hostile_town_on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownOn]:
    def cluster() -> PostgresCluster:
        found: PostgresCluster = request.getfixturevalue("postgres")
        return found

    with towns(cluster, tmp_path_factory.mktemp("hostile"), hostile) as on:
        yield on


@pytest.fixture
def town(hostile_town_on: TownOn, engine: str) -> Town:
    return hostile_town_on(engine)


def test_text_that_came_alive_would_be_seen():
    assert set(live_markup(f"<!doctype html><p>{PAYLOAD}</p>")) == {
        "<img onerror>",
        "<img> to x",
        "<script> of the text",
        "<svg onload>",
        "<a> of the text",
        "<a> to javascript:alert(1)",
    }
    assert live_markup("<!doctype html><p>49${7*7}</p>") == ["the template in the text was calculated"]


@pytest.mark.parametrize("engine", ["sqlite"])  # what a template escapes does not depend on the engine
def test_no_page_lets_stored_text_become_markup(town: Town):
    wrong: list[str] = []
    shown = 0
    for url in [*readable_addresses(town), *pages_asked_for(town)]:
        answer = town.owner.get(url)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            html = answer.get_data(as_text=True)
            shown += "onerror=alert(1)" in html
            wrong += [f"{url}: {problem}" for problem in live_markup(html)]
    assert not wrong, "\n".join(wrong)
    assert shown > 40, "the texts have to be on the pages for this to say anything"


def test_no_invoice_document_lets_stored_text_become_markup(town: Town):
    scope_to_firm(town.session, town.ours.world.firm_id)
    for invoice_id in town.ours.ids["invoices"]:
        found = frozen_invoice(town.session, firm_id=town.ours.world.firm_id, invoice_id=invoice_id)
        html = invoice_html(found.snapshot)
        assert "onerror=alert(1)" in html
        assert live_markup(html) == []


def test_the_mail_of_an_invoice_carries_stored_text_as_text_and_in_no_header(town: Town):
    message = mail_of(town)
    for name, value in message.items():
        assert "\n" not in value.replace("\r\n ", "").replace("\n ", ""), name
    bodies = {part.get_content_type(): part.get_content() for part in message.walk() if part.get_content_maintype() == "text"}
    assert "onerror=alert(1)" in bodies["text/html"]
    assert live_markup(bodies["text/html"]) == []


def test_a_ledes_file_keeps_its_shape_whatever_the_narratives_hold(town: Town):
    for invoice_id in town.ours.ids["invoices"]:
        answer = town.owner.get(f"/invoices/{invoice_id}/ledes")
        assert answer.status_code == 200, re.findall(r"<main.*?</main>", answer.get_data(as_text=True), re.DOTALL)
        (invoice,) = parse_1998b(answer.get_data(as_text=True))
        assert invoice.lines


def mail_of(town: Town) -> EmailMessage:
    scope_to_firm(town.session, town.ours.world.firm_id)
    found = frozen_invoice(town.session, firm_id=town.ours.world.firm_id, invoice_id=town.ours.first("invoices"))
    letter = InvoiceLetter(
        snapshot=found.snapshot,
        recipients=((hostile("Rosa"), EMAIL),),
        open_minor=100,
        link="http://localhost/i/x",
        mail_from="lexapp <billing@example.test>",
        message_id="<x@example.test>",
        sent_at=found.issued_at,
        pdf=Attachment("invoice.pdf", b"%PDF"),
    )
    return invoice_message(letter)


def live_markup(html: str) -> list[str]:
    """What the text has become besides text: elements or attributes that no template of ours writes, or a calculated template."""
    tree = QuickParser(strict=False).parse(html)
    found = [problem for element in tree.iter() for problem in odd(element)]
    return found + (["the template in the text was calculated"] if "}}" not in html and "49$" in html else [])


def odd(element: Element) -> list[str]:
    tag = str(element.tag).rpartition("}")[2]
    found = [f"<{tag} {name}>" for name in element.attrib if name.startswith("on") or name == "srcdoc"]
    sources = (element.get("href") or "", element.get("src") or "", element.get("action") or "")
    found += [f"<{tag}> to {source}" for source in sources if source.lower().startswith(("javascript:", "data:text")) or source == "x"]
    if element.get("hx-get") == "/x" or (tag == "script" and (element.text or "").strip()):
        found.append(f"<{tag}> of the text")
    return found
