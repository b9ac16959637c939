"""The backup that happens by itself: owed once, kept by the plan, told on the page of jobs, and missed aloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.domain.backups import archive_name
from lexapp.jobs.place import Place, open_place
from lexapp.jobs.schedule import owe_what_is_due
from lexapp.jobs.worker import run_due
from lexapp.models import Backup, OutboxMessage
from lexapp.queries.backups import backup_standing
from lexapp.queries.jobs import JobRow, jobs
from lexapp.services.backups import record_backup
from lexapp.workflows.backups import BackupPlan, restore_backup
from tests.backups.house import House
from tests.factories import NOW, World, make_world
from tests.s3_server import S3Server

PLAN = BackupPlan(url="file:///srv/backups", at=(2, 30), daily=7, weekly=5)
NIGHT = PLAN.next_start(NOW)


def place_of(house: House, **environ: str) -> Place:
    settings = Settings.from_environ({**house.environ, "BACKUP_URL": house.backups.as_uri(), **environ})
    place = open_place(settings)
    return replace(place, outside=replace(place.outside, now=lambda: NIGHT))


def test_a_plan_starts_at_its_time_every_day():
    assert NOW.replace(hour=2, minute=30) + timedelta(days=1) == NIGHT
    assert PLAN.next_start(NIGHT) == NIGHT + timedelta(days=1)
    assert PLAN.next_start(NIGHT - timedelta(seconds=1)) == NIGHT


def test_a_backup_is_owed_once_however_many_firms_there_are(session: Session):
    first = make_world(session)
    make_world(session, "Quillfeather & Lind")
    for now in (NOW, NOW + timedelta(hours=1), NIGHT + timedelta(hours=1)):
        owe_what_is_due(session, now=now, plan=PLAN)
    owed = select(OutboxMessage.firm_id, OutboxMessage.not_before).where(OutboxMessage.kind == "installation.backup")
    assert [tuple(row) for row in session.execute(owed.order_by(OutboxMessage.id))] == [
        (first.firm_id, NIGHT),
        (first.firm_id, NIGHT + timedelta(days=1)),
    ]


def test_nothing_is_owed_without_a_plan(session: Session):
    make_world(session)
    owe_what_is_due(session, now=NOW)
    assert session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "installation.backup")).all() == []


def test_the_worker_takes_it_gives_up_old_ones_and_says_so(house: House):
    world = house.move_in()
    house.backups.mkdir()
    old = [house.backups / archive_name(NIGHT - timedelta(days=days)) for days in (1, 2, 3, 40)]
    other = house.backups / "notes.txt"
    for path in (*old, other):
        path.write_bytes(b"")
    place = place_of(house, BACKUP_KEEP_DAILY="2", BACKUP_KEEP_WEEKLY="1")
    run_backup(house, place, world)
    kept = {path.name for path in house.backups.iterdir() if not path.name.startswith(".")}
    assert kept == {archive_name(NIGHT), old[0].name, other.name}
    with house.session() as session:
        (backup,) = session.scalars(select(Backup)).all()
        assert (backup.file_name, backup.place, backup.taken_at) == (archive_name(NIGHT), str(house.backups), NIGHT)
        job = backup_job(session, world)
    assert (job.title, job.state) == ("Backup", "done")
    assert archive_name(NIGHT) in job.note


def backup_job(session: Session, world: World) -> JobRow:
    """The backup as the page of jobs shows it."""
    scope_to_firm(session, world.firm_id)
    (job,) = [row for row in jobs(session, firm_id=world.firm_id, now=NIGHT) if row.kind == "installation.backup"]
    return job


def run_backup(house: House, place: Place, world: World) -> None:
    with house.session() as session:
        owe_what_is_due(session, now=NOW, plan=PLAN)
        due = select(OutboxMessage).where(OutboxMessage.kind != "installation.backup")
        for row in session.scalars(due):
            row.not_before = NIGHT + timedelta(days=9)
        session.commit()
    assert run_due(place)
    place.engine.dispose()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_backup_with_findings_is_kept_and_the_job_fails_with_the_first(house: House, engine: str):
    world = house.move_in()
    (document,) = (path for path in (house.folder / "var/storage").rglob("*") if path.is_file())
    document.unlink()
    house.backups.mkdir()
    good = house.backups / archive_name(NIGHT - timedelta(days=1))
    good.write_bytes(b"")
    run_backup(house, place_of(house, BACKUP_KEEP_DAILY="1", BACKUP_KEEP_WEEKLY="0"), world)
    assert good.is_file()
    with house.session() as session:
        job = backup_job(session, world)
        assert session.scalars(select(Backup)).all() == []
    assert (job.state, "is missing" in job.note, (house.backups / archive_name(NIGHT)).is_file()) == ("dead", True, True)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_bucket_that_takes_nothing_leaves_no_copy_behind(house: House, s3: S3Server, engine: str):
    world = house.move_in()
    run_backup(house, place_of(house, BACKUP_URL=s3.url("backups").replace("firm-files", "gone-files")), world)
    assert [path.name for path in (house.folder / "var/backups").iterdir()] == [".lexapp-backup.lock"]
    with house.session() as session:
        assert session.scalars(select(Backup)).all() == []
        assert backup_job(session, world).state != "done"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_worker_without_the_setting_says_which_one(house: House, engine: str):
    world = house.move_in()
    place = open_place(Settings.from_environ(house.environ))
    run_backup(house, replace(place, outside=replace(place.outside, now=lambda: NIGHT)), world)
    with house.session() as session:
        job = backup_job(session, world)
    assert (job.state, "no BACKUP_URL" in job.note) == ("dead", True)


def test_the_alarm_goes_after_two_days_without_a_good_backup(session: Session):
    make_world(session)
    assert not backup_standing(session, planned=True, now=NOW + timedelta(days=2)).alarm
    assert backup_standing(session, planned=True, now=NOW + timedelta(days=2, seconds=1)).alarm
    assert not backup_standing(session, planned=False, now=NOW + timedelta(days=9)).alarm
    taken = NOW + timedelta(days=9)
    record_backup(session, place="/srv", file_name="lexapp.tar.gz", size_bytes=1, taken_at=taken, now=taken)
    assert not backup_standing(session, planned=True, now=taken + timedelta(days=2)).alarm
    assert backup_standing(session, planned=False, now=taken + timedelta(days=3)).alarm


def test_a_path_in_words_is_no_place(tmp_path: Path):
    assert Settings.from_environ({}).backup_url is None
    assert Settings.from_environ({"BACKUP_URL": tmp_path.as_uri()}).backup_at == (2, 30)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_documents_and_backups_may_live_in_buckets(house: House, s3: S3Server, engine: str):
    bucket = {"STORAGE_URL": s3.url("documents"), "BACKUP_URL": s3.url("backups"), "BACKUP_KEEP_DAILY": "1", "BACKUP_KEEP_WEEKLY": "0"}
    house.more = bucket
    world = house.move_in()
    old, other = f"backups/{archive_name(NIGHT - timedelta(days=1))}", "backups/notes.txt"
    for key in (old, other):
        s3.write(key, b"")
    place = place_of(house, **bucket)
    run_backup(house, place, world)
    kept = f"backups/{archive_name(NIGHT)}"
    assert sorted(key for key in s3.names() if key.startswith("backups/")) == sorted([kept, other])
    (house.folder / "fetched.tar.gz").write_bytes(s3.read(kept))
    s3.clear()
    restored = restore_backup(house.installation, house.folder / "fetched.tar.gz", replace=True, now=NIGHT)
    assert (restored.findings, restored.documents) == ((), 1)
    assert [key for key in s3.names() if key.startswith("documents/")] != []
    assert [path.name for path in (house.folder / "var/backups").iterdir()] == [".lexapp-backup.lock"]
