"""Caps of every kind, an amount off each invoice, discounts of a client, and the credit for what was collected."""

from __future__ import annotations

from lexapp.demo.seeding.people import Seeded
from lexapp.demo.seeding.structures.shown import Done, bill_all, party, show
from lexapp.domain.agreements import AgreedCap, AgreedDiscount, Hourly
from lexapp.domain.credits import CreditKind, CreditShare
from lexapp.domain.money import Money
from lexapp.domain.reductions import EarlyDiscount, Tier, VolumeDiscount, Window, YearlyDiscount
from lexapp.models import Invoice
from lexapp.services.client_discounts import NewDiscount, agree_discount
from lexapp.services.matter_credits import NewCreditSplit, agree_credit_split
from lexapp.services.payments import record_payment

LITTLE = Done(4, 0, 120, "Read the file; conference with the client", "L110")
MUCH = tuple(Done(34 + 3 * n, n % 2, 180, "Draft and revise the answer", "L210") for n in range(4))
TERMS = (
    ("Opinion on title, at most 4,000 in all", (AgreedCap(limit_minor=4_000_00),)),
    ("Tariff advice, told of before 4,000", (AgreedCap(limit_minor=4_000_00, is_hard=False),)),
    ("Audit defense, 3,000 a month carried on", (AgreedCap(limit_minor=3_000_00, window=Window.ROLLING),)),
    ("Assessment, at most 1,000 for its phase", (AgreedCap(limit_minor=1_000_00, phase="L100"),)),
    ("Policy review, 250 off each invoice", (AgreedDiscount(amount_minor=250_00),)),
)


def add_reduced(seeded: Seeded) -> None:
    client = party(seeded, "Osprey Point Quarries LLC")
    matters = [show(seeded, client, name, Hourly(), *terms) for name, terms in TERMS]
    for shown in matters:
        shown.work(LITTLE, *MUCH)
    bill_all(*matters)
    _discounted(seeded)


def _discounted(seeded: Seeded) -> None:
    """A client with discounts on all its matters, which pays early; two people share the credit for it."""
    client = party(seeded, "Harrow Street Retail Group")
    shown = show(seeded, client, "Store leases, discounts by volume and for paying early")
    kinds = (YearlyDiscount(VolumeDiscount((Tier(5_000_00, 500), Tier(8_000_00, 1_000)))), EarlyDiscount(200, 10))
    for terms in kinds:
        agree_discount(discount=NewDiscount(client_id=client, terms=terms, effective_from=shown.since), **shown.acting)
    shares = tuple(CreditShare(seeded.timekeepers[place], points) for place, points in ((0, 6_000), (1, 4_000)))
    split = NewCreditSplit(kind=CreditKind.ORIGINATING, shares=shares, effective_from=shown.since)
    agree_credit_split(matter_id=shown.matter_id, split=split, **shown.acting)
    shown.work(LITTLE, *MUCH)
    (invoice_id,) = bill_all(shown)
    total = seeded.session.get_one(Invoice, invoice_id).total_minor
    seeded.session.rollback()
    paid = Money(total - EarlyDiscount(200, 10).of(total, shown.last), "USD")
    told = {"payer_id": client, "amount": paid, "received_on": shown.last, "method": "transfer"}
    record_payment(allocations={invoice_id: paid}, early=[invoice_id], **told, **shown.acting)  # type: ignore[arg-type]
