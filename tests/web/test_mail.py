"""The demonstration's mail can be read in the browser, and does not exist outside the demonstration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from lexapp import create_app
from lexapp.config import Settings
from lexapp.database import db
from lexapp.demo.mail_catcher import MailFolder
from tests.client import CheckedClient
from tests.demo.test_mail_catcher import an_invoice_mail


@pytest.fixture
def demo(settings: Settings) -> Iterator[Flask]:
    application = create_app(replace(settings, development=True))
    application.testing = True
    application.test_client_class = CheckedClient
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def folder(settings: Settings) -> MailFolder:
    return MailFolder(settings.data_folder / "mail")


def test_the_list_says_how_mail_gets_there_while_there_is_none(demo: Flask):
    assert "Send an invoice" in demo.test_client().get("/mail").text


def test_a_message_is_listed_and_shown_with_its_text(demo: Flask, folder: MailFolder):
    key = folder.keep(an_invoice_mail().as_bytes())
    client = demo.test_client()
    assert f"/mail/{key}" in client.get("/mail").text
    page = client.get(f"/mail/{key}").text
    assert "client@example.org" in page
    assert "Please find the invoice attached." in page


def test_the_html_of_a_message_can_run_nothing_and_reach_nothing(demo: Flask, folder: MailFolder):
    mail = an_invoice_mail()
    mail.get_body(("html",)).set_content("<script>alert(1)</script><p>Hello</p>", subtype="html")
    key = folder.keep(mail.as_bytes())
    client = demo.test_client()
    assert "<script>alert" not in client.get(f"/mail/{key}").text
    answer = client.get(f"/mail/{key}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_images_inside_a_message_are_shown_and_links_open_beside_the_application(demo: Flask, folder: MailFolder):
    mail = an_invoice_mail()
    html = mail.get_body(("html",))
    page = '<!doctype html><html lang="en"><head><title>Invoice</title></head><body><img src="cid:logo" alt=""></body></html>'
    html.set_content(page, subtype="html")
    html.add_related(b"PNG", maintype="image", subtype="png", cid="<logo>")
    key = folder.keep(mail.as_bytes())
    text = demo.test_client().get(f"/mail/{key}/html").text
    assert '<head><base target="_blank"><title>' in text
    assert 'src="data:image/png;base64,UE5H"' in text


def test_an_attachment_is_downloaded_under_its_name(demo: Flask, folder: MailFolder):
    key = folder.keep(an_invoice_mail().as_bytes())
    answer = demo.test_client().get(f"/mail/{key}/attachments/0")
    assert answer.data == b"%PDF-1.7"
    assert 'attachment; filename="invoice 7.pdf"' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("rest", ["", "/html", "/attachments/0"])
@pytest.mark.parametrize("key", ["20260101T000000000000-00000000", "..", "x"])
def test_a_message_that_is_not_there_answers_404(demo: Flask, key: str, rest: str):
    assert demo.test_client().get(f"/mail/{key}{rest}").status_code == 404


def test_an_attachment_that_is_not_there_answers_404(demo: Flask, folder: MailFolder):
    key = folder.keep(an_invoice_mail().as_bytes())
    assert demo.test_client().get(f"/mail/{key}/attachments/1").status_code == 404


def test_outside_the_demonstration_there_is_no_mail_page(client: CheckedClient):
    assert client.get("/mail").status_code == 404
