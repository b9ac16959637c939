"""The mail with an invoice in the firm's own words, under its own name, through its own server."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from lexapp.jobs.place import Place
from lexapp.models import Firm, MailServer
from tests.factories import World, save
from tests.jobs.issued import issue_invoices
from tests.jobs.test_mails import body, change, work_off
from tests.servers import MailSink


def test_the_firms_own_words_and_sender_are_used_and_nothing_in_them_is_markup(
    session: Session, world: World, place: Place, mail_sink: MailSink
):
    texts = {"mail_subject": "{firm}: {number}", "mail_body": "Dear {payer},\n\nplease pay {to_pay} <b>by</b> {due} for {matter}."}
    change(session, world, Firm, **texts)
    server = MailServer(firm_id=world.firm_id, from_name="Accounts", from_address="accounts@brannock.test", reply_to="ask@brannock.test")
    save(session, server, world.firm_id)
    (invoice,) = issue_invoices(session, world, send=True)
    work_off(place)
    (message,) = mail_sink.messages
    assert (message["From"], message["Reply-To"]) == ("Accounts <accounts@brannock.test>", "ask@brannock.test")
    assert message["Subject"] == f"Brannock Voss LLP: {invoice.number}"
    assert "Dear Castellane Shipping & Terminal Holdings, Inc.," in body(message, "plain")
    assert "<b>by</b>" in body(message, "plain")
    assert "&lt;b&gt;by&lt;/b&gt;" in body(message, "html")
    assert "attached is" not in body(message, "plain")


def test_mail_leaves_through_the_firms_own_server(session: Session, world: World, place: Place, mail_sink: MailSink):
    own = MailSink()
    elsewhere = replace(place, outside=replace(place.outside, private_mail_servers=True))
    server = MailServer(firm_id=world.firm_id, host="127.0.0.1", port=own.port, security="none")
    save(session, server, world.firm_id)
    issue_invoices(session, world, send=True)
    work_off(elsewhere)
    own.close()
    assert (len(own.messages), len(mail_sink.messages)) == (1, 0)
