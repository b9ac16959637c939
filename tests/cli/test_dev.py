"""What `lexapp dev` decides before it starts anything."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import click
import pytest

from lexapp.cli.dev import Development, free_port_from, only_one
from lexapp.cli.private_redis import LONGEST_SOCKET_PATH, PrivateRedis
from lexapp.cli.supervisor import Supervisor
from tests.servers import die_with_parent, free_port, stop, wait_until


def test_the_demonstration_has_its_own_database_redis_and_mail_server(tmp_path: Path):
    development = Development(Supervisor(), {"DATA_FOLDER": str(tmp_path)}, 5123)
    assert development.settings.demo
    assert development.settings.database_url == f"sqlite:///{tmp_path}/demo.sqlite3"
    assert development.settings.redis_url == f"unix://{tmp_path}/redis/redis.sock"
    assert development.settings.mail_url == f"smtp://127.0.0.1:{development.mail_port}"
    assert development.settings.base_url == "http://127.0.0.1:5123"


def test_it_may_begin_without_a_firm_in_a_database_file_of_its_own(tmp_path: Path):
    development = Development(Supervisor(), {"DATA_FOLDER": str(tmp_path), "DEMO": "false"}, 5123)
    assert (development.settings.demo, development.settings.development) == (False, True)
    assert development.settings.database_url == f"sqlite:///{tmp_path}/lexapp.sqlite3"
    assert development.prepare_database() is None
    assert development.sign_ins() == []


def test_what_the_environment_names_is_used_and_not_started(tmp_path: Path):
    given = {"DATA_FOLDER": str(tmp_path), "REDIS_URL": "redis://queue", "MAIL_URL": "smtp://post", "DATABASE_URL": "postgresql://db/x"}
    development = Development(Supervisor(), given, 5000)
    assert (development.redis, development.mail_port) == (None, None)
    assert development.settings.redis_url == "redis://queue"
    assert development.settings.mail_url == "smtp://post"
    assert development.settings.database_url == "postgresql+psycopg://db/x"


def test_without_redis_server_the_worker_is_told_of_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    development = Development(Supervisor(), {"DATA_FOLDER": str(tmp_path)}, 5000)
    assert development.redis is not None
    assert development.redis.program is None
    assert development.settings.redis_url is None


def test_a_taken_port_gives_way_to_the_next_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port_from(port) > port


def test_a_second_start_on_the_same_folder_is_refused_in_a_sentence(tmp_path: Path):
    with only_one(tmp_path / "dev.lock"), pytest.raises(click.ClickException, match="already running"), only_one(tmp_path / "dev.lock"):
        pass


def test_the_private_redis_listens_on_its_socket_only(tmp_path: Path):
    redis = PrivateRedis(tmp_path / "redis")
    process = subprocess.Popen(redis.command(), preexec_fn=die_with_parent())
    wait_until(redis.answers, what="redis-server")
    listening = subprocess.run(["redis-cli", "-s", str(redis.socket), "config", "get", "port"], capture_output=True, text=True, check=True)
    stop(process)
    assert listening.stdout.split() == ["port", "0"]


def test_a_long_folder_name_does_not_break_the_socket(tmp_path: Path):
    redis = PrivateRedis(tmp_path / ("long" * 40))
    assert len(str(redis.socket)) <= LONGEST_SOCKET_PATH
    redis.socket.parent.rmdir()
