"""Children live and die together, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lexapp.cli.supervisor import AskedToStop, Ended, Supervisor
from tests.servers import wait_until

FOREVER = "import time\nwhile True: time.sleep(1)"
STUBBORN = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n{FOREVER}"
WITH_A_CHILD = f"import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', {FOREVER!r}]).pid, flush=True)\n{FOREVER}"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def supervisor():
    made = Supervisor()
    with made.heeding_signals():
        yield made


def test_output_of_a_child_stands_under_its_name(supervisor: Supervisor, capsys: pytest.CaptureFixture[str]):
    assert supervisor.run("greeter", python("print('good day')"), os.environ) is None
    shown: list[str] = []
    wait_until(lambda: shown.append(capsys.readouterr().out) or "greeter | good day" in "".join(shown), what="output")


def test_a_failing_step_is_told_with_its_exit_status(supervisor: Supervisor):
    assert supervisor.run("seed", python("raise SystemExit(3)"), os.environ) == Ended("seed", 3)


def test_a_child_that_was_killed_is_told_as_a_shell_tells_it(supervisor: Supervisor):
    supervisor.start("web", python(FOREVER), os.environ)
    os.kill(supervisor.children[0].process.pid, signal.SIGKILL)
    assert supervisor.wait() == Ended("web", 137)


def test_waiting_ends_when_a_child_ends_before_it_is_ready(supervisor: Supervisor):
    supervisor.start("web", python("raise SystemExit(1)"), os.environ)
    assert supervisor.wait_until(lambda: False) == Ended("web", 1)


def test_ctrl_c_is_an_event_and_not_an_exception(supervisor: Supervisor):
    os.kill(os.getpid(), signal.SIGINT)
    assert supervisor.wait() == AskedToStop()


def test_stopping_ends_the_children_of_children_too(supervisor: Supervisor, capsys: pytest.CaptureFixture[str]):
    supervisor.start("worker", python(WITH_A_CHILD), os.environ)
    shown: list[str] = []
    wait_until(lambda: shown.append(capsys.readouterr().out) or "|" in "".join(shown), what="the grandchild")
    grandchild = int("".join(shown).partition("|")[2])
    assert is_alive(grandchild)
    supervisor.stop()
    wait_until(lambda: not is_alive(grandchild), what="end of the grandchild", seconds=2)


def test_a_child_that_does_not_listen_is_ended_by_force(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("lexapp.cli.supervisor.SECONDS_TO_FINISH", 0.2)
    supervisor.start("deaf", python(STUBBORN), os.environ)
    wait_until(lambda: "ready" in capsys.readouterr().out, what="the child")
    supervisor.stop()
    assert supervisor.children[0].process.wait(2) == -signal.SIGKILL


def test_a_foundation_is_stopped_after_what_leans_on_it(supervisor: Supervisor, tmp_path: Path):
    leaving = "import pathlib, signal, sys, time\ndef go(*_): pathlib.Path(sys.argv[1]).write_text(str(time.monotonic())); sys.exit()\n"
    code = leaving + "signal.signal(signal.SIGTERM, go)\npathlib.Path(sys.argv[1] + '.ready').touch()\n" + FOREVER
    for name in ("redis", "worker"):
        supervisor.start(name, [*python(code), str(tmp_path / name)], os.environ, is_foundation=name == "redis")
    wait_until(lambda: len(list(tmp_path.glob("*.ready"))) == 2, what="both children")
    supervisor.stop()
    assert float((tmp_path / "worker").read_text()) < float((tmp_path / "redis").read_text())


def test_children_end_when_the_supervisor_is_killed_outright(tmp_path: Path):
    note = tmp_path / "pid"
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom lexapp.cli.supervisor import Supervisor\n"
        "supervisor = Supervisor()\nsupervisor.start('web', [sys.executable, '-c', sys.argv[2]], os.environ)\n"
        "Path(sys.argv[1]).write_text(str(supervisor.children[0].process.pid))\nsupervisor.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(note), FOREVER])
    wait_until(lambda: note.exists() and note.read_text(), what="the child")
    child = int(note.read_text())
    time.sleep(0.3)  # until setpriv has become the child
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_alive(child), what="end of the child", seconds=3)
