"""What the page of components shows: made-up records in the shape that the macros take."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from lexapp.domain.money import Money
from lexapp.web.happenings import Happening
from lexapp.web.reports.charts import Bar, Chart, Series, bars_chart, columns_chart

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 14, 52, tzinfo=UTC)
LONG = "Halvorsen Dairy Cooperative and its forty-one affiliated family farms of the Upper Tamarack basin · Water rights"
ARABIC = "مكتب النخيل للمحاماة والاستشارات القانونية"
COLOURS = (
    ("Ground", ("canvas", "surface", "surface-sunken", "surface-raised", "hover", "selected", "mark")),
    ("Lines", ("line", "line-strong", "control-line")),
    ("Ink", ("ink", "ink-2", "ink-3")),
    ("Go, running, done", ("accent", "accent-solid", "accent-solid-hover", "on-accent", "accent-soft", "accent-line")),
    ("Waits", ("wait", "wait-soft", "wait-line")),
    ("Wrong", ("wrong", "wrong-solid", "on-wrong", "wrong-soft", "wrong-line")),
    ("Client money", ("trust", "trust-soft", "trust-line")),
    ("Charts", ("chart-1", "chart-2", "chart-3", "chart-4", "chart-mute")),
)
SIZES = (("3xl", "40"), ("2xl", "26"), ("xl", "20"), ("lg", "16"), ("md", "14"), ("sm", "13"), ("xs", "12"))


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer of the bar."""

    id: int
    title: str
    narrative: str
    seconds: int
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Spark:
    """A bar of a small chart, in minor units and of 100."""

    label: str
    minor: int
    height: int


TIMERS = (
    Timer(1, "Castellane · Port Authority claims", "Review and revise responses to RFP 14–31", 3432, True),
    Timer(2, "No matter yet", "", 360),
    Timer(3, LONG, "Call with the basin’s water master about the call on the river of 1911 and its amendments", 36_061),
)
RULER = SimpleNamespace(
    width=1100,
    first_hour=8,
    last_hour=18,
    hour_width=110,
    now=770,
    gaps=[(440, 130)],
    blocks=[
        SimpleNamespace(start=110, width=150, title="Castellane, 9:00 to 10:21", label="Castellane", is_now=False),
        SimpleNamespace(start=275, width=165, title="Northmere, 10:30 to 12:00", label="Northmere", is_now=False),
        SimpleNamespace(start=570, width=200, title="Castellane, since 1:11", label="Castellane", is_now=True),
    ],
)
HAPPENINGS = (
    Happening("invoice", "done", "INV-2026-0412 issued, $16,504.60", "Daniel Oyelaran", AT),
    Happening("trust", "trust", "Deposit of $25,000.00", "Priya Raman", AT - timedelta(days=9)),
    Happening("edit", "", f"Name changed to {LONG}", "Marguerite Voss", AT - timedelta(days=40)),
)
OWED = tuple(
    SimpleNamespace(id=number, number=f"INV-2026-0{number}", matter_names=name, due_on=TODAY - timedelta(days=days), open_minor=minor)
    for number, name, days, minor in ((398, "Port Authority claims", 11, 1_650_460), (412, LONG, -19, 123_456_789))
)
GRID = (
    ("Castellane · Port Authority claims", (210, 140, 0, 320, 90, 0, 0)),
    ("Northmere · FDA deficiency response", (0, 470, 510, 0, 0, 0, 0)),
    (LONG, (430, 0, 150, 300, 0, 0, 0)),
)


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything of the sheet that is no form."""

    today: date = TODAY
    long: str = LONG
    arabic: str = ARABIC
    colours: Any = COLOURS
    sizes: Any = SIZES
    timers: Any = TIMERS
    ruler: Any = field(default_factory=lambda: RULER)
    happenings: Any = HAPPENINGS
    owed: Any = OWED
    grid: Any = GRID
    legs: Any = (("Adjusted bank balance", 12_892_825), ("Book balance", 12_892_825), ("Sum of the ledgers", 12_891_325))
    spark: Any = field(default_factory=lambda: [Spark(f"Month {place}", 100_000 * place, 12 * place) for place in range(1, 8)])

    @property
    def week(self) -> list[SimpleNamespace]:
        """Monday to Sunday against eight hours a day."""
        worked = (740, 820, 660, 620, 90, 0, 0)
        return [
            SimpleNamespace(
                on=date(2026, 11, 16) + timedelta(days=place),
                hundredths=hours,
                target_hundredths=800 if place < 5 else 0,
                percent=min(hours * 100 // 800, 100),
                short_hundredths=max(800 - hours, 0) if place < 5 else 0,
            )
            for place, hours in enumerate(worked)
        ]

    @property
    def charts(self) -> list[Chart | None]:
        """One lying, one upright."""
        series = (Series("Billable", "stand"), Series("No charge", "stand--2", "2"), Series("Non-billable", "mute", "mute"))
        people = [Bar("Ines Achterberg", (5440, 60, 280)), Bar("Tomasz Wray-Fitzalan", (4410, 0, 120)), Bar(LONG, (870, 40, 610))]
        ages = [Bar("Not due", (2_117_000, 0)), Bar("1–30 days late", (0, 161_975)), Bar("Over 90 days", (0, 0))]
        late = (Series("Not due", "stand--2", "2"), Series("Late", "leak", "3"))
        return [bars_chart("Hours", "hours", series, people), columns_chart("Open by age", "money", late, ages)]

    @staticmethod
    def money(minor: int) -> Money:
        return Money(minor, "USD")
