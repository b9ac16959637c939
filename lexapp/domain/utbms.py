"""UTBMS code sets: litigation tasks, activities and expenses (American Bar Association), the 2013 activity extension of the LEDES
Oversight Committee, and the LEDES timekeeper classifications (2014, revised June 2023).

Codes and names are facts of the published lists; the definitions are not reproduced. A phase such as L100 is a heading, not for lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lexapp.domain.utbms_lists import ACTIVITY_NAMES, CLASSIFICATION_NAMES, EXPENSE_NAMES, LITIGATION_NAMES

NOT_PERSONS = frozenset({"FLTFEE", "ADJSMT"})


@dataclass(frozen=True, slots=True)
class Code:
    """One code with its name; `phase` is the heading it stands under, empty where the set has none."""

    code: str
    name: str
    phase: str = ""


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A code set in its published order. `phases` are headings only; `codes` may stand on lines."""

    name: str
    codes: Mapping[str, Code]
    phases: Mapping[str, str]

    def lookup(self, code: str) -> Code | None:
        """The code, whatever its case; None where the set does not have it."""
        return self.codes.get(code.strip().upper())


def _code_set(name: str, names: Mapping[str, str], *, phases: bool = False) -> CodeSet:
    headings = {code: title for code, title in names.items() if phases and code.endswith("00")}
    codes = {code: Code(code, title, code[:2] + "00" if phases else "") for code, title in names.items() if code not in headings}
    return CodeSet(name, MappingProxyType(codes), MappingProxyType(headings))


LITIGATION_TASKS = _code_set("Litigation tasks", LITIGATION_NAMES, phases=True)
ACTIVITIES = _code_set("Activities", ACTIVITY_NAMES)
EXPENSES = _code_set("Expenses", EXPENSE_NAMES)
CODE_SETS = (LITIGATION_TASKS, ACTIVITIES, EXPENSES)
CLASSIFICATIONS: Mapping[str, str] = MappingProxyType(CLASSIFICATION_NAMES)
_PLURALS: Mapping[str, str] = MappingProxyType(
    {"CLKSEC": "clerks or secretaries", "TEMPOS": "contract other staff", "OFCOUN": "of counsel"}
)


def lookup(code: str) -> Code | None:
    """The code out of any set, whatever its case; None for phases and unknown codes."""
    return next((found for code_set in CODE_SETS if (found := code_set.lookup(code))), None)


def classification_name(code: str) -> str:
    """The name of a timekeeper classification, or the code itself where the published name is not known or the code is foreign."""
    return CLASSIFICATIONS.get(code) or code


def classification_plural(code: str) -> str:
    """A timekeeper classification within a sentence about all who have it: ``partners``; the code itself where no name is known."""
    name = CLASSIFICATIONS.get(code)
    if not name:
        return code
    return _PLURALS.get(code) or name[0].lower() + name[1:] + "s"
