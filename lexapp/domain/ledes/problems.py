"""What is wrong with a LEDES file: every problem names its line and field and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from lexapp.domain.errors import InvalidInput

PROBLEM_COUNT_MAX = 50


@dataclass(frozen=True, slots=True)
class LedesProblem:
    """One problem. `line` counts the file's lines from 1; `field` is a LEDES field name, or empty where the whole line is meant."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"Line {self.line}, {self.field}" if self.field else f"Line {self.line}"
        return f"{place}: {self.message}"


class LedesError(InvalidInput):
    """The file is refused whole. `problems` holds up to PROBLEM_COUNT_MAX in line order; `line` and `field_name` are the first's."""

    default_code = "ledes_refused"

    def __init__(self, problems: Sequence[LedesProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))[:PROBLEM_COUNT_MAX]
        self.line, self.field_name = self.problems[0].line, self.problems[0].field
        super().__init__("Nothing was read from the file. " + " ".join(str(problem) for problem in self.problems), field="file")


class Problems:
    """Collects problems while a file is read, and ends the reading when there are too many to be of use."""

    def __init__(self) -> None:
        self.found: list[LedesProblem] = []

    def add(self, line: int, field: str, message: str) -> None:
        """Note a problem; raises LedesError at the fiftieth."""
        self.found.append(LedesProblem(line, field, message))
        if len(self.found) >= PROBLEM_COUNT_MAX:
            raise LedesError(self.found)

    def refuse(self, line: int, field: str, message: str) -> LedesError:
        """The error to raise where reading cannot go on."""
        return LedesError([*self.found, LedesProblem(line, field, message)])

    def raise_any(self) -> None:
        """Raise LedesError if anything was found."""
        if self.found:
            raise LedesError(self.found)
