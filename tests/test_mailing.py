"""The mail server over the wire: passwords only through TLS that holds, and answers that are told apart."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from lexapp.domain.errors import InvalidInput
from lexapp.integrations.letters.envelope import mailbox, one_line, sender
from lexapp.integrations.mail import MailError, open_mailer
from tests.servers import MailSink, free_port


def message(*to: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "billing@firm.test", ", ".join(to), "Invoice"
    made.set_content("Hello")
    return made


class Guarded:
    """A server that wants TLS and a password, and knows one mailbox only."""

    def __init__(self, folder: Path) -> None:
        self.received: list[Envelope] = []
        self.certificate, self.port = folder / "certificate.pem", free_port()
        key = folder / "key.pem"
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run([*made, *names], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": self.check}
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)  # type: ignore[arg-type]
        self.controller.start()

    def check(self, server: object, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"firm", b"p@ss word"), handled=False)

    async def handle_RCPT(self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if address != "known@payer.test":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return "250 kept"

    def url(self, password: str = "p%40ss%20word") -> str:
        return f"smtp+starttls://firm:{password}@localhost:{self.port}"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    server = Guarded(tmp_path)
    yield server
    server.controller.stop()


@pytest.fixture
def trusted(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """The same server with its certificate among those that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.certificate))
    return guarded


def test_a_password_is_sent_through_tls_and_the_message_arrives(trusted: Guarded):
    assert open_mailer(trusted.url()).send(message("known@payer.test")) == {}
    assert [envelope.rcpt_tos for envelope in trusted.received] == [["known@payer.test"]]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(guarded: Guarded):
    with pytest.raises(MailError, match="did not answer as it should") as caught:
        open_mailer(guarded.url()).send(message("known@payer.test"))
    assert not caught.value.for_good
    assert guarded.received == []


def test_a_wrong_password_is_told_in_the_servers_words(trusted: Guarded):
    with pytest.raises(MailError, match="did not accept the user and password: 535"):
        open_mailer(trusted.url("wrong")).send(message("known@payer.test"))


def test_addresses_that_are_refused_beside_others_are_named(trusted: Guarded):
    refused = open_mailer(trusted.url()).send(message("known@payer.test", "gone@payer.test"))
    assert refused == {"gone@payer.test": "5.1.1 no such mailbox"}
    assert len(trusted.received) == 1


def test_a_message_that_every_address_refuses_is_refused_for_good(trusted: Guarded):
    with pytest.raises(MailError, match=r"gone@payer\.test: 5\.1\.1 no such mailbox") as caught:
        open_mailer(trusted.url()).send(message("gone@payer.test"))
    assert caught.value.for_good


def test_a_temporary_refusal_is_not_for_good(mail_sink: MailSink):
    mail_sink.refuse = True
    with pytest.raises(MailError, match="try again later") as caught:
        open_mailer(mail_sink.url).send(message("known@payer.test"))
    assert not caught.value.for_good


def test_a_server_that_is_not_there_is_not_for_good():
    with pytest.raises(MailError, match="did not answer") as caught:
        open_mailer(f"smtp://127.0.0.1:{free_port()}").send(message("known@payer.test"))
    assert not caught.value.for_good


@pytest.mark.parametrize(
    "email", ["", "nobody", "@host.test", "a@", "a b@host.test", "a@host.test\nBcc: b@host.test", "a@host.test\u2028b"]
)
def test_an_address_that_no_server_takes_is_refused(email: str):
    with pytest.raises(InvalidInput, match="Correct the address"):
        mailbox("Somebody", email)


def test_addresses_are_written_as_servers_take_them():
    assert str(mailbox("Müller, A.", "a.mueller@bücher.example")) == '"Müller, A." <a.mueller@xn--bcher-kva.example>'
    assert str(sender("Brannock\r\nVoss", "lexapp <billing@firm.test>")) == "Brannock Voss <billing@firm.test>"
    assert one_line("a\r\nb\x00c") == "a b c"
