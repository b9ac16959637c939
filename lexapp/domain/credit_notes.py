"""How much of an issued invoice may still be credited, and what a credit note takes back of it: lines, tax, income and costs.

A note names amounts of lines, as the invoice shows them, or one amount for all of it. Tax goes with what is credited: of every tax, what
all notes together have taken back is in proportion to what they have credited of its base, by largest remainder. So no line and no tax is
ever credited beyond what was billed, and when everything is credited exactly the whole tax is taken back, in whatever steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.spread import Charges


@dataclass(frozen=True, slots=True)
class CreditableLine:
    """A line as the invoice shows it, and what live notes credit of it; minor units. `cost_minor` is what a hard cost had cost the firm."""

    id: int
    is_expense: bool
    billed_minor: int
    credited_minor: int = 0
    is_taxed: bool = True
    cost_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What may still be credited."""
        return self.billed_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class CreditableTax:
    """What a tax takes on an invoice's fees, or on its expenses, and what live notes took back of it. `is_included`: prices contain it."""

    name: str
    on_expenses: bool
    billed_minor: int
    credited_minor: int = 0
    is_included: bool = False
    rate_millionths: int = 0

    @property
    def left_minor(self) -> int:
        return self.billed_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class Credit:
    """What a note takes back: (line id, amount as the invoice shows it) of each line, an amount of each tax in the order of the invoice's.

    `charges` are fees and costs without the tax that prices contain, and all tax. Of the costs, `cost_income_minor` had been income; the
    rest, `written_down_minor`, had given back what the firm advanced, and is now the firm's loss.
    """

    lines: tuple[tuple[int, int], ...]
    taxes: tuple[int, ...]
    charges: Charges
    cost_income_minor: int
    written_down_minor: int

    @property
    def total_minor(self) -> int:
        return self.charges.total_minor


@dataclass(frozen=True, slots=True)
class Creditable:
    """The lines and taxes of one invoice for one matter."""

    lines: tuple[CreditableLine, ...]
    taxes: tuple[CreditableTax, ...] = ()

    @property
    def left_minor(self) -> int:
        """What may be credited in all."""
        return sum(line.left_minor for line in self.lines) + sum(tax.left_minor for tax in self.taxes if not tax.is_included)

    def credit_lines(self, wanted: Mapping[int, int]) -> Credit:
        """Credit these amounts (line id -> minor units, as the invoice shows them) and the tax on them.

        Raises InvalidInput beside the field `line_<id>` for an amount that a line does not have, or `lines` where there is none.
        """
        known = {line.id: line for line in self.lines}
        for id_, minor in wanted.items():
            if id_ not in known:
                raise InvalidInput("There is no such line on this invoice.", field="lines")
            _check(known[id_], minor)
        if not any(wanted.values()):
            raise InvalidInput("Enter an amount beside at least one line.", field="lines")
        return self._credit({id_: minor for id_, minor in wanted.items() if minor}, [None] * len(self.taxes))

    def credit_total(self, total_minor: int) -> Credit:
        """Credit one amount, tax contained: every line and tax bears of it in proportion to what is left of each, by largest remainder."""
        if not 0 < total_minor <= self.left_minor:
            raise InvariantBroken(f"Between nothing and {self.left_minor} can be credited, not {total_minor}.")
        weights = [line.left_minor for line in self.lines] + [0 if tax.is_included else tax.left_minor for tax in self.taxes]
        parts = allocate(total_minor, weights)
        of_lines, of_taxes = parts[: len(self.lines)], parts[len(self.lines) :]
        wanted = {line.id: part for line, part in zip(self.lines, of_lines, strict=True) if part}
        return self._credit(wanted, [None if tax.is_included else part for tax, part in zip(self.taxes, of_taxes, strict=True)])

    def after(self, credit: Credit) -> Creditable:
        """The invoice once this is credited, too."""
        taken = dict(credit.lines)
        lines = (replace(line, credited_minor=line.credited_minor + taken.get(line.id, 0)) for line in self.lines)
        pairs = zip(self.taxes, credit.taxes, strict=True)
        return Creditable(tuple(lines), tuple(replace(tax, credited_minor=tax.credited_minor + part) for tax, part in pairs))

    def _credit(self, wanted: Mapping[int, int], given: Sequence[int | None]) -> Credit:
        worked = self._taxes(wanted)
        taxes = tuple(minor if part is None else part for minor, part in zip(worked, given, strict=True))
        credit = Credit(tuple((line.id, wanted[line.id]) for line in self.lines if line.id in wanted), taxes, Charges(), 0, 0)
        before, after = self._costs(), self.after(credit)._costs()
        income, lost = before[0] - after[0], after[1] - before[1]
        fees = sum(wanted.get(line.id, 0) for line in self.lines if not line.is_expense)
        fees -= sum(part for tax, part in zip(self.taxes, taxes, strict=True) if tax.is_included and not tax.on_expenses)
        return replace(credit, charges=Charges(fees, income + lost, sum(taxes)), cost_income_minor=income, written_down_minor=lost)

    def _taxes(self, wanted: Mapping[int, int]) -> list[int]:
        """Of each tax what goes with these lines. Taxes that one price contains are worked out together, so that they fit into it."""
        found = [0] * len(self.taxes)
        for on_expenses in (False, True):
            base = [line for line in self.lines if line.is_expense == on_expenses and (line.is_taxed or not on_expenses)]
            billed = sum(line.billed_minor for line in base)
            credited = sum(line.credited_minor + wanted.get(line.id, 0) for line in base)
            places = [place for place, tax in enumerate(self.taxes) if tax.on_expenses == on_expenses]
            alone = [[place] for place in places if not self.taxes[place].is_included]
            for group in [*alone, [place for place in places if self.taxes[place].is_included]]:
                for place, part in zip(group, self._taken_back([self.taxes[place] for place in group], credited, billed), strict=True):
                    found[place] = part
        return found

    @staticmethod
    def _taken_back(taxes: Sequence[CreditableTax], credited_minor: int, billed_minor: int) -> list[int]:
        """What taxes on one base give back now that so much of it is credited in all."""
        left = [tax.left_minor for tax in taxes]
        if not any(left) or not billed_minor:
            return [0] * len(taxes)
        due, _ = allocate(sum(tax.billed_minor for tax in taxes), [credited_minor, billed_minor - credited_minor])
        return allocate(max(due - sum(tax.credited_minor for tax in taxes), 0), left)

    def _costs(self) -> tuple[int, int]:
        """Of what is left of the expenses, without the tax that they contain: what is income, and what is charged less than cost."""
        costs = [line for line in self.lines if line.is_expense]
        taxed = [line.left_minor if line.is_taxed else 0 for line in costs]
        included = sum(tax.left_minor for tax in self.taxes if tax.on_expenses and tax.is_included)
        taken = allocate(included, taxed) if included else [0] * len(costs)
        above = [line.left_minor - tax - line.cost_minor for line, tax in zip(costs, taken, strict=True)]
        return sum(max(minor, 0) for minor in above), sum(max(-minor, 0) for minor in above)


def _check(line: CreditableLine, minor: int) -> None:
    field = f"line_{line.id}"
    if minor < 0:
        raise InvalidInput("Enter what is credited as an amount above zero.", field=field)
    if minor > line.left_minor:
        raise InvalidInput("That is more than is left of this line. Lower the amount.", field=field)
