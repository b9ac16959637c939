"""The taxes of a firm, and what decides about them on the invoices of its matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Date, Select, and_, cast, exists, false, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.tax import (
    Exemption,
    ExemptionKind,
    Place,
    TaxBase,
    TaxCharge,
    TaxRounding,
    TaxRule,
    first_known,
    taxes_of_place,
    taxes_on,
    without_exempt,
)
from lexapp.models import Client, Firm, Invoice, Matter, Tax, TaxExemption


def taxes_of(session: Session, *, firm_id: int) -> list[Tax]:
    """Every rate of every tax, by name and place, the latest first."""
    order = (Tax.name, Tax.country, Tax.regions, Tax.effective_from.desc())
    return list(session.scalars(select(Tax).where(Tax.firm_id == firm_id).order_by(*order)))


_RULE = (Tax.name, Tax.rate_millionths, Tax.on_fees, Tax.on_expenses, Tax.effective_from, Tax.effective_to, Tax.registration_number)
_PLACE = (Tax.country, Tax.regions, Tax.on_top_of, Tax.is_included)


def tax_rules(session: Session, *, firm_id: int) -> list[TaxRule]:
    """The same as the domain reads them. One query of plain columns."""
    rows = session.execute(select(*_RULE, *_PLACE).where(Tax.firm_id == firm_id).order_by(Tax.id))
    return [_rule(row) for row in rows]


def rule_of(tax: Tax) -> TaxRule:
    return _rule(tax)


def _rule(row: Any) -> TaxRule:
    plain = {column.key: getattr(row, column.key) for column in (*_RULE, *_PLACE)}
    return TaxRule(**plain | {"regions": tuple(row.regions.split())})


def taxed_since(session: Session, *, firm_id: int, first: date, last: date | None) -> bool:
    """Whether an invoice that charges tax was issued in these days."""
    dated = (Invoice.issued_on >= first) if last is None else Invoice.issued_on.between(first, last)
    return bool(session.scalar(select(exists().where(Invoice.firm_id == firm_id, Invoice.tax_minor > 0, dated))))


# ── what decides on an invoice ───────────────────────────────────────────────────────────────────


class MatterTaxes(NamedTuple):
    """Where a matter is taxed, and what it and its client are exempt from."""

    place: Place = Place()
    of_matter: Sequence[Exemption] = ()
    of_client: Sequence[Exemption] = ()


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """The firm's taxes, how it rounds them, and what holds for each matter that was asked for."""

    rules: Sequence[TaxRule] = ()
    rounding: TaxRounding = TaxRounding.INVOICE
    matters: Mapping[int, MatterTaxes] = field(default_factory=dict)

    def charged(self, matter_id: int, base: TaxBase, *, on: date) -> tuple[list[TaxCharge], list[Exemption]]:
        """The taxes on what one matter is charged on an invoice of that day, and what is to be said of those that are not charged."""
        if not (self.rules or self.matters):
            return [], []
        agreed = self.matters.get(matter_id, MatterTaxes())
        there = taxes_of_place(self.rules, on=on, place=agreed.place)
        rules, said = without_exempt(there, agreed.of_matter, agreed.of_client, on=on)
        return taxes_on(rules, [base], on=on, place=agreed.place, rounding=self.rounding)[0], said


def tax_terms(session: Session, *, firm_id: int, matter_ids: Sequence[int]) -> TaxTerms:
    """What decides about the taxes of these matters, whoever may see them. One query."""
    parts = union_all(_taxes(firm_id), _exemptions(firm_id, matter_ids), _places(firm_id, matter_ids))
    rows = session.execute(parts, execution_options={"through_walls": True}).all()
    rules = [_rule_in(row) for row in rows if row.part == "tax"]
    exempt: dict[tuple[int, bool], list[Exemption]] = defaultdict(list)
    for row in rows:
        if row.part == "exemption":
            found = Exemption(ExemptionKind(row.text_1), row.text_2, row.first, row.last, row.text_3, row.text_4)
            exempt[row.matter_id, bool(row.flag_1)].append(found)
    if not (rules or exempt):
        return TaxTerms()
    places = [row for row in rows if row.part == "place"]
    matters = {id_: MatterTaxes(place, exempt[id_, True], exempt[id_, False]) for id_, place in map(_place_in, places)}
    return TaxTerms(rules, TaxRounding(places[0].text_7) if places else TaxRounding.INVOICE, matters)


def _part(name: str, matter: Any, dates: Sequence[Any], texts: Sequence[Any], flags: Sequence[Any], rate: Any = 0) -> Select[Any]:
    """The columns that the three kinds of rows have in common."""
    padded = [*texts, *(literal("") for _ in range(7 - len(texts)))]
    flagged = [*flags, *(false() for _ in range(3 - len(flags)))]
    return select(
        literal(name).label("part"),
        matter.label("matter_id"),
        literal(rate).label("rate") if isinstance(rate, int) else rate.label("rate"),
        dates[0].label("first"),
        dates[1].label("last"),
        *(text.label(f"text_{place}") for place, text in enumerate(padded, 1)),
        *(flag.label(f"flag_{place}") for place, flag in enumerate(flagged, 1)),
    )


def _taxes(firm_id: int) -> Select[Any]:
    texts = (Tax.name, Tax.registration_number, Tax.country, Tax.regions, Tax.on_top_of)
    flags = (Tax.on_fees, Tax.on_expenses, Tax.is_included)
    return _part("tax", literal(0), (Tax.effective_from, Tax.effective_to), texts, flags, Tax.rate_millionths).where(Tax.firm_id == firm_id)


def _rule_in(row: Any) -> TaxRule:
    plain = (row.text_1, row.rate, bool(row.flag_1), bool(row.flag_2), row.first, row.last, row.text_2)
    return TaxRule(*plain, row.text_3, tuple(row.text_4.split()), row.text_5, bool(row.flag_3))


def _exemptions(firm_id: int, matter_ids: Sequence[int]) -> Select[Any]:
    """Of each matter: its own and its client's; the first flag says which."""
    one = TaxExemption
    part = _part(
        "exemption",
        Matter.id,
        (one.effective_from, one.effective_to),
        (one.kind, one.words, one.tax_name, one.client_tax_number),
        (one.matter_id.is_not(None),),
    )
    theirs = or_(one.matter_id == Matter.id, one.client_id == Matter.client_id)
    return part.join_from(Matter, one, and_(one.firm_id == Matter.firm_id, theirs)).where(
        Matter.firm_id == firm_id, Matter.id.in_(matter_ids)
    )


def _places(firm_id: int, matter_ids: Sequence[int]) -> Select[Any]:
    clients = (func.coalesce(Client.country, ""), func.coalesce(Client.region, ""))
    texts = (Matter.country, Matter.region, *clients, Firm.country, Firm.region, Firm.tax_rounding)
    part = _part("place", Matter.id, (cast(null(), Date), cast(null(), Date)), texts, ())
    joined = part.join_from(Matter, Firm, Firm.id == Matter.firm_id)
    joined = joined.outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
    return joined.where(Matter.firm_id == firm_id, Matter.id.in_(matter_ids))


def _place_in(row: Any) -> tuple[int, Place]:
    known = (Place(row.text_1, row.text_2), Place(row.text_3, row.text_4), Place(row.text_5, row.text_6))
    return row.matter_id, first_known(*known)


def exemptions_of(session: Session, *, firm_id: int, client_id: int | None = None, matter_id: int | None = None) -> list[TaxExemption]:
    """Those of a client or of a matter, the latest first."""
    whose = TaxExemption.matter_id == matter_id if matter_id else TaxExemption.client_id == client_id
    query = select(TaxExemption).where(TaxExemption.firm_id == firm_id, whose)
    return list(session.scalars(query.order_by(TaxExemption.effective_from.desc(), TaxExemption.id.desc())))
