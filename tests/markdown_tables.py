"""Reads the tables of our documents, so that what the documents state is what the tests check."""

from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def table_under(document: str, heading: str) -> list[dict[str, str]]:
    """Rows of the first table under a heading (without its # signs), as dicts by column title; cells keep their text without backticks."""
    lines = (DOCS / document).read_text(encoding="utf-8").splitlines()
    start = next((i for i, line in enumerate(lines) if line.lstrip("#").strip() == heading and line.startswith("#")), None)
    assert start is not None, f"{document} has no heading {heading!r}"
    table = _first_table(lines[start + 1 :])
    assert len(table) > 2, f"{document} has no rows under {heading!r}"
    titles = _cells(table[0])
    return [dict(zip(titles, _cells(line), strict=True)) for line in table[2:]]


def tables_under(document: str, heading: str) -> list[list[dict[str, str]]]:
    """Every table between a heading and the next, each as ``table_under`` gives the first."""
    text = (DOCS / document).read_text(encoding="utf-8").partition(f"# {heading}\n")[2].partition("\n#")[0]
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    return [[dict(zip(_cells(table[0]), _cells(line), strict=True)) for line in table[2:]] for table in tables]


def _first_table(lines: list[str]) -> list[str]:
    table: list[str] = []
    for line in lines:
        if line.startswith("|"):
            table.append(line)
        elif table or line.startswith("#"):
            break
    return table


def _cells(line: str) -> list[str]:
    cells = line.strip().removeprefix("|").removesuffix("|").split("|")
    return [cell.strip().strip("`") for cell in cells]
