"""`lexapp firm create`, `seed`, `verify`, `import ledes` and `export`, as they are typed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.nursery import run_program

SAMPLE = Path(__file__).parents[1] / "data" / "ledes-1998b-sample.txt"
OWNER = ["--owner-name", "Ada Owner", "--owner-email", "ada@firm.test", "--owner-password", "a long enough one"]
FIRM = ["firm", "create", "--name", "Ada & Co", "--currency", "USD", "--time-zone", "Europe/Berlin", *OWNER]


def lexapp(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return run_program("lexapp", *words, environ=environ)


def test_a_firm_is_created_takes_a_file_over_and_proves_its_books(environ: dict[str, str]) -> None:
    assert "Sign in as ada@firm.test" in lexapp(environ, *FIRM).stdout
    taken = lexapp(environ, "import", "ledes", str(SAMPLE)).stdout
    assert taken == "Made 1 client, 2 matters, 2 timekeepers, 3 time entries, 2 expense entries, 1 fixed fee entry.\n"
    assert lexapp(environ, "import", "ledes", str(SAMPLE)).stdout == "This file was taken over before. Nothing was changed.\n"
    proved = lexapp(environ, "verify")
    assert (proved.returncode, "checks hold" in proved.stdout) == (0, True)
    assert "Assets:AdvancedCosts-1300  24.95 USD" in lexapp(environ, "export", "journal").stdout


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--currency", "XXQ", "not a currency"),
        ("--time-zone", "Mars/Olympus", "not a time zone"),
        ("--owner-email", "nobody", "not an e-mail address"),
        ("--owner-password", "short", "too short"),
        ("--name", "  ", "Write the firm’s name"),
    ],
)
def test_a_firm_that_makes_no_sense_is_refused(environ: dict[str, str], engine: str, option: str, value: str, said: str) -> None:
    refused = lexapp(environ, *FIRM, option, value)
    assert (refused.returncode, said in refused.stderr) == (2, True)


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("words", [["verify"], ["export", "journal"], ["import", "ledes", str(SAMPLE)], ["backup"], ["seed"]])
def test_a_database_that_is_not_there_is_said_in_one_sentence_and_not_made(
    environ: dict[str, str], engine: str, words: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    missing = {name: value for name, value in environ.items() if not name.startswith("DATABASE_")} | {"DATA_FOLDER": str(folder)}
    refused = lexapp(missing, *words)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    for said in (f"There is no database sqlite:///{folder}/lexapp.sqlite3", "DEMO=true", "DATABASE_URL"):
        assert said in refused.stderr
    assert not list(folder.iterdir())
    (folder / "lexapp.sqlite3").touch()
    assert "has no tables. `lexapp migrate` makes them" in lexapp(missing, *words).stderr


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_database_on_sqlite_holds_one_firm(environ: dict[str, str], engine: str) -> None:
    lexapp(environ, *FIRM)
    assert "holds one firm" in lexapp(environ, *FIRM).stderr


@pytest.mark.slow
def test_the_same_seed_gives_the_same_journal_and_proves_itself(environ: dict[str, str], engine: str, tmp_path: Path) -> None:
    assert lexapp(environ, "seed", "--size", "small").returncode == 0
    assert lexapp(environ, "verify").returncode == 0
    first = lexapp(environ, "export", "journal").stdout
    assert first.count("invoice.issued") > 10
    if engine == "sqlite":
        again = environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/again.sqlite3"}
        again.pop("DATABASE_OWNER_URL")
        for words in (["migrate"], ["seed", "--size", "small"]):
            assert lexapp(again, *words).returncode == 0
        assert lexapp(again, "export", "journal").stdout == first
    assert "There is a firm" in lexapp(environ, "seed").stderr


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_broken_file_is_refused_with_line_and_field(environ: dict[str, str], engine: str, tmp_path: Path) -> None:
    lexapp(environ, *FIRM)
    for old, new, said in (
        ("LEDES1998B[]", "LEDES1998[]", "Line 1"),
        ("423-987[]", "423-987", "Line 3"),
        ("|1684.45|", "|1684.46|", "INVOICE_TOTAL"),
        ("|F|2.00|-70|", "|F|-2.00|-70|", "LINE_ITEM_NUMBER_OF_UNITS"),
    ):
        file = tmp_path / "broken.txt"
        file.write_text(SAMPLE.read_text().replace(old, new, 1))
        refused = lexapp(environ, "import", "ledes", str(file))
        assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
