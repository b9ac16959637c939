"""The mail with an invoice: who gets it, what it says, and that it goes out once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.integrations.mail import MailError
from lexapp.integrations.signed_links import read_link
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.models import Client, Contact, Firm, Invoice, InvoiceLink, OutboxMessage, SentMail
from lexapp.services.invoices import send_invoice, start_issue_run, void_invoice
from tests.factories import NOW, World, save
from tests.jobs.conftest import StoppedClock
from tests.jobs.issued import approve_pre_bills, documents, issue_invoices, states
from tests.servers import MailSink

MAIL = "invoice.mail"


def work_off(place: Place) -> None:
    while run_due(place):
        pass


def mail_row(session: Session) -> OutboxMessage:
    session.rollback()
    found = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == MAIL).execution_options(populate_existing=True)).one()
    session.expunge(found)
    session.rollback()
    return found


def sent(session: Session) -> list[SentMail]:
    session.rollback()
    found = list(session.scalars(select(SentMail).order_by(SentMail.id).execution_options(populate_existing=True)))
    session.expunge_all()
    session.rollback()
    return found


def change(session: Session, world: World, model: type[Client] | type[Firm], **values: object) -> None:
    with transaction(session, world.firm_id):
        session.execute(update(model).values(**values))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def test_an_invoice_that_is_issued_to_be_sent_reaches_its_payer(session: Session, world: World, place: Place, mail_sink: MailSink):
    change(session, world, Firm, email="accounts@brannock.test", phone="+1 555 0142", address="1180 Chandlery Row\nDunmore")
    (invoice,) = issue_invoices(session, world, send=True)
    work_off(place)
    (message,) = mail_sink.messages
    assert (message["From"], message["To"]) == (
        "Brannock Voss LLP <billing@firm.test>",
        '"Castellane Shipping & Terminal Holdings, Inc." <ap@castellane.test>',
    )
    assert message["Reply-To"] == "Brannock Voss LLP <accounts@brannock.test>"
    assert message["Subject"] == f"Invoice {invoice.number} from Brannock Voss LLP"
    assert message["Date"].datetime == NOW
    for kind in ("plain", "html"):
        text = body(message, kind)
        assert all(
            words in text for words in (invoice.number, "$600.00", "December 23, 2026", "Port Authority claims", "+1 555 0142", "Dunmore")
        )
    (pdf,) = message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == (f"{invoice.number}.pdf", "application/pdf")
    content = pdf.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.startswith(b"%PDF-")


def test_the_mail_carries_the_signed_address_of_the_clients_page(session: Session, world: World, place: Place, mail_sink: MailSink):
    issue_invoices(session, world, send=True)
    work_off(place)
    public_id = session.scalars(select(InvoiceLink.public_id)).one()
    (message,) = mail_sink.messages
    (address,) = [line for line in body(message, "plain").splitlines() if line.startswith("https://")]
    assert address.startswith("https://bills.firm.test/i/")
    assert address in body(message, "html")
    assert read_link(address.rpartition("/")[2], secret_key=place.outside.secret_key) == public_id


def test_a_mail_is_written_down_before_it_is_sent_and_dated_after(
    session: Session, world: World, place: Place, mail_sink: MailSink, clock: StoppedClock
):
    (invoice,) = issue_invoices(session, world, send=True)
    seen: list[tuple[int, object]] = []

    class Watching:
        def send(self, message: EmailMessage) -> dict[str, str]:
            with place.session() as other:
                other.info["firm_id"] = world.firm_id
                seen.extend((row.attempts, row.sent_at) for row in other.scalars(select(SentMail)))
            return place.outside.mailer.send(message)

    work_off(replace(place, outside=replace(place.outside, mailer=Watching())))
    assert seen == [(1, None)]
    (mail,) = sent(session)
    assert (mail.attempts, mail.sent_at, mail.recipient, mail.subject_id) == (1, clock(), "ap@castellane.test", invoice.id)
    assert mail.message_id == mail_sink.messages[0]["Message-ID"]


def test_a_worker_that_dies_between_acceptance_and_commit_makes_a_duplicate_that_is_counted(
    session: Session, world: World, place: Place, mail_sink: MailSink, clock: StoppedClock
):
    issue_invoices(session, world, send=True)

    class Dying:
        def send(self, message: EmailMessage) -> dict[str, str]:
            place.outside.mailer.send(message)
            raise OSError("the plug was pulled")

    work_off(replace(place, outside=replace(place.outside, mailer=Dying())))
    assert mail_row(session).state == "pending"
    clock.forward(seconds=10)
    work_off(place)
    assert len(mail_sink.messages) == 2
    assert len({message["Message-ID"] for message in mail_sink.messages}) == 1
    assert [(mail.attempts, mail.sent_at) for mail in sent(session)] == [(2, clock())]


def test_a_mail_that_is_dated_is_not_sent_again_by_a_repeat_of_its_row(session: Session, world: World, place: Place, mail_sink: MailSink):
    issue_invoices(session, world, send=True)
    work_off(place)
    with transaction(session):
        session.execute(update(OutboxMessage).where(OutboxMessage.kind == MAIL).values(state="pending", attempts=1, done_at=None))
    work_off(place)
    assert len(mail_sink.messages) == 1
    assert mail_row(session).last_error == "The mail server had taken it at an earlier attempt."


def test_sending_again_is_another_mail_with_an_id_of_its_own(session: Session, world: World, place: Place, mail_sink: MailSink):
    (invoice,) = issue_invoices(session, world, send=True)
    work_off(place)
    send_invoice(session, actor=world.owner, invoice_id=invoice.id, key="again", now=NOW)
    session.rollback()
    work_off(place)
    assert len({message["Message-ID"] for message in mail_sink.messages}) == 2
    assert [mail.attempts for mail in sent(session)] == [1, 1]
    assert documents(session) == 1


def test_while_the_mail_server_is_away_the_mail_waits_and_then_goes(
    session: Session, world: World, place: Place, without_mail_server: Place, mail_sink: MailSink, clock: StoppedClock
):
    issue_invoices(session, world, send=True)
    work_off(without_mail_server)
    assert states(session) == {"done": 1}
    assert mail_row(session).state == "pending"
    assert "mail server at 127.0.0.1 did not answer" in mail_row(session).last_error
    mail_sink.refuse = True
    clock.forward(seconds=10)
    work_off(place)
    assert "try again later" in mail_row(session).last_error
    mail_sink.refuse = False
    clock.forward(seconds=60)
    work_off(place)
    assert mail_row(session).state == "done"
    assert len(mail_sink.messages) == 1


def test_contacts_who_receive_invoices_get_it_instead_of_the_payer(session: Session, world: World, place: Place, mail_sink: MailSink):
    (invoice,) = issue_invoices(session, world, send=True)
    for name, email, receives in (
        ("A. Vane", "vane@castellane.test", True),
        ("B. Oru", "oru@castellane.test", True),
        ("C", "c@c.test", False),
    ):
        contact = Contact(
            firm_id=world.firm_id, client_id=invoice.payer_id, name=name, email=email, receives_invoices=receives, created_at=NOW
        )
        save(session, contact, world.firm_id)
    session.rollback()
    work_off(place)
    assert mail_sink.messages[0]["To"] == '"A. Vane" <vane@castellane.test>, "B. Oru" <oru@castellane.test>'
    assert sent(session)[0].recipient == "vane@castellane.test, oru@castellane.test"


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "has no e-mail address. Add one to the client, or a contact that receives invoices, then retry."),
        ("x@y.test\r\nBcc: all@z.test", "Mail cannot be sent to “x@y.testBcc: all@z.test”. Correct the address"),
        ("nobody", "Mail cannot be sent to “nobody”."),
    ],
)
def test_an_address_that_cannot_be_used_ends_the_job_with_what_to_do(
    session: Session, world: World, place: Place, mail_sink: MailSink, email: str, sentence: str
):
    issue_invoices(session, world, send=True)
    change(session, world, Client, email=email)
    work_off(place)
    assert mail_row(session).state == "dead"
    assert sentence in mail_row(session).last_error
    assert mail_sink.messages == []
    assert sent(session) == []


def test_line_breaks_in_names_do_not_become_headers(session: Session, world: World, place: Place, mail_sink: MailSink):
    (invoice,) = issue_invoices(session, world, send=True)
    contact = Contact(
        firm_id=world.firm_id,
        client_id=invoice.payer_id,
        name="Vane\r\nBcc: all@z.test",
        email="vane@castellane.test",
        receives_invoices=True,
        created_at=NOW,
    )
    save(session, contact, world.firm_id)
    session.rollback()
    work_off(place)
    (message,) = mail_sink.messages
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["vane@castellane.test"]


def test_a_voided_invoice_is_not_sent_any_more(session: Session, world: World, place: Place, mail_sink: MailSink):
    (invoice,) = issue_invoices(session, world, send=True)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer", now=NOW)
    session.rollback()
    work_off(place)
    assert (mail_row(session).state, mail_row(session).last_error) == ("dead", f"{invoice.number} is voided and is not sent any more.")
    assert mail_sink.messages == []


def test_what_the_server_refuses_for_good_is_dead_and_what_it_refuses_for_now_waits(session: Session, world: World, place: Place):
    issue_invoices(session, world, send=True)

    class Refusing:
        for_good = False

        def send(self, message: EmailMessage) -> dict[str, str]:
            raise MailError("No such mailbox.", for_good=self.for_good)

    mailer = Refusing()
    refusing = replace(place, outside=replace(place.outside, mailer=mailer, now=lambda: NOW))
    work_off(refusing)
    assert (mail_row(session).state, mail_row(session).last_error) == ("pending", "No such mailbox.")
    with transaction(session):
        session.execute(update(OutboxMessage).values(not_before=NOW))
    mailer.for_good = True
    work_off(refusing)
    assert (mail_row(session).state, mail_row(session).last_error) == ("dead", "No such mailbox.")


def test_some_addresses_refused_are_noted_on_the_job_and_not_tried_again(session: Session, world: World, place: Place):
    issue_invoices(session, world, send=True)

    class Half:
        def send(self, message: EmailMessage) -> dict[str, str]:
            return {"oru@castellane.test": "no such mailbox"}

    work_off(replace(place, outside=replace(place.outside, mailer=Half())))
    assert mail_row(session).state == "done"
    assert mail_row(session).last_error == "The mail server refused oru@castellane.test: no such mailbox."


def test_a_billing_run_is_worked_off_and_its_invoices_printed(session: Session, world: World, place: Place):
    pre_bills = approve_pre_bills(session, world, 3)
    start_issue_run(session, actor=world.owner, pre_bill_ids=pre_bills, issued_on=date(2026, 11, 23), now=NOW)
    session.rollback()
    work_off(place)
    assert states(session, "billing_run") == {"done": 1}
    assert states(session) == {"done": 3}
    assert len(session.scalars(select(Invoice.id)).all()) == 3
