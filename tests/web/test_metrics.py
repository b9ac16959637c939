"""Figures for Prometheus: who may read them, what they say, and that several processes add up to one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.money import Money
from lexapp.models import OutboxMessage
from lexapp.queries.metrics import gauges
from lexapp.services import trust
from lexapp.services.backups import record_backup
from lexapp.services.outbox import owe_recurring
from lexapp.web.metrics import exposition
from tests.architecture.tree import ROOT
from tests.factories import TODAY, World, make_matter
from tests.jobs.issued import issue_invoices
from tests.servers import die_with_parent, free_port, stop, wait_until
from tests.web.visitor import Visitor

TOKEN = "a token of at least thirty-two characters"


def figures(text: str) -> dict[str, float]:
    """Series -> value."""
    return {name: float(value) for name, value in re.findall(r"^(lexapp_[^ ]+) (\S+)$", text, re.MULTILINE)}


def test_requests_are_counted_by_route_and_never_by_address(owner: Visitor, session: Session, world: World):
    matter = make_matter(session, world.owner)
    series = 'lexapp_requests_total{method="GET",route="/matters/<int:matter_id>",status="200"}'
    before = figures(owner.get("/metrics").text).get(series, 0)
    for _ in range(3):
        owner.get(f"/matters/{matter.id}")
    text = owner.get("/metrics").text
    assert figures(text)[series] == before + 3
    assert 'lexapp_request_seconds_bucket{le="0.25",method="GET",route="/matters/<int:matter_id>"}' in text
    assert f"/matters/{matter.id}" not in text


def test_methods_that_nobody_serves_make_one_series(stranger: Visitor):
    for word in ("FROBNICATE", "TRACE", "X" * 50):
        assert stranger.client.open("/health", method=word).status_code == 405
    text = stranger.get("/metrics").text
    assert 'method="other"' in text
    assert "FROBNICATE" not in text


def test_without_a_token_only_this_machine_reads_them(stranger: Visitor):
    assert stranger.get("/metrics").status_code == 200
    assert stranger.get("/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404
    for name in ("X-Forwarded-For", "Forwarded", "Via"):
        assert stranger.get("/metrics", headers={name: "10.0.0.7"}).status_code == 404


def test_with_a_token_whoever_holds_it_reads_them(app: Flask, stranger: Visitor):
    app.extensions["settings"] = replace(app.extensions["settings"], metrics_token=TOKEN)
    for given, status in ((None, 404), ("Bearer wrong", 404), (TOKEN, 404), (f"Bearer {TOKEN}", 200)):
        headers = {"Authorization": given} if given else {}
        assert stranger.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": "10.0.0.7"}).status_code == status


def test_the_gauges_say_what_waits_what_failed_and_how_old_the_proofs_are(session: Session, world: World):
    now = datetime.now(UTC)
    issue_invoices(session, world, 2, send=True)
    owe_recurring(session, kind="books.verification", starts_at=now, now=now)
    record_backup(session, place="/srv", file_name="x", size_bytes=7, taken_at=now - timedelta(hours=5), now=now)
    with transaction(session):
        mails = update(OutboxMessage).where(OutboxMessage.kind == "invoice.mail")
        session.execute(mails.values(state="dead"))
        session.execute(update(OutboxMessage).where(OutboxMessage.kind == "invoice.document").values(not_before=now - timedelta(minutes=2)))
        proofs = update(OutboxMessage).where(OutboxMessage.kind == "books.verification")
        session.execute(proofs.values(state="done", done_at=now - timedelta(hours=7)))
    found = {(gauge.name, *values): number for gauge in gauges(session, now=now) for values, number in gauge.samples}
    assert found == {
        ("lexapp_jobs", "invoice.document", "pending"): 2,
        ("lexapp_jobs", "invoice.mail", "dead"): 2,
        ("lexapp_job_oldest_due_seconds",): 120,
        ("lexapp_backup_age_seconds",): 5 * 3600,
        ("lexapp_backup_bytes",): 7,
        ("lexapp_verification_age_seconds",): 7 * 3600,
        ("lexapp_trust_shortages",): 0,
    }


def test_a_trust_shortage_is_counted(session: Session, world: World):
    matter = make_matter(session, world.owner)
    given = {"actor": world.owner, "effective_on": TODAY}
    moved = trust.deposit_to_trust(session, amount=Money(100_00, "USD"), matter_id=matter.id, source="C", method="cheque", **given)
    ledger_id = moved.trust_ledger_id or 0
    trust.disburse_trust(
        session, amount=Money(80_00, "USD"), trust_ledger_id=ledger_id, payee="Court", method="cheque", purpose="Fee", **given
    )
    trust.return_deposit(session, trust_transaction_id=moved.id, reason="No funds", **given)
    (shortages,) = [gauge for gauge in gauges(session, now=datetime.now(UTC)) if gauge.name == "lexapp_trust_shortages"]
    assert shortages.samples == [((), 1.0)]


@contextmanager
def gunicorn(environ: dict[str, str], workers: int, log: Path) -> Iterator[str]:
    """The web as docs/operations.md starts it."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--no-control-socket", "wsgi:app"]
    given = {**environ, "WEB_BIND": f"127.0.0.1:{port}", "WEB_WORKERS": str(workers), "BASE_URL": f"http://127.0.0.1:{port}"}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=out, preexec_fn=die_with_parent())
    try:
        wait_until(lambda: log.read_text().count("Booting worker") == workers and answers(port), what="gunicorn", seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def answers(port: int) -> bool:
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_several_workers_answered_is_added_up(environ: dict[str, str], engine: str, tmp_path: Path):
    with gunicorn(environ, 2, tmp_path / "web.log") as address:
        series = 'lexapp_requests_total{method="GET",route="/health",status="200"}'
        read = lambda: figures(urllib.request.urlopen(f"{address}/metrics", timeout=10).read().decode())  # noqa: E731
        before = read()[series]
        for _ in range(40):
            urllib.request.urlopen(f"{address}/health", timeout=10).close()
        assert {read()[series] for _ in range(5)} == {before + 40}
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def test_a_worker_that_only_begins_stands_in_nobodys_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "counter_4711.db").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert exposition(list) == b""
