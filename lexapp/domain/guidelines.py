"""What a client accepts on its bills, as dated rules: vague words, block billing, forbidden words, length, compulsory codes.

Precedence: the matter's own guideline in force goes instead of all others; without one those of its client and of whoever pays for it hold
side by side. Where nobody has any, the usual one warns of what courts cut. Of guidelines of the same place the latest start wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.narratives import PhraseSet, count_tasks, vague_spans
from lexapp.domain.utbms import ACTIVITIES, EXPENSES, LITIGATION_TASKS, CodeSet

LONGEST_NARRATIVE = 15_000
_NONE: Mapping[str, str] = MappingProxyType({})
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Weight(StrEnum):
    """What a breach is worth: nothing, a hint, or a refusal."""

    ALLOW = "allow"
    WARN = "warn"
    REFUSE = "refuse"


class Rule(StrEnum):
    """What a guideline speaks of; each may carry the client's own words."""

    LENGTH = "length"
    VAGUE = "vague"
    BLOCKS = "blocks"
    FORBIDDEN = "forbidden"
    CODES = "codes"


RULE_NAMES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.LENGTH: "Length",
        Rule.VAGUE: "Vague words",
        Rule.BLOCKS: "Block billing",
        Rule.FORBIDDEN: "Forbidden words",
        Rule.CODES: "Codes",
    }
)
CODE_FIELDS: Mapping[str, Mapping[str, CodeSet]] = MappingProxyType(
    {"time": {"task_code": LITIGATION_TASKS, "activity_code": ACTIVITIES}, "expense": {"expense_code": EXPENSES}, "fixed_fee": {}}
)
"""The codes that a line of each kind may carry, with their sets."""
_CODE_NOUNS = {"task_code": "a task code", "activity_code": "an activity code", "expense_code": "an expense code"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """What one client (or a matter) asks for from a day through a last one (None: open). `source` is whose it is, empty for the usual one.

    Lengths are in characters, 0: no limit. `blocks_from` tasks in more than `blocks_over_seconds` of time are block billing.
    `codes` names the fields that are compulsory. `quotes` holds the client's own words by rule.
    """

    id: int | None = None
    source: str = ""
    matter_id: int | None = None
    client_id: int | None = None
    effective_from: date = date.min
    effective_to: date | None = None
    least: int = 0
    most: int = 0
    length: Weight = Weight.WARN
    vague: Weight = Weight.WARN
    blocks: Weight = Weight.WARN
    blocks_over_seconds: int = 1_800
    blocks_from: int = 2
    forbidden: Weight = Weight.WARN
    forbidden_words: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    quotes: Mapping[str, str] = field(default_factory=lambda: _NONE)

    def __post_init__(self) -> None:
        if (self.matter_id is None) == (self.client_id is None) and self.source:
            raise InvariantBroken("a guideline is a client’s or a matter’s")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day is before the first. Change one of the two.", field="effective_to", code="guideline_dates")

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


USUAL = Guideline(blocks_from=3)
"""Where nobody has agreed anything: hints on vague words, and on three or more tasks in more than half an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written on an entry or a line, of one `kind` (time, expense, fixed_fee). `seconds` None: not known (yet)."""

    narrative: str
    kind: str = "time"
    seconds: int | None = None
    codes: Mapping[str, str] = field(default_factory=lambda: _NONE)
    is_billed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What does not follow a guideline, with what to do; [start, end) is its place in the narrative, (0, 0) for none.

    `field` is what it belongs beside. `quote` is the guideline's own text and `source` whose it is; both may be empty.
    """

    rule: Rule
    weight: Weight
    field: str
    sentence: str
    start: int = 0
    end: int = 0
    quote: str = ""
    source: str = ""

    @property
    def is_refused(self) -> bool:
        return self.weight is Weight.REFUSE

    @property
    def cited(self) -> str:
        """``Pemberwick: “Each entry holds one task (5.1).”``, without a name that the sentence says already; nothing without a quote."""
        if not self.quote:
            return ""
        return f"“{self.quote}”" if not self.source or self.source in self.sentence else f"{self.source}: “{self.quote}”"

    @property
    def whole(self) -> str:
        """The sentence with the guideline quoted."""
        return f"{self.sentence} {self.cited}".rstrip()


def in_force(guidelines: Iterable[Guideline], *, on: date) -> tuple[Guideline, ...]:
    """Those that hold for an entry of the day, among the ones of its matter, its client and its payers; the usual one where none does."""
    latest: dict[tuple[int | None, int | None], Guideline] = {}
    for one in guidelines:
        place = (one.matter_id, one.client_id)
        if one.holds(on) and (place not in latest or _newness(latest[place]) < _newness(one)):
            latest[place] = one
    found = [one for one in latest.values() if one.matter_id is not None] or list(latest.values())
    return tuple(sorted(found, key=lambda one: (one.source, one.id or 0))) or (USUAL,)


def _newness(guideline: Guideline) -> tuple[date, int]:
    return guideline.effective_from, guideline.id or 0


def check(guidelines: Iterable[Guideline], written: Written) -> tuple[Finding, ...]:
    """What does not follow the guidelines, refusals first, then by place. Two that find the same are one: the weightier. Never an error."""
    found: dict[tuple[object, ...], Finding] = {}
    for one in guidelines:
        for finding in _check(one, written):
            same = (finding.rule, finding.field, finding.start, finding.end)
            if same not in found or (finding.is_refused and not found[same].is_refused):
                found[same] = finding
    return tuple(sorted(found.values(), key=lambda one: (not one.is_refused, one.start)))


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that the client does not accept at all."""
    return tuple(one for one in findings if one.is_refused)


class NotFollowed(InvalidInput):
    """What was written is not accepted by the client: each finding stands beside its field, with the guideline quoted."""

    default_code = "guideline_not_followed"

    def __init__(self, findings: Sequence[Finding], fields: Mapping[str, str] = _NONE) -> None:
        first, *others = findings
        super().__init__(first.whole, field=fields.get(first.field, first.field))
        self.others = tuple(InvalidInput(one.whole, field=fields.get(one.field, one.field)) for one in others)


def require_followed(
    guidelines: Sequence[Guideline], written: Written, *, before: Written | None = None, fields: Mapping[str, str] = _NONE
) -> None:
    """Raise NotFollowed for what the client does not accept. `fields` renames the fields of findings to those of a form."""
    found = not_accepted(guidelines, written, before=before)
    if found:
        raise NotFollowed(found, fields)


def not_accepted(guidelines: Sequence[Guideline], written: Written, *, before: Written | None = None) -> tuple[Finding, ...]:
    """What the client does not accept.

    `before` is what stood there. Where its words, codes and billing stay as they are, what it broke already is no obstacle to the change.
    """
    found = refusals(check(guidelines, written))
    if before is not None and (written.narrative, written.codes, written.is_billed) == (before.narrative, before.codes, before.is_billed):
        known = {(one.rule, one.field) for one in refusals(check(guidelines, before))}
        found = tuple(one for one in found if (one.rule, one.field) not in known)
    return found


def _check(guideline: Guideline, written: Written) -> Iterable[Finding]:
    text = written.narrative
    if written.is_billed:
        yield from _codes(guideline, written)
        yield from _length(guideline, text)
    if text.strip():
        yield from _vague(guideline, text)
        yield from _blocks(guideline, written)
        yield from _forbidden(guideline, text)


def _codes(guideline: Guideline, written: Written) -> Iterable[Finding]:
    for name, codes in CODE_FIELDS.get(written.kind, {}).items():
        given = written.codes.get(name, "")
        if name not in guideline.codes or codes.lookup(given):
            continue
        sentence = f"{guideline.source} asks for {_CODE_NOUNS[name]}. Choose one."
        if given:
            sentence = f"{given} is not {_CODE_NOUNS[name]} that {guideline.source} knows. Choose one of the list."
        yield _found(guideline, Rule.CODES, Weight.REFUSE, sentence, field_name=name)


def _length(guideline: Guideline, text: str) -> Iterable[Finding]:
    length = len(text.strip())
    if guideline.most and length > guideline.most and guideline.length is not Weight.ALLOW:
        over = length - guideline.most
        sentence = f"{length:,} characters: {guideline.source} takes at most {guideline.most:,}. Take {over:,} out."
        yield _found(guideline, Rule.LENGTH, guideline.length, sentence)
    elif length < guideline.least and guideline.length is not Weight.ALLOW:
        said = "The narrative is empty" if not length else f"{length:,} characters"
        yield _found(guideline, Rule.LENGTH, Weight.WARN, f"{said}: {guideline.source} asks for {guideline.least:,} at least. Say more.")


def _vague(guideline: Guideline, text: str) -> Iterable[Finding]:
    if guideline.vague is Weight.ALLOW:
        return
    for span in vague_spans(text):
        yield _found(guideline, Rule.VAGUE, guideline.vague, f"“{_short(span.text)}” is vague. {span.reason}", (span.start, span.end))


def _blocks(guideline: Guideline, written: Written) -> Iterable[Finding]:
    long_enough = written.seconds is not None and written.seconds > guideline.blocks_over_seconds
    if written.kind != "time" or guideline.blocks is Weight.ALLOW or not long_enough:
        return
    tasks = count_tasks(written.narrative)
    if tasks >= guideline.blocks_from:
        said = _NUMBERS[tasks] if tasks < len(_NUMBERS) else f"{tasks:,}"
        yield _found(guideline, Rule.BLOCKS, guideline.blocks, f"Block billing: {said} tasks in one entry. Write an entry for each.")


def _forbidden(guideline: Guideline, text: str) -> Iterable[Finding]:
    if guideline.forbidden is Weight.ALLOW or not guideline.forbidden_words:
        return
    for span in PhraseSet((phrase, "") for phrase in guideline.forbidden_words).spans(text):
        sentence = f"{guideline.source} does not accept “{_short(span.text)}”. Write it differently."
        yield _found(guideline, Rule.FORBIDDEN, guideline.forbidden, sentence, (span.start, span.end))


def _found(
    guideline: Guideline, rule: Rule, weight: Weight, sentence: str, place: tuple[int, int] = (0, 0), field_name: str = "narrative"
) -> Finding:
    quote = guideline.quotes.get(rule, "")
    start, end = place
    return Finding(
        rule=rule, weight=weight, field=field_name, sentence=sentence, start=start, end=end, quote=quote, source=guideline.source
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def most_allowed(guidelines: Sequence[Guideline]) -> int:
    """The shortest of the greatest lengths, 0 where there is none: what the counter beside a narrative counts to."""
    return min((one.most for one in guidelines if one.most and one.length is not Weight.ALLOW), default=0)
