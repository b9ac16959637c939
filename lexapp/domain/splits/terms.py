"""What several payers of a matter agreed: shares by kind of work, an amount a month, caps with an order, one who takes the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.domain.shares import MOST_PAYERS, WHOLE, percent_text

CONSENTS = ("letter", "email", "agreement", "policy", "phone")
KINDS = {LineKind.TIME: "fees", LineKind.FIXED_FEE: "fixed_fees", LineKind.EXPENSE: "expenses"}
_WORDS = {"fees": "fees", "fixed_fees": "fixed fees", "expenses": "expenses"}


class Counted(StrEnum):
    """What a payer's cap and monthly amount count."""

    FEES = "fees"
    ALL = "all"

    def counts(self, kind: LineKind) -> bool:
        """Whether a line of that kind uses the cap up. Fixed fees are fees."""
        return self is Counted.ALL or kind is not LineKind.EXPENSE


@dataclass(frozen=True, slots=True)
class PayerTerms:
    """What one payer takes on. Shares in basis points; a share for a task code stands in place of that for fees.

    `monthly_minor`: the first so much of what is charged for the work of each calendar month, in place of shares.
    `cap_minor`: at most so much on the matter, ever; what goes beyond is paid by `overflow_payer_id`, or by the holder of the remainder.
    """

    payer_id: int
    fees: int = 0
    fixed_fees: int = 0
    expenses: int = 0
    tasks: Mapping[str, int] | None = None
    monthly_minor: int | None = None
    cap_minor: int | None = None
    counted: Counted = Counted.FEES
    overflow_payer_id: int | None = None

    @property
    def has_shares(self) -> bool:
        return bool(self.fees or self.fixed_fees or self.expenses or self.tasks)

    def points(self, kind: LineKind, task_code: str = "") -> int:
        """The share of a line in basis points, before the remainder is given to its holder."""
        if kind is LineKind.TIME and self.tasks and task_code in self.tasks:
            return self.tasks[task_code]
        return int(getattr(self, KINDS[kind]))


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who pays, in order. `remainder_payer_id` takes what no share, amount or cap gives to anybody else."""

    payers: tuple[PayerTerms, ...]
    remainder_payer_id: int | None = None

    def place(self, payer_id: int) -> int:
        """The position of a payer, from 0."""
        return [payer.payer_id for payer in self.payers].index(payer_id)

    def points(self, kind: LineKind, task_code: str = "") -> list[int]:
        """The shares of a line by payer; they make 10,000. A task that only some payers name counts as zero for the others."""
        by_task = kind is LineKind.TIME and any(task_code in (payer.tasks or ()) for payer in self.payers)
        if by_task:
            points = [(payer.tasks or {}).get(task_code, 0) for payer in self.payers]
        else:
            points = [payer.points(kind) for payer in self.payers]
        if self.remainder_payer_id is not None:
            points[self.place(self.remainder_payer_id)] += WHOLE - sum(points)
        return points

    def pays_all(self, payer_id: int | None, kind: LineKind) -> bool:
        """Whether one payer pays such lines whole, whatever was billed before. A line of a task may be shared nevertheless."""
        payer = next((one for one in self.payers if one.payer_id == payer_id), None)
        if payer is None or payer.cap_minor is not None or any(one.monthly_minor is not None for one in self.payers):
            return False
        return self.points(kind)[self.place(payer.payer_id)] == WHOLE

    def overflow_of(self, payer: PayerTerms) -> int | None:
        """Who pays what goes beyond a payer's cap."""
        return payer.overflow_payer_id or self.remainder_payer_id


def whole_of(payer_id: int) -> Arrangement:
    """One payer for everything."""
    return Arrangement((PayerTerms(payer_id, WHOLE, WHOLE, WHOLE),))


def check_arrangement(arrangement: Arrangement, *, billed: Mapping[int, Mapping[Counted, int]], currency: str) -> None:
    """Refuse what cannot stand. `billed`: what each payer was billed on the matter already, of fees and of all, in minor units.

    Raises ``InvalidInput`` whose field is `fees_2`, `cap_1` and so on: the value, and the place of its payer from 1.
    """
    payers = arrangement.payers
    if not 1 <= len(payers) <= MOST_PAYERS:
        raise InvalidInput(f"Name one to {MOST_PAYERS} payers.", field="payer_1", code="payer_count")
    _check_payers(payers)
    _check_remainder(arrangement)
    for kind in KINDS:
        _check_sum(arrangement, kind, "")
    for code in sorted({code for payer in payers for code in payer.tasks or ()}):
        _check_sum(arrangement, LineKind.TIME, code)
    for place, payer in enumerate(payers, 1):
        _check_cap(arrangement, place, payer, billed.get(payer.payer_id, {}), currency)
    _check_circle(arrangement)


def _check_payers(payers: Sequence[PayerTerms]) -> None:
    seen: set[int] = set()
    for place, payer in enumerate(payers, 1):
        if payer.payer_id in seen:
            sentence = "This payer stands here twice. Put both together in one line."
            raise InvalidInput(sentence, field=f"payer_{place}", code="payer_twice")
        seen.add(payer.payer_id)
        for name in KINDS.values():
            if not 0 <= getattr(payer, name) <= WHOLE:
                raise InvalidInput("A share lies between 0 and 100 percent.", field=f"{name}_{place}", code="share_size")
        if any(not 0 <= points <= WHOLE for points in (payer.tasks or {}).values()):
            raise InvalidInput("A share lies between 0 and 100 percent.", field=f"tasks_{place}", code="share_size")
        if payer.monthly_minor is not None:
            _check_monthly(place, payer)


def _check_monthly(place: int, payer: PayerTerms) -> None:
    if payer.monthly_minor is not None and payer.monthly_minor <= 0:
        raise InvalidInput("Type an amount above zero, or leave it empty.", field=f"monthly_{place}", code="monthly_size")
    if payer.has_shares:
        sentence = "This payer has an amount a month and shares too. Keep one of the two."
        raise InvalidInput(sentence, field=f"monthly_{place}", code="monthly_and_shares")


def _check_remainder(arrangement: Arrangement) -> None:
    holder = arrangement.remainder_payer_id
    if holder is None:
        return
    if holder not in {payer.payer_id for payer in arrangement.payers}:
        sentence = "Who takes the remainder must be one of the payers. Pick one of them."
        raise InvalidInput(sentence, field="remainder", code="remainder_unknown")
    terms = arrangement.payers[arrangement.place(holder)]
    if terms.cap_minor is not None or terms.monthly_minor is not None:
        limit = "cap" if terms.cap_minor is not None else "monthly"
        sentence = (
            "Who takes the remainder pays whatever is left and cannot have a limit. Empty it, or let another payer take the remainder."
        )
        raise InvalidInput(sentence, field=f"{limit}_{arrangement.place(holder) + 1}", code="remainder_limited")


def _check_sum(arrangement: Arrangement, kind: LineKind, code: str) -> None:
    shares = [(payer.tasks or {}).get(code, 0) if code else payer.points(kind) for payer in arrangement.payers]
    missing = WHOLE - sum(shares)
    if not missing or (missing > 0 and arrangement.remainder_payer_id is not None):
        return
    name = "tasks" if code else KINDS[kind]
    what = f"time of task {code}" if code else _WORDS[name]
    place = next((place for place, share in reversed(list(enumerate(shares, 1))) if share), 1)
    fixed = any(payer.monthly_minor is not None for payer in arrangement.payers)
    if fixed and not any(shares):
        sentence = f"An amount a month leaves a remainder of the {what}. Say who takes the remainder."
        raise InvalidInput(sentence, field="remainder", code="remainder_missing")
    told = f"{percent_text(abs(missing))} % {'is missing' if missing > 0 else 'is too much'}"
    way = ", or name who takes the remainder" if missing > 0 else ""
    sentence = f"The shares of {what} add up to {percent_text(sum(shares))} %: {told}. Make them 100 %{way}."
    raise InvalidInput(sentence, field=f"{name}_{place}", code="share_sum")


def _check_cap(arrangement: Arrangement, place: int, payer: PayerTerms, billed: Mapping[Counted, int], currency: str) -> None:
    if payer.cap_minor is None:
        if payer.overflow_payer_id is not None:
            raise InvalidInput("Nothing goes beyond a cap that is empty. Type the cap.", field=f"cap_{place}", code="overflow_without_cap")
        return
    if payer.cap_minor <= 0:
        raise InvalidInput("Type a cap above zero, or leave it empty.", field=f"cap_{place}", code="cap_size")
    done = billed.get(payer.counted, 0)
    if payer.cap_minor < done:
        sentence = f"{Money(done, currency)} is billed to this payer already. Type that or a larger cap."
        raise InvalidInput(sentence, field=f"cap_{place}", code="cap_below_billed")
    after = arrangement.overflow_of(payer)
    others = {other.payer_id: other for other in arrangement.payers if other is not payer}
    if after is None:
        sentence = "Say who pays what goes beyond the cap, or who takes the remainder."
        raise InvalidInput(sentence, field=f"overflow_{place}", code="overflow_missing")
    if after not in others:
        raise InvalidInput("Pick another of the payers of this matter.", field=f"overflow_{place}", code="overflow_unknown")
    if others[after].monthly_minor is not None:
        sentence = "This payer pays an amount a month and no more. Pick another for what goes beyond the cap."
        raise InvalidInput(sentence, field=f"overflow_{place}", code="overflow_monthly")


def _check_circle(arrangement: Arrangement) -> None:
    """Refuse caps that send what goes beyond them round in a circle."""
    after = {payer.payer_id: arrangement.overflow_of(payer) for payer in arrangement.payers if payer.cap_minor is not None}
    for place, payer in enumerate(arrangement.payers, 1):
        seen, present = {payer.payer_id}, after.get(payer.payer_id)
        while present is not None and present not in seen:
            seen.add(present)
            present = after.get(present)
        if present is not None:
            sentence = "What goes beyond the caps would go round in a circle. Let one payer of the chain be without a cap."
            raise InvalidInput(sentence, field=f"overflow_{place}", code="overflow_circle")
