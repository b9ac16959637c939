"""What happened in the firm, decided before anything is written: pure, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from lexapp.demo.seeding import cast
from lexapp.demo.seeding.cast import Area, Person
from lexapp.domain.allocation import allocate


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a firm: whole months up to the last day, people, clients, matters, time entries."""

    months: int
    timekeepers: int
    clients: int
    matters: int
    entries: int


SIZES = {"small": Size(3, 4, 9, 14, 260), "year": Size(12, 12, 60, 150, 15_000), "large": Size(12, 80, 400, 1_000, 100_000)}


@dataclass(frozen=True, slots=True)
class ClientPlan:
    name: str
    kind: str
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class MatterPlan:
    """`team` and the others are positions in the list of timekeepers; `monthly_fee_minor` > 0 is a fixed fee beside the hours."""

    client: int
    name: str
    area: Area
    opened_on: date
    closed_on: date | None
    team: tuple[int, ...]
    trust_minor: int
    monthly_fee_minor: int
    matter_rate_minor: int


@dataclass(frozen=True, slots=True)
class TimePlan:
    """`matter` None is the firm's own matter."""

    on: date
    matter: int | None
    timekeeper: int
    seconds: int
    narrative: str
    task_code: str
    activity_code: str
    billing_status: str


@dataclass(frozen=True, slots=True)
class ExpensePlan:
    on: date
    matter: int
    code: str
    description: str
    kind: str
    quantity_hundredths: int
    unit_minor: int


@dataclass(slots=True)
class Plan:
    first_day: date
    last_day: date
    people: tuple[Person, ...]
    clients: list[ClientPlan] = field(default_factory=list)
    matters: list[MatterPlan] = field(default_factory=list)
    time: list[TimePlan] = field(default_factory=list)
    expenses: list[ExpensePlan] = field(default_factory=list)

    def months(self) -> list[tuple[date, date]]:
        """(first day, last day) of each month of the plan; the last one may be under way."""
        starts = [self.first_day]
        while (following := next_month(starts[-1])) <= self.last_day:
            starts.append(following)
        return [(start, min(next_month(start) - timedelta(days=1), self.last_day)) for start in starts]


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def make_plan(size: Size, last_day: date, seed: int) -> Plan:
    """Decide everything that does not depend on what the books answer."""
    random = Random(f"lexapp:{seed}")  # noqa: S311 - believable, not secret
    first_day = last_day.replace(day=1)
    for _ in range(size.months - 1):
        first_day = (first_day - timedelta(days=1)).replace(day=1)
    plan = Plan(first_day, last_day, cast.timekeepers(size.timekeepers))
    plan.clients = list(_clients(random, size.clients))
    plan.matters = [_matter(random, plan, number, size) for number in range(size.matters)]
    plan.time = sorted(_time(random, plan, size.entries), key=lambda entry: (entry.on, entry.timekeeper))
    plan.expenses = sorted(_expenses(random, plan, size.entries // 12), key=lambda expense: expense.on)
    return plan


def _clients(random: Random, count: int) -> Iterator[ClientPlan]:
    for number in range(count):
        is_person = number % 3 == 2
        name = f"{random.choice(cast.FIRST_NAMES)} {random.choice(cast.LAST_NAMES)}" if is_person else _organisation(random, number)
        mailbox = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())[:20]
        address = f"{random.randint(2, 990)} {random.choice(cast.STREETS)}\nDunmore, NY 109{random.randint(10, 99)}"
        yield ClientPlan(name, "person" if is_person else "organisation", f"accounts{number}@{mailbox}.test", address)


def _organisation(random: Random, number: int) -> str:
    place = number - number // 3
    if place < len(cast.ORGANISATIONS):
        return cast.ORGANISATIONS[place]
    return f"{random.choice(cast.LAST_NAMES)} {random.choice(cast.TRADES)} {random.choice(('LLC', 'Inc.', 'LP'))}"


def _matter(random: Random, plan: Plan, number: int, size: Size) -> MatterPlan:
    client = number if number < size.clients else random.randrange(size.clients)
    area = cast.AREAS[number % len(cast.AREAS)]
    span = (plan.last_day - plan.first_day).days
    opened_on = plan.first_day + timedelta(days=random.randrange(max(1, span // 2)) if number % 3 == 0 else 0)
    ends = number % 7 == 5 and opened_on + timedelta(days=100) < plan.last_day
    others = random.sample(range(1, len(plan.people)), k=min(len(plan.people) - 1, random.randint(1, 3)))
    return MatterPlan(
        client=client,
        name=cast.sentence(random.choice(area.matters)),
        area=area,
        opened_on=opened_on,
        closed_on=opened_on + timedelta(days=random.randint(90, 99)) if ends else None,
        team=(0 if number % 2 == 0 else others[0], *others),
        trust_minor=random.randint(10, 90) * 500_00 if number % 5 < 2 else 0,
        monthly_fee_minor=random.randint(5, 20) * 250_00 if number % 11 == 3 else 0,
        matter_rate_minor=random.randint(60, 76) * 10_00 if number % 8 == 0 else 0,
    )


def _workdays(plan: Plan) -> list[date]:
    span = (plan.last_day - plan.first_day).days + 1
    days = [plan.first_day + timedelta(days=passed) for passed in range(span)]
    return [day for day in days if day.weekday() < 5]


def _time(random: Random, plan: Plan, count: int) -> Iterator[TimePlan]:
    """`count` entries over the workdays and people, most in the middle of what a day can hold."""
    slots = [(day, person) for day in _workdays(plan) for person in range(len(plan.people))]
    for (day, person), entries in zip(slots, allocate(count, [random.randint(3, 7) for _ in slots]), strict=True):
        mine = [number for number, matter in enumerate(plan.matters) if person in matter.team and _is_open(matter, day)]
        for _ in range(entries):
            yield _entry(random, plan, day, person, mine)


def _is_open(matter: MatterPlan, day: date) -> bool:
    return matter.opened_on <= day and (matter.closed_on is None or day < matter.closed_on)


def _entry(random: Random, plan: Plan, day: date, person: int, mine: list[int]) -> TimePlan:
    seconds = random.choice((360, 540, 720, 1080, 1440, 1800, 2700, 3600, 4500, 5400, 7200, 9000)) + random.choice((0, 0, 0, 60, 150))
    if not mine or random.random() < 0.09:
        return TimePlan(day, None, person, seconds, random.choice(cast.FIRM_WORK), "", "", "non_billable")
    matter = random.choice(mine)
    narrative, task, activity = random.choice(plan.matters[matter].area.work)
    words = {"doc": random.choice(cast.DOCUMENTS), "who": random.choice(cast.WHO), "topic": random.choice(cast.TOPICS)}
    status = "no_charge" if random.random() < 0.02 else "billable"
    return TimePlan(day, matter, person, seconds, narrative.format(**words), task, activity, status)


def _expenses(random: Random, plan: Plan, count: int) -> Iterator[ExpensePlan]:
    days = _workdays(plan)
    for _ in range(count):
        day = random.choice(days)
        mine = [number for number, matter in enumerate(plan.matters) if _is_open(matter, day)]
        code, description, kind, unit = random.choice(cast.EXPENSES)
        quantity = random.randint(12, 480) * 100 if code == "E101" else 100
        topic = random.choice(cast.TOPICS)
        if mine:
            yield ExpensePlan(day, random.choice(mine), code, description.format(topic=topic), kind, quantity, unit)
