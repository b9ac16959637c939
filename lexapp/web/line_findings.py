"""What of a pre-bill's lines does not follow the guidelines of its client and payers: beside the lines, and counted beside the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lexapp.books.guidelines import guidelines_of, written_line
from lexapp.database import db
from lexapp.domain.guidelines import CODE_FIELDS, RULE_NAMES, Finding, Guideline, check, in_force, refusals
from lexapp.models import PreBill, PreBillLine
from lexapp.queries.pre_bills import LineView
from lexapp.web.forms import Form
from lexapp.web.narrative_hints import Hints, Typed, hints_for, text_of

WAITING = ("open", "approved")
_CODES = {"task_code": "No task code", "activity_code": "No activity code", "expense_code": "No expense code"}


@dataclass(frozen=True, slots=True)
class CheckKind:
    """One thing that is wrong, and the lines in which it is; `first` is one of its findings."""

    name: str
    first: Finding
    views: Sequence[LineView]


@dataclass(frozen=True, slots=True)
class LineChecks:
    """The findings by line, and by what is wrong, refusals first; `refused` counts the lines that the client does not accept."""

    findings: Mapping[int, Sequence[Finding]]
    kinds: Sequence[CheckKind]
    lines: int
    wrong: int
    refused: int
    rules: Mapping[date, Sequence[Guideline]]

    def of(self, line: PreBillLine) -> Sequence[Finding]:
        """What is found in one line, refusals first."""
        return self.findings.get(line.id, ())


def checks_of(pre_bill: PreBill, groups: Mapping[str, Sequence[LineView]]) -> LineChecks:
    """The findings of the lines that go on the invoice, while it can still be changed. One query."""
    views = [view for views in groups.values() for view in views if view.line.state == "included"]
    if pre_bill.state not in WAITING:
        return LineChecks({}, (), len(views), 0, 0, {})
    given = guidelines_of(db.session(), firm_id=pre_bill.firm_id, matter_ids=[pre_bill.matter_id]).get(pre_bill.matter_id, ())
    rules = {on: in_force(given, on=on) for on in {view.line.dated_on for view in views}}
    found = {view.line.id: check(rules[view.line.dated_on], written_line(view.line)) for view in views}
    wrong = [findings for findings in found.values() if findings]
    return LineChecks(found, _kinds(views, found), len(views), len(wrong), sum(1 for findings in wrong if refusals(findings)), rules)


def _kinds(views: Sequence[LineView], found: Mapping[int, Sequence[Finding]]) -> list[CheckKind]:
    lines: dict[tuple[str, str, bool], dict[int, LineView]] = defaultdict(dict)
    firsts: dict[tuple[str, str, bool], Finding] = {}
    for view in views:
        for one in found[view.line.id]:
            kind = (_name(one), one.source, one.is_refused)
            firsts.setdefault(kind, one)
            lines[kind][view.line.id] = view
    made = [CheckKind(kind[0], firsts[kind], list(lines[kind].values())) for kind in lines]
    return sorted(made, key=lambda one: not one.first.is_refused)


def _name(finding: Finding) -> str:
    return _CODES.get(finding.field) or RULE_NAMES[finding.rule]


def line_hints(pre_bill: PreBill, line: PreBillLine, form: Form, rules: Sequence[Guideline] | None = None) -> Hints:
    """The hints on a line as its form has it; `rules` where they are known already."""
    names = {name: name for name in CODE_FIELDS[line.kind]}
    quantity = form["quantity"].data
    return hints_for(
        form["narrative"].id,
        Typed(
            text=text_of(form["narrative"]),
            kind=line.kind,
            matter_id=pre_bill.matter_id,
            on=line.dated_on,
            seconds=(line.quantity_hundredths if quantity is None else quantity) * 36 if line.kind == "time" else None,
            codes={name: str(form[name].data or "") for name in names},
            code_names=names,
            errors=frozenset(str(error) for found in form.errors.values() for error in found),
        ),
        rules,
    )
