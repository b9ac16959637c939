"""The environment becomes one frozen Settings; a bad value is refused by a sentence that names its variable."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from lexapp.config import DEVELOPMENT_SECRET, BadSetting, Settings

SECRET = "x" * 40


def test_an_empty_environment_gives_one_machine_with_everything_under_var():
    settings = Settings.from_environ({})
    var = Path("var").absolute()
    assert settings.database_url == settings.database_owner_url == f"sqlite:///{var}/lexapp.sqlite3"
    assert settings.storage_url == f"file://{var}/storage"
    assert (settings.redis_url, settings.demo, settings.trusted_proxies) == (None, False, 0)
    assert settings.mail_url == "smtp://127.0.0.1:1025"
    assert settings.secret_key == DEVELOPMENT_SECRET


def test_settings_cannot_be_changed_after_they_were_read():
    with pytest.raises(FrozenInstanceError):
        Settings.from_environ({}).demo = True  # type: ignore[misc]


def test_the_demonstration_has_a_database_file_of_its_own():
    assert Settings.from_environ({"DEMO": "true"}).database_url.endswith("/demo.sqlite3")


def test_pages_for_development_are_for_this_machine_only():
    assert Settings.from_environ({"DEVELOPMENT": "true"}).development
    assert Settings.from_environ({"DEMO": "true"}).development
    with pytest.raises(BadSetting, match="DEVELOPMENT shows all mail to everybody"):
        Settings.from_environ({"DEVELOPMENT": "true", "BASE_URL": "https://bills.test", "SECRET_KEY": SECRET})


def test_the_owner_of_the_tables_can_be_another_database_role():
    settings = Settings.from_environ({"DATABASE_URL": "postgres://app@db/lexapp", "DATABASE_OWNER_URL": "postgresql://owner@db/lexapp"})
    assert settings.database_url == "postgresql+psycopg://app@db/lexapp"
    assert settings.database_owner_url == "postgresql+psycopg://owner@db/lexapp"


def test_a_relative_sqlite_path_is_taken_from_the_present_folder():
    assert Settings.from_environ({"DATABASE_URL": "sqlite:///a/b.sqlite3"}).database_url == f"sqlite:///{Path('a/b.sqlite3').absolute()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("DEMO", value) for value in ("True", "1", "yes", "TRUE", "on")],
        *[("DATABASE_URL", value) for value in ("mysql://x/y", "sqlite://", "sqlite:///:memory:", "lexapp.db", "postgresql://")],
        ("DATABASE_OWNER_URL", "oracle://x"),
        ("REDIS_URL", "localhost:6379"),
        *[("STORAGE_URL", value) for value in ("var/storage", "file://server/share", "s3://", "ftp://x/y")],
        *[("MAIL_URL", value) for value in ("mail.firm.example", "http://x", "smtp://", "smtp://host:port", "smtp://host:99999")],
        *[("MAIL_FROM", value) for value in ("billing", "@", "a@b\nBcc: c@d")],
        *[("BASE_URL", value) for value in ("firm.example", "ftp://firm.example", "http://", "https://a/b", "http://a?b", "http://a:x")],
        *[("TRUSTED_PROXIES", value) for value in ("-1", "two", "1.5", "11", "٣")],
        *[("SESSION_LIFETIME_HOURS", value) for value in ("0", "721", "1e2")],
        *[("BACKUP_URL", value) for value in ("/srv/backups", "ftp://x/y", "s3://")],
        *[("BACKUP_AT", value) for value in ("24:00", "2:30", "0230", "٠٢:٣٠")],
        *[("BACKUP_KEEP_DAILY", value) for value in ("0", "-1", "367")],
        ("SECRET_KEY", "short"),
    ],
)
def test_a_bad_value_is_refused_by_a_sentence_that_names_the_variable(name: str, value: str):
    with pytest.raises(BadSetting, match=f"^{name} ") as refused:
        Settings.from_environ({name: value})
    assert str(refused.value).strip().endswith((".", ")"))


@pytest.mark.parametrize("base_url", ["https://billing.firm.example", "http://192.168.1.5:5000", "https://127.0.0.1", "http://0.0.0.0"])
def test_the_development_secret_is_refused_where_others_can_reach_the_application(base_url: str):
    with pytest.raises(BadSetting, match=r"^SECRET_KEY must be set"):
        Settings.from_environ({"BASE_URL": base_url})
    with pytest.raises(BadSetting, match=r"^SECRET_KEY must be set"):
        Settings.from_environ({"BASE_URL": base_url, "SECRET_KEY": DEVELOPMENT_SECRET})
    assert Settings.from_environ({"BASE_URL": base_url, "SECRET_KEY": SECRET}).secret_key == SECRET


@pytest.mark.parametrize("base_url", ["http://localhost:5000", "http://127.0.0.1:8000/", "http://[::1]:5000"])
def test_the_development_secret_serves_on_this_machine_only(base_url: str):
    assert Settings.from_environ({"BASE_URL": base_url}).secret_key == DEVELOPMENT_SECRET


def test_a_secret_can_come_from_a_file(tmp_path: Path):
    (tmp_path / "key").write_text(SECRET + "\n")
    assert Settings.from_environ({"SECRET_KEY_FILE": str(tmp_path / "key")}).secret_key == SECRET


def test_a_secret_file_that_cannot_be_read_stops_the_start(tmp_path: Path):
    with pytest.raises(BadSetting, match=r"^SECRET_KEY_FILE names .*missing, which cannot be read"):
        Settings.from_environ({"SECRET_KEY_FILE": str(tmp_path / "missing")})


def test_a_secret_given_twice_is_refused_as_unclear(tmp_path: Path):
    (tmp_path / "key").write_text(SECRET)
    with pytest.raises(BadSetting, match=r"both set"):
        Settings.from_environ({"SECRET_KEY": SECRET, "SECRET_KEY_FILE": str(tmp_path / "key")})


def test_the_text_form_of_the_settings_shows_no_secret():
    settings = Settings.from_environ({"SECRET_KEY": SECRET, "DATABASE_URL": "postgresql://a:hidden@h/n", "MAIL_URL": "smtp://a:hidden@h"})
    assert SECRET not in repr(settings)
    assert "hidden" not in repr(settings)
