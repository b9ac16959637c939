"""The servers that the tests start are real, private, and gone afterwards."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from tests.servers import APPLICATION_ROLE, OWNER_ROLE, MailSink, PostgresCluster, RedisServer


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Hello"
    message.set_content("Good day")
    return message


def test_postgresql_has_an_owner_and_an_application_role_that_owns_nothing(postgres: PostgresCluster):
    postgres.create_database("roles")
    with psycopg.connect(postgres.url("roles", OWNER_ROLE).replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("CREATE TABLE things (id bigint)")
    with (
        psycopg.connect(postgres.url("roles", APPLICATION_ROLE).replace("+psycopg", ""), autocommit=True) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute("DROP TABLE things")
    postgres.drop_database("roles")


def test_redis_keeps_its_queue_over_a_kill(redis_server: RedisServer):
    with redis_server.connect() as connection:
        connection.set("job", "1")
    redis_server.kill()
    redis_server.start()
    with redis_server.connect() as connection:
        assert connection.get("job") == b"1"


def test_redis_is_empty_at_the_start_of_a_test(redis_server: RedisServer):
    with redis_server.connect() as connection:
        assert connection.dbsize() == 0


def test_the_mail_sink_keeps_what_it_is_sent_and_can_be_told_to_refuse(mail_sink: MailSink):
    with smtplib.SMTP("127.0.0.1", mail_sink.port) as smtp:
        smtp.send_message(a_message())
        mail_sink.refuse = True
        with pytest.raises(smtplib.SMTPDataError):
            smtp.send_message(a_message())
    assert [message["Subject"] for message in mail_sink.messages] == ["Hello"]


def test_a_closed_server_leaves_no_process_and_no_folder():
    server = RedisServer()
    server.close()
    assert server.process.poll() is not None
    assert not Path(server.folder).exists()
