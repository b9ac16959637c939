"""A drive to a hearing: the firm's mileage rates of two years, the miles at the rate of their day, and a photographed parking receipt."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO

from PIL import Image, ImageDraw

from lexapp.demo.seeding.people import Seeded
from lexapp.integrations.storage import Storage
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.unit_rates import NewUnitRate, add_unit_rate
from lexapp.workflows.expense_receipts import store_receipt

RATES = ((1, 7_000), (0, 7_250))
"""(years ago, hundredths of a cent for a mile): the rates that the tax office lets people deduct in 2025 and 2026."""
PARKED = ("HARBOR STREET GARAGE", "Level 3, space 117", "", "In    8:41", "Out  16:25", "", "7 h 44 min", "TOTAL      $38.00")


def add_drive(seeded: Seeded, storage: Storage, now: datetime) -> None:
    """Two rates, the miles of the newest day, and what parking cost."""
    session, actor, on = seeded.session, seeded.actor, min(seeded.plan.last_day, now.date())
    for years, rate in RATES:
        since = date(on.year - years, 1, 1)
        new = NewUnitRate(name="Mileage", unit="mile", rate_hundredths=rate, effective_from=since, code="E110")
        add_unit_rate(session, actor=actor, rate=new, now=now)
    matter = seeded.matters[0]
    miles = Expense(matter, on, 0, 8_640, "soft", description="To the inspection of the berth and back", unit_rate_name="Mileage")
    record_expense(session, actor=actor, expense=miles, now=now)
    parking = Expense(matter, on, 38_00, code="E110", description="Parking at the berth", vendor="Harbor Street Garage")
    receipt = store_receipt(storage, actor=actor, data=photograph())
    record_expense(session, actor=actor, expense=parking, receipt=receipt, now=now)


def photograph() -> bytes:
    """The receipt as a phone would photograph it."""
    picture = Image.new("RGB", (900, 1200), "#8d8678")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((170, 90, 730, 1110), fill="#faf8f2")
    for line, text in enumerate(PARKED):
        draw.text((230, 170 + line * 84), text, fill="#2a2a2a", font_size=38)
    made = BytesIO()
    picture.rotate(1.6, expand=True, fillcolor="#8d8678", resample=Image.Resampling.BICUBIC).save(made, "JPEG", quality=85)
    return made.getvalue()
