"""A matter in each place whose taxes are shipped, one with prices that contain the tax, and two that are not taxed, with the reason."""

from __future__ import annotations

from typing import NamedTuple

from lexapp.demo.seeding import cast
from lexapp.demo.seeding.people import Seeded
from lexapp.demo.seeding.structures.shown import Done, Shown, bill_all, party, show
from lexapp.services.tax_exemptions import NewExemption, add_exemption
from lexapp.services.taxes import NewTax, add_tax, adopt_tax_set

SETS = ("uk", "canada", "hawaii")
WORK = (Done(3, 0, 195, "Draft of the agreement"), Done(9, 1, 130, "Negotiation with the other side"))


class Place(NamedTuple):
    """Who is taxed where, and the matter that shows it."""

    client: str
    address: str
    country: str
    region: str
    matter: str


LONDON = Place("Ferncliff Ceramics Ltd", "12 Potters’ Row\nStoke-on-Trent", "GB", "", "Export license, VAT of the United Kingdom")
PLACES = (
    LONDON,
    Place("Ateliers Boréal inc.", "88, rue des Érables\nMontréal, QC", "CA", "QC", "Lease in Montréal, GST and QST"),
    Place("Northshore Grain Ltd.", "410 Elevator Road\nThunder Bay, ON", "CA", "ON", "Franchise dispute, HST of Ontario"),
    Place("Cedar Sound Outfitters Ltd.", "7 Harbour Way\nVictoria, BC", "CA", "BC", "Charter terms, GST and PST of British Columbia"),
    Place("Makani Reef Tours LLC", "1 Pier Road\nHonolulu, HI", "US", "HI-OAHU", "Harbor permit, Hawaii’s GET passed on"),
    Place("Kauri Instruments Limited", "3 Quay Street\nAuckland", "NZ", "", "Trademark in New Zealand, prices that contain the tax"),
)
NEW_ZEALAND = "GST (New Zealand)"
RELIEF = "VAT is not charged: supplied to an international organisation, certificate 2026/0417."


def add_taxed(seeded: Seeded) -> None:
    """The sets are adopted first; where the firm and its other clients are, nothing is charged."""
    shown = [_open(seeded, place) for place in PLACES]
    for code in SETS:
        adopt_tax_set(code=code, **shown[0].acting)
    first = shown[0].since.replace(month=1, day=1)
    included = NewTax(
        name=NEW_ZEALAND, rate_millionths=150_000, on_fees=True, on_expenses=True, effective_from=first, country="NZ", is_included=True
    )
    add_tax(tax=included, **shown[0].acting)
    shown += [_exempt(seeded), *_reverse_charged(seeded)]
    for one in shown:
        one.work(*WORK)
        one.spend(184_45, "Search of the register", kind="soft")
    bill_all(*shown)


def _open(seeded: Seeded, place: Place) -> Shown:
    client = party(seeded, place.client, address=place.address, country=place.country, region=place.region)
    return show(seeded, client, place.matter)


def _exempt(seeded: Seeded) -> Shown:
    shown = _open(
        seeded, Place("Straits Relief Organisation", "2 Charter Square\nLondon", "GB", "", "Grant terms, exempt from VAT with the reason")
    )
    exemption = NewExemption(matter_id=shown.matter_id, kind="exempt", words=RELIEF, effective_from=shown.since)
    add_exemption(exemption=exemption, **shown.acting)
    return shown


def _reverse_charged(seeded: Seeded) -> list[Shown]:
    """For the client abroad that owes the tax itself; a firm too small to have it shows none."""
    place = next((place for place, client in enumerate(seeded.plan.clients) if client.name == cast.REVERSE_CHARGE_OF), None)
    return [] if place is None else [show(seeded, seeded.clients[place], "Distribution agreement, EU reverse charge")]
