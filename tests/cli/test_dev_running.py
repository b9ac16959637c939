"""The whole demonstration is started, answers, and is stopped without a trace."""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.test_mail_catcher import an_invoice_mail
from tests.servers import free_port, stop, wait_until

pytestmark = pytest.mark.slow

FIRST_START_SECONDS = 60


class Running:
    """`lexapp dev` in a process of its own, on its own folder and port."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder, self.port = folder, free_port()
        self.log = folder.with_name(f"{self.port}.log")
        given = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "DATA_FOLDER": str(folder), "PORT": str(self.port), **environ}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "lexapp", "dev"], env=given, stdout=log, stderr=log)

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for_greeting(self) -> None:
        wait_until(lambda: "lexapp is at" in self.output or self.process.poll() is not None, what="lexapp dev", seconds=FIRST_START_SECONDS)
        assert "lexapp is at" in self.output, self.output

    def family(self) -> dict[int, str]:
        """Every living process that was started on this folder, by id. Redis writes its name over its environment."""
        mark = f"DATA_FOLDER={self.folder}".encode()
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command = (path / "cmdline").read_text().replace("\0", " ")
                if mark in (path / "environ").read_bytes().split(b"\0") or str(self.folder) in command:
                    found[int(path.name)] = command
            except OSError:
                continue
        return found

    def child(self, word: str) -> int:
        return next(pid for pid, command in self.family().items() if word in command)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that was started for the first time, which takes long, and stopped."""
    first = Running(tmp_path_factory.mktemp("made") / "var")
    first.wait_for_greeting()
    stop(first.process, signal.SIGTERM)
    return first.folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """One's own copy of it."""
    return shutil.copytree(made, tmp_path / "var")


@pytest.fixture
def dev(folder: Path) -> Iterator[Running]:
    running = Running(folder)
    running.wait_for_greeting()
    yield running
    stop(running.process, signal.SIGTERM)


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


def answers(address: str) -> bool:
    try:
        return "alive" in read(address)
    except OSError:  # not yet
        return False


def test_it_answers_shows_the_mail_it_caught_and_leaves_nothing_behind_on_ctrl_c(dev: Running):
    assert "Sign in" in read(dev.address)
    catcher = next(command for command in dev.family().values() if "mail_catcher" in command)
    with smtplib.SMTP("127.0.0.1", int(catcher.split()[3])) as smtp:
        smtp.send_message(an_invoice_mail())
    assert "client@example.org" in read(f"{dev.address}/mail")
    events = next(command for command in dev.family().values() if "lexapp events" in command).split()[-1]
    wait_until(lambda: answers(f"http://{events}/health"), what="the events process", seconds=FIRST_START_SECONDS)
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(15) == 0
    assert dev.family() == {}


def test_a_firm_whose_making_was_cut_short_is_made_again(tmp_path: Path):
    interrupted = Running(tmp_path / "var")
    wait_until(lambda: "seed |" in interrupted.output, what="the seed", seconds=FIRST_START_SECONDS)
    interrupted.process.send_signal(signal.SIGINT)
    assert interrupted.process.wait(15) == 0
    again = Running(tmp_path / "var")
    again.wait_for_greeting()
    stop(again.process, signal.SIGTERM)
    assert "Making the demonstration firm, once." in again.output
    assert "Password of everybody" in again.output


def test_when_one_part_ends_all_end_with_its_status(dev: Running):
    os.kill(dev.child("redis-server"), signal.SIGKILL)
    assert dev.process.wait(15) == 128 + signal.SIGKILL
    assert "redis ended with status 137; stopping everything." in dev.output
    assert dev.family() == {}


def test_a_second_one_on_the_same_folder_is_refused(dev: Running):
    second = Running(dev.folder)
    assert second.process.wait(15) == 1
    assert "lexapp is already running" in second.output
    assert dev.process.poll() is None


def test_without_redis_server_it_says_so_and_starts_all_the_same(folder: Path):
    running = Running(folder, PATH=str(folder.parent))
    running.wait_for_greeting()
    stop(running.process, signal.SIGINT)
    assert "redis-server is not installed" in running.output
    assert running.process.returncode == 0


def test_a_bad_setting_is_one_sentence_and_no_traceback(tmp_path: Path):
    running = Running(tmp_path / "var", DEMO="maybe")
    assert running.process.wait(15) == 2
    assert running.output == "DEMO is 'maybe'; write exactly true or false.\n"
