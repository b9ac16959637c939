"""Payers that the other matters do not show: an amount a month, a rule for one task, shares that change, an order of caps."""

from __future__ import annotations

from datetime import timedelta

from lexapp.demo.seeding.people import Seeded
from lexapp.demo.seeding.structures.shown import Done, bill_all, party, show
from lexapp.domain.splits import PayerTerms

WORK = tuple(Done(3 + 6 * n, n % 2, 150, text, "L110" if n % 3 else "L210") for n, text in enumerate(("Depositions", "Cover dispute") * 4))


def add_shared(seeded: Seeded) -> None:
    client, parent = party(seeded, "Bellweather Mills, Inc."), party(seeded, "Bellweather Group plc")
    insurer, reinsurer = party(seeded, "Larkspur Casualty Company"), party(seeded, "Tern Reinsurance AG")
    monthly = show(seeded, client, "Dust claim, the parent pays the first 2,000 a month")
    monthly.share(PayerTerms(parent, monthly_minor=2_000_00))
    task = show(seeded, client, "Roof claim, the insurer pays half but nothing of one task")
    task.share(PayerTerms(insurer, 5_000, 5_000, tasks={"L110": 0}))
    changing = show(seeded, client, "Boiler claim, shares that change on a day")
    changing.share(PayerTerms(insurer, 8_000, 8_000))
    changing.share(PayerTerms(insurer, 5_000, 5_000), since=changing.since + timedelta(days=20))
    ordered = show(seeded, client, "Flood claim, caps of two insurers in order")
    ordered.share(
        PayerTerms(insurer, 9_000, 9_000, cap_minor=5_000_00, overflow_payer_id=reinsurer),
        PayerTerms(reinsurer, cap_minor=3_000_00, overflow_payer_id=client),
    )
    for shown in (monthly, task, changing, ordered):
        shown.work(*WORK)
        shown.spend(412_50, "Court fees")
    bill_all(monthly, task, changing, ordered)
