"""The mail catcher keeps every message whole and finds nothing outside its folder."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from lexapp.demo.mail_catcher import MailFolder
from tests.servers import die_with_parent, free_port, stop, wait_until


def an_invoice_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "firm@example.org", "client@example.org", "Invoice 7 — März"
    message.set_content("Please find the invoice attached.")
    message.add_alternative("<p>Please find the <b>invoice</b> attached.</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="invoice 7.pdf")
    return message


def answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=1).close()
    except OSError:
        return False
    return True


def test_a_message_sent_by_smtp_can_be_read_with_all_its_parts(tmp_path: Path):
    port = free_port()
    command = [sys.executable, "-m", "lexapp.demo.mail_catcher", str(port), str(tmp_path)]
    process = subprocess.Popen(command, preexec_fn=die_with_parent())
    wait_until(lambda: answers(port), what="the mail catcher")
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(an_invoice_mail())
    stop(process)
    [mail] = MailFolder(tmp_path).newest_first()
    assert process.returncode == 0
    assert mail.message["Subject"] == "Invoice 7 — März"
    assert mail.text is not None
    assert mail.text.startswith("Please find")
    assert mail.html is not None
    assert "<b>invoice</b>" in mail.html
    assert [part.get_filename() for part in mail.attachments] == ["invoice 7.pdf"]


def test_the_newest_message_comes_first(tmp_path: Path):
    folder = MailFolder(tmp_path)
    keys = [folder.keep(b"Subject: %d\r\n\r\nx" % number) for number in range(3)]
    assert [mail.key for mail in folder.newest_first()] == keys[::-1]
    assert folder.newest_first()[0].message["Subject"] == "2"


@pytest.mark.parametrize("key", ["../secret", "", "20260101T000000000000-zzzzzzzz", "20260101T000000000000-00000000", "x.eml"])
def test_a_key_that_names_no_message_finds_none(tmp_path: Path, key: str):
    (tmp_path / "secret.eml").write_text("x")
    assert MailFolder(tmp_path / "mail").find(key) is None


def test_a_message_with_broken_headers_is_kept_all_the_same(tmp_path: Path):
    folder = MailFolder(tmp_path)
    key = folder.keep(b"\xff\xfe not a header\r\n\r\n\x00")
    mail = folder.find(key)
    assert mail is not None
    assert mail.attachments == []
