"""Programs that know nothing of lexapp read the exported journal and must come to the same balances."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from lexapp.domain.journal_formats import JournalExport, write_beancount, write_hledger


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def hledger_balances(export: JournalExport, folder: Path) -> dict[str, Decimal]:
    """Account -> balance as hledger counts it, after `hledger check -s ordereddates` accepted the journal."""
    file = folder / "books.journal"
    file.write_text(write_hledger(export))
    check = run("hledger", "-f", str(file), "check", "-s", "ordereddates")
    assert (check.returncode, check.stderr) == (0, "")
    balances = run("hledger", "-f", str(file), "balance", "--flat", "--no-total", "-O", "csv", "-E").stdout
    return {row["account"]: Decimal(row["balance"].split()[0]) for row in csv.DictReader(io.StringIO(balances))}


def bean_check(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`bean-check`, which also holds every balance that the export asserts against its own sum."""
    file = folder / "books.beancount"
    file.write_text(text)
    return run(sys.executable, "-c", "from beancount.scripts.check import main; main()", str(file))


def strangers_agree(export: JournalExport, folder: Path) -> bool:
    """Both programs accept the journal and agree with every balance that the books keep."""
    ours = {":".join(path): Decimal(export.amount(minor).split()[0]) for path, minor in export.balances.items()}
    told = bean_check(write_beancount(export), folder)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    return hledger_balances(export, folder) == ours
