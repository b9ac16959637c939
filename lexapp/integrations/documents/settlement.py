"""A settlement statement made ready to be set: what was recovered, who gets what of it by which rule, and a picture of the parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lexapp.domain.allocation import allocate
from lexapp.domain.contingency import Basis, Stage
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.integrations.documents.invoice import letterhead, party_lines
from lexapp.integrations.documents.page import Fact, Letterhead
from lexapp.integrations.documents.themes import PAPERS, THEMES
from lexapp.integrations.documents.wording import Figures, plain, shortened
from lexapp.integrations.documents.words import amount_in_words

GROUPS = (
    ("Fee", "#1d2b3a", ("fee", "referral")),
    ("Costs", "#5b6f86", ("costs",)),
    ("Taxes", "#c9a86a", ("tax",)),
    ("Liens", "#8fa1b3", ("lien",)),
    ("Medical bills", "#bcc8d3", ("medical",)),
    ("Client", "#2f7d5b", ("client",)),
)
_WIDTH = 1000


class Row(NamedTuple):
    to: str
    rule: str
    amount: str
    kind: str = ""


class Bar(NamedTuple):
    """A part of the picture: `x` and `width` of a thousand."""

    label: str
    colour: str
    x: int
    width: int
    share: str


class TierRow(NamedTuple):
    words: str
    part: str
    fee: str


@dataclass(frozen=True, slots=True)
class SettlementPage:
    language: str
    title: str
    heading: str
    theme: str
    paper: str
    widths: str
    running: tuple[str, str, str]
    letterhead: Letterhead
    issued: str
    client: tuple[str, ...]
    facts: tuple[Fact, ...]
    band: str
    in_words: str
    amount: str
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    picture: str
    tiers: tuple[TierRow, ...]
    counted: str
    tax_notes: tuple[str, ...]
    consent: str
    signed_by: str


def settlement_page(settlement: SettlementSnapshot) -> SettlementPage:
    """Everything that stands on the printed statement."""
    figures, found = Figures(settlement.locale, settlement.currency), settlement.figures
    heading, client = "Settlement statement", plain(settlement.client.name)
    bars = _bars(settlement)
    return SettlementPage(
        language=figures.language(),
        title=f"{heading}, {plain(settlement.matter)}",
        heading=heading,
        theme=settlement.theme if settlement.theme in THEMES else THEMES[0],
        paper=settlement.paper if settlement.paper in PAPERS else PAPERS[0],
        widths="due-long" if len(figures.signed(found.amount_minor)) > 15 else "",
        running=(shortened(settlement.firm.name, 44), heading, shortened(settlement.client.name, 36)),
        letterhead=letterhead(settlement.firm, settlement.logo_hash),
        issued=figures.long_date(settlement.issued_on),
        client=party_lines(settlement.client),
        facts=_facts(settlement, figures),
        band=f"To {client}",
        in_words=amount_in_words(found.paid_minor("client"), figures),
        amount=figures.signed(found.paid_minor("client")),
        rows=_rows(settlement, figures),
        bars=bars,
        picture=", ".join(f"{bar.label} {bar.share}" for bar in bars),
        tiers=tuple(TierRow(plain(one.words), figures.amount(one.part_minor), figures.amount(one.fee_minor)) for one in found.tiers),
        counted=_counted(settlement, figures),
        tax_notes=tuple(map(plain, found.tax_notes)),
        consent=_consent(settlement, figures),
        signed_by=plain(settlement.signed_by),
    )


def _facts(settlement: SettlementSnapshot, figures: Figures) -> tuple[Fact, ...]:
    facts = (
        Fact("Matter", plain(f"{settlement.matter_number} {settlement.matter}")),
        Fact("Recovered", figures.signed(settlement.figures.amount_minor)),
        Fact("From", plain(settlement.received_from)),
        Fact("On", figures.long_date(settlement.received_on)),
        Fact("Stage", Stage(settlement.figures.stage).label),
    )
    return tuple(fact for fact in facts if fact.value)


def _rows(settlement: SettlementSnapshot, figures: Figures) -> tuple[Row, ...]:
    rows = [Row(plain(line.name), _sentence(line.rule), figures.amount(line.paid_minor)) for line in settlement.figures.lines]
    return (*rows, Row("Recovered", "", figures.amount(settlement.figures.amount_minor), "grand"))


def _sentence(rule: str) -> str:
    text = plain(rule)
    return text[:1].upper() + text[1:]


def _bars(settlement: SettlementSnapshot) -> tuple[Bar, ...]:
    """Each part's share, drawn from the same lines as the table."""
    paid = [settlement.figures.paid_minor(*parts) for _, _, parts in GROUPS]
    widths = allocate(_WIDTH, paid)
    bars = [
        Bar(label, colour, sum(widths[:place]), max(width, 1), f"{width // 10}.{width % 10} %")
        for place, ((label, colour, _), width) in enumerate(zip(GROUPS, widths, strict=True))
        if paid[place]
    ]
    return tuple(bars)


def _counted(settlement: SettlementSnapshot, figures: Figures) -> str:
    found = settlement.figures
    of = Basis(found.basis).label
    return f"Counted on {of}, {figures.signed(found.base_minor)}, {Stage(found.stage).label}: {plain(found.source)}."


def _consent(settlement: SettlementSnapshot, figures: Figures) -> str:
    client, on = plain(settlement.client.name), figures.long_date(settlement.consented_on)
    return f"{client} consented to this distribution on {on}: {plain(settlement.consent)}."
