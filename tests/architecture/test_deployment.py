"""What deploys lexapp, as far as it can be held to account without Docker: parsed, compared with the code, and run where it can be run."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lexapp.cli import COMMANDS
from lexapp.config import Settings
from tests.architecture.tree import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
LEXAPP = {"web", "events", "worker", "scheduler", "migrate"}
OF_OTHERS = {"HOST_NAME"}


def known_settings() -> set[str]:
    """Every variable that config.py reads, and those of gunicorn.conf.py and the logs."""
    read = re.findall(r'(?:reader|self)\.read\("([A-Z_]+)"', (ROOT / "lexapp/config.py").read_text())
    return {
        *read,
        "SECRET_KEY",
        "WEB_BIND",
        "WEB_WORKERS",
        "WEB_THREADS",
        "EVENTS_BIND",
        "EVENTS_THREADS",
        "LOG_FORMAT",
        "PROMETHEUS_MULTIPROC_DIR",
    }


# ── the image ────────────────────────────────────────────────────────────────────────────────────


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines)]


def test_every_instruction_of_the_image_is_one_that_exists():
    known = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {word for word, _ in instructions()} == known


def test_the_image_runs_as_nobody_in_particular():
    words = [word for word, _ in instructions()]
    assert dict(instructions())["USER"] == "lexapp"
    assert words.index("USER") < words.index("CMD")
    assert "RUN" not in words[words.index("USER") :]


def test_the_image_is_of_the_python_that_the_requirements_are_compiled_for():
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert bases == ["python:3.11-slim-bookworm"] * 2
    assert "--python-version 3.11" in (ROOT / "Makefile").read_text()


def test_the_image_has_the_system_packages_that_make_setup_installs():
    found = re.search(r"^RUN_PACKAGES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found
    (installed,) = [rest for word, rest in instructions() if word == "RUN" and "apt-get install" in rest]
    assert set(found[1].split()) - {"redis-server"} <= set(installed.split())


def test_whatever_the_image_copies_is_there_and_not_held_back():
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert [source for source in sources if not (ROOT / source).exists()] == []
            assert set(sources) <= let_through


def test_the_image_installs_by_hash_and_from_no_address_of_its_own():
    text = (DEPLOY / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.txt" in text
    assert re.findall(r"https?://(?!127\.0\.0\.1)", text) == []


@pytest.mark.parametrize("word", ["CMD"])
def test_what_the_image_runs_is_json_and_exists(word: str):
    command = json.loads(dict(instructions())[word])
    assert command[0] == "gunicorn"
    assert (ROOT / command[2]).is_file()


def test_gunicorn_accepts_its_configuration_and_the_application(tmp_path: Path):
    command = [sys.executable, "-m", "gunicorn", "--check-config", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
    ran = subprocess.run(command, cwd=ROOT, env={"DATA_FOLDER": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


# ── compose ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def test_compose_has_every_part(compose: dict[str, Any]):
    assert set(compose["services"]) == LEXAPP | {"proxy", "postgres", "redis"}


def test_every_name_that_compose_uses_is_defined(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        used = {volume.partition(":")[0] for volume in service.get("volumes", []) if not volume.startswith("./")}
        assert used <= set(compose["volumes"]), name
        assert set(service.get("networks", [])) <= set(compose["networks"]), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service["depends_on"]) <= set(compose["services"]) if "depends_on" in service else True, name
        files = [volume.split(":")[0] for volume in service.get("volumes", []) if volume.startswith("./")]
        assert [file for file in files if not (DEPLOY / file).is_file()] == [], name


def test_each_part_of_lexapp_is_hardened_and_runs_a_command_that_exists(compose: dict[str, Any]):
    for name in LEXAPP:
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
        if "command" in service:
            assert service["command"][0] == "lexapp"
            assert service["command"][1] in COMMANDS


def test_only_the_proxy_can_be_reached_from_outside(compose: dict[str, Any]):
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True


def test_secrets_are_files_and_each_variable_is_one_that_lexapp_reads(compose: dict[str, Any], tmp_path: Path):
    shutil.copy(DEPLOY / "make-secrets.sh", tmp_path)
    made = subprocess.run(["sh", "make-secrets.sh"], cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    before = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(before) == set(compose["secrets"])
    subprocess.run(["sh", "make-secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == before
    for name in LEXAPP:
        given = filled_in(compose["services"][name], tmp_path)
        assert {variable.removesuffix("_FILE") for variable in given} <= known_settings()
        assert Settings.from_environ(given).base_url == "https://bills.firm.example"


def filled_in(service: dict[str, Any], folder: Path) -> dict[str, str]:
    """The environment of a container as Docker would make it: our secrets, our .env."""
    given = {name: str(value).replace("/run/secrets", str(folder / "secrets")) for name, value in service["environment"].items()}
    for name, value in given.items():
        default = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        given[name] = re.sub(r"\$\{HOST_NAME[^}]*\}", "bills.firm.example", re.sub(r"\$\{MAIL_FROM[^}]*\}", "x@firm.example", default))
    return given


def test_the_example_of_the_environment_names_what_compose_asks_for():
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()))
    assert asked <= set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))


def test_scripts_are_understood_by_a_shell():
    for script in DEPLOY.glob("*.sh"):
        assert subprocess.run(["sh", "-n", script], capture_output=True).returncode == 0
        assert script.stat().st_mode & 0o111


def test_the_proxy_s_file_closes_what_it_opens_and_hides_what_is_for_watchers():
    text = (DEPLOY / "Caddyfile").read_text()
    assert text.count("{") == text.count("}")
    assert "path /metrics /ready" in text


def test_the_proxy_sends_the_stream_to_the_events_process_as_it_comes(compose: dict[str, Any]):
    text = (DEPLOY / "Caddyfile").read_text()
    events = text[text.index("handle /events") :]
    assert re.search(r"reverse_proxy events:(\d+)", events)[1] in compose["services"]["events"]["command"][-1]  # type: ignore[index]
    assert "flush_interval -1" in events
    assert "@pages not path /events" in text


# ── systemd ──────────────────────────────────────────────────────────────────────────────────────


def read_unit(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(path)
    return unit


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_hardened_and_starts_what_exists(path: Path):
    service = read_unit(path)["Service"]
    for name, value in (("NoNewPrivileges", "true"), ("ProtectSystem", "strict"), ("ProtectHome", "true"), ("CapabilityBoundingSet", "")):
        assert service[name] == value
    assert service["User"] == service["Group"] == "lexapp"
    program, *words = service["ExecStart"].split()
    assert program.startswith("/srv/lexapp/.venv/bin/")
    assert words[0] in COMMANDS or (ROOT / words[1]).is_file()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_finds_nothing_to_say_about_a_unit(path: Path, tmp_path: Path):
    """Where there is a systemd-analyze; the programs of an installation are replaced by one that is there."""
    text = re.sub(r"/srv/lexapp/\.venv/bin/\w+", "/bin/true", path.read_text())
    copy = tmp_path / path.name
    copy.write_text(re.sub(r"(?m)^(User|Group)=lexapp$", r"\1=daemon", text))
    if program := shutil.which("systemd-analyze"):
        ran = subprocess.run([program, "verify", "--man=no", str(copy)], capture_output=True, text=True)
        assert [line for line in ran.stderr.splitlines() if path.name in line] == []
    assert "=" in copy.read_text()


def test_the_example_of_the_units_settings_is_understood(tmp_path: Path):
    (tmp_path / "key").write_text("x" * 40)
    lines = (DEPLOY / "systemd/lexapp.env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    assert set(given) <= known_settings() | {"SECRET_KEY_FILE"}
    settings = Settings.from_environ(given | {"SECRET_KEY_FILE": str(tmp_path / "key")})
    assert (settings.trusted_proxies, settings.mail_from) == (1, "Firm LLP <billing@firm.example>")
