"""A guideline in words: what its page says of each rule, and what a pre-bill says of the lines that do not follow one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lexapp.database import db
from lexapp.domain.guidelines import RULE_NAMES, Rule, Weight
from lexapp.domain.words import counted
from lexapp.models import Client, Guideline, Matter
from lexapp.queries.guidelines import guidelines_of_client, guidelines_of_matter
from lexapp.web.access import current_actor
from lexapp.web.dates import today_here
from lexapp.web.forms.increments import minutes_text

WEIGHTS = [(Weight.ALLOW.value, "Allowed"), (Weight.WARN.value, "Hint while typing"), (Weight.REFUSE.value, "Refused")]
_SAID = {Weight.ALLOW.value: "allowed", Weight.WARN.value: "hint while typing", Weight.REFUSE.value: "refused"}


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule of a guideline as a page says it, with the client's own words."""

    name: str
    says: str
    quote: str


def rule_words(guideline: Guideline) -> list[RuleWords]:
    """What the guideline says, rule by rule; nothing of a rule that it leaves open."""
    says = {
        Rule.LENGTH: _length(guideline),
        Rule.VAGUE: _SAID[guideline.vague_weight],
        Rule.BLOCKS: _blocks(guideline),
        Rule.FORBIDDEN: _forbidden(guideline),
        Rule.CODES: _codes(guideline),
    }
    return [RuleWords(RULE_NAMES[rule], text[0].upper() + text[1:], guideline.quotes.get(rule, "")) for rule, text in says.items() if text]


def _length(guideline: Guideline) -> str:
    least, most = guideline.least_characters, guideline.most_characters
    parts = [
        f"at least {least:,}" if least else "",
        f"at most {most:,} characters, longer: {_SAID[guideline.length_weight]}" if most else "",
    ]
    text = ", ".join(part for part in parts if part)
    return text if most or not text else f"{text} characters"


def _blocks(guideline: Guideline) -> str:
    if guideline.blocks_weight == Weight.ALLOW:
        return "allowed"
    over = minutes_text(guideline.blocks_over_seconds) if guideline.blocks_over_seconds else ""
    return f"{_SAID[guideline.blocks_weight]}" + (f", in more than {over}" if over else "")


def _forbidden(guideline: Guideline) -> str:
    words = guideline.forbidden_words.splitlines()
    return f"{', '.join(words)}: {_SAID[guideline.forbidden_weight]}" if words else ""


def _codes(guideline: Guideline) -> str:
    names = {"task": guideline.needs_task_code, "activity": guideline.needs_activity_code, "expense": guideline.needs_expense_code}
    needed = [name for name, is_needed in names.items() if is_needed]
    return f"{' and '.join(needed)} {'code' if len(needed) == 1 else 'codes'} compulsory" if needed else ""


def guidelines_shown(*, client: Client | None = None, matter: Matter | None = None) -> dict[str, Any]:
    """What `guidelines/_guideline_list.html` shows of a place. One query."""
    mine = {"firm_id": current_actor().firm_id}
    if matter is not None:
        rows = guidelines_of_matter(db.session(), **mine, matter_id=matter.id)
    else:
        rows = guidelines_of_client(db.session(), **mine, client_id=client.id if client else 0)
    return {"rows": rows, "today": today_here(), "rule_words": rule_words, "count": counted(len(rows), "guideline")}
