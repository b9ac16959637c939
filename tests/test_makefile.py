"""`make setup` on machines that lack something, played with stand-ins for the system's commands."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

TOOLS = ("bash", "cat", "sha256sum", "rm", "sed", "sort", "make", "mkdir", "chmod", "cp", "dirname")
DPKG_QUERY = 'for last; do :; done; case " $MISSING " in *" $last "*) exit 1;; *) printf installed;; esac'
PYTHON = """
case "$*" in
  "-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
  "-m pip"*) echo "pip $*" >> calls;;
  *version_info*) [ -z "${OLD_PYTHON:-}" ];;
  --version) echo "Python 3.9.2";;
esac
"""


class Machine:
    """A folder with the Makefile and a PATH with only what is put there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder / "clone", folder / "bin"
        self.folder.mkdir()
        self.path.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / name, self.folder)
        for name in TOOLS:
            (self.path / name).symlink_to(str(shutil.which(name)))
        self.put("dpkg-query", DPKG_QUERY)
        self.put("id", "echo 1000")
        self.put("python3", PYTHON)

    def put(self, name: str, script: str) -> None:
        (self.path / name).write_text(f"#!{shutil.which('bash')}\n{script}\n")
        (self.path / name).chmod(0o755)

    def make(self, target: str, **environ: str) -> subprocess.CompletedProcess[str]:
        given = {"PATH": str(self.path), **environ}
        return subprocess.run([self.path / "make", target], cwd=self.folder, env=given, capture_output=True, text=True)

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_help_names_every_command(machine: Machine):
    shown = machine.make("help").stdout
    commands = "setup run test fast browser faults check bench requirements shots help".split()  # noqa: SIM905 - as one types them
    assert [name for name in commands if f"make {name} " not in shown] == []


def test_the_second_run_installs_nothing(machine: Machine):
    assert machine.make("setup").returncode == 0
    first = machine.calls
    assert [call for call in first if "--require-hashes -r requirements.txt" in call]
    assert machine.make("setup").returncode == 0
    assert machine.calls == first


def test_changed_requirements_are_installed(machine: Machine):
    machine.make("setup")
    first = len(machine.calls)
    (machine.folder / "requirements.txt").write_text("new==1\n")
    machine.make("setup")
    assert len(machine.calls) == 2 * first


def test_exactly_the_missing_packages_are_asked_of_apt(machine: Machine):
    machine.put("apt-get", "exit 1")
    machine.put("sudo", 'shift 3; echo "$@" >> calls')
    assert machine.make("setup", MISSING="redis-server fonts-dejavu-core").returncode == 0
    assert machine.calls[0] == "apt fonts-dejavu-core redis-server"


def test_without_rights_to_install_the_run_goes_on_and_names_what_is_missing(machine: Machine):
    outcome = machine.make("setup", MISSING="redis-server")
    assert "These system packages are missing and could not be installed from here: redis-server." in outcome.stderr
    assert outcome.returncode == 0


def test_without_rights_to_install_the_tests_do_not_start(machine: Machine):
    outcome = machine.make("test", MISSING="hledger")
    assert "could not be installed from here: hledger." in outcome.stderr
    assert outcome.returncode != 0
    assert machine.calls == []


def test_on_another_system_the_missing_commands_are_named(machine: Machine):
    (machine.path / "dpkg-query").unlink()
    outcome = machine.make("setup")
    assert "could not be installed from here: redis-server." in outcome.stderr


def test_an_old_python_is_refused_in_a_sentence(machine: Machine):
    outcome = machine.make("setup", OLD_PYTHON="yes")
    assert "lexapp needs Python 3.11 or newer; this machine has Python 3.9.2." in outcome.stderr
    assert outcome.returncode != 0
