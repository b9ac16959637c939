"""The file as rows: the mark, the field names, and 24 texts per line."""

import re
from dataclasses import dataclass

from lexapp.domain.ledes.fields import FIELD_NAMES, MARK, ROW_END
from lexapp.domain.ledes.problems import Problems

CHARACTER_COUNT_MAX = 20_000_000
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_OTHER_FORMATS = (
    ("LEDES98BI", "This is LEDES 1998BI. Ask for the file in LEDES 1998B."),
    ("LEDES2000", "This is LEDES 2000. Ask for the file in LEDES 1998B."),
    ("<", "This is an XML file. Ask for the file in LEDES 1998B."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file after the two heading lines, as texts in the order of the fields."""

    line: int
    texts: tuple[str, ...]


def read_rows(text: str, problems: Problems) -> list[Row]:
    """The rows of a file. Line ends may be LF, CRLF or CR, a byte order mark and empty lines are passed over.

    Raises LedesError at once where the heading is wrong, since nothing after it could be trusted.
    """
    if len(text) > CHARACTER_COUNT_MAX:
        raise problems.refuse(1, "", f"The file is larger than {CHARACTER_COUNT_MAX:,} characters. Send fewer invoices at a time.")
    numbered = enumerate(_LINE_BREAK.split(text.removeprefix("\ufeff")), start=1)
    lines = [(number, line.rstrip(" \t")) for number, line in numbered if line.strip(" \t")]
    _check_mark(lines, problems)
    _check_names(lines, problems)
    if len(lines) == 2:
        raise problems.refuse(lines[1][0], "", "The file has no invoice lines after the field names. Add at least one.")
    return [row for number, line in lines[2:] if (row := _row(number, line, problems))]


def _check_mark(lines: list[tuple[int, str]], problems: Problems) -> None:
    number, line = lines[0] if lines else (1, "")
    if line == MARK:
        return
    for beginning, sentence in _OTHER_FORMATS:
        if line.replace(" ", "").upper().startswith(beginning):
            raise problems.refuse(number, "", sentence)
    raise problems.refuse(number, "", f"The file must begin with {MARK}. Correct its first line.")


def _check_names(lines: list[tuple[int, str]], problems: Problems) -> None:
    if len(lines) < 2:
        raise problems.refuse(lines[0][0] + 1, "", "The line with the 24 field names is missing. Add it after the first line.")
    number, line = lines[1]
    if not line.endswith(ROW_END):
        raise problems.refuse(number, "", f"The line does not end with {ROW_END}. Add it.")
    names = line.removesuffix(ROW_END).split("|")
    for place, (name, found) in enumerate(zip(FIELD_NAMES, names, strict=False), start=1):
        if found != name:
            raise problems.refuse(number, name, f"The name in place {place} must be {name}. Correct the line with the field names.")
    if len(names) != len(FIELD_NAMES):
        raise problems.refuse(number, "", f"There are {len(names)} field names. Write the {len(FIELD_NAMES)} of LEDES 1998B.")


def _row(number: int, line: str, problems: Problems) -> Row | None:
    if not line.endswith(ROW_END):
        problems.add(number, FIELD_NAMES[-1], f"The line does not end with {ROW_END}. Add it, and remove line breaks from texts.")
        return None
    texts = tuple(line.removesuffix(ROW_END).split("|"))
    if len(texts) > len(FIELD_NAMES):
        problems.add(number, "", f"The line has {len(texts)} fields instead of {len(FIELD_NAMES)}. Remove the | from its texts.")
        return None
    if len(texts) < len(FIELD_NAMES):
        missing = FIELD_NAMES[len(texts)]
        problems.add(number, missing, f"The line has {len(texts)} fields instead of {len(FIELD_NAMES)}. Add the missing ones.")
        return None
    return Row(number, texts)
