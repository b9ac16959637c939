"""Everybody and everything in the demonstration firm that has a name. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lexapp.domain.permissions import Role
from lexapp.domain.reductions import EarlyDiscount, Tier, VolumeDiscount, YearlyDiscount

FIRM_NAME = "Brannock Voss LLP"
CURRENCY = "USD"
FIRM = {
    "address": "41 Harbor Street, Suite 900\nDunmore, NY 10954",
    "email": "billing@brannockvoss.test",
    "phone": "(845) 555-0140",
    "website": "brannockvoss.test",
    "tax_number": "24-6437381",
    "country": "US",
    "region": "NY",
    "payment_instructions": "Payment is due within 30 days.",
}
OPERATING = ("Operating", "Larkfield Bank", "2093", "Account name: Brannock Voss LLP\nRouting: 021000000\nAccount: 6200 2093")
TRUST = ("IOLTA", "Larkfield Bank", "4471", "Account name: Brannock Voss LLP Trust Account\nRouting: 021000000\nAccount: 6200 4471")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the firm: timekeepers have a classification and a rate per hour in minor units."""

    name: str
    classification: str = ""
    rate_minor: int = 0
    role: Role | None = None

    @property
    def email(self) -> str:
        first, *_, last = self.name.lower().split()
        return f"{first}.{last}@brannockvoss.test"

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.replace("-", " ").split())


OWNER = Person("Marguerite Voss", "PARTNR", 720_00, Role.OWNER)
TIMEKEEPERS = (
    OWNER,
    Person("Ines Achterberg", "ASSOC", 415_00, Role.TIMEKEEPER),
    Person("Tomasz Wray-Fitzalan", "PARALG", 185_00, Role.ASSISTANT),
    Person("Daniel Oyelaran", "PARTNR", 690_00, Role.BILLING_MANAGER),
    Person("Kirsten Bright", "ASSOC", 395_00),
    Person("Rufus Abernathy", "OFCOUN", 560_00),
    Person("Noor Haddad", "ASSOC", 380_00),
    Person("Celeste Duval", "PARTNR", 740_00),
    Person("Owen Marchetti", "ASSOC", 340_00),
    Person("Sunita Vale", "PARALG", 175_00),
    Person("Graham Stillwater", "PARTNR", 650_00),
    Person("Bea Lindqvist", "LGLAST", 120_00),
)
CLASSES = (("PARTNR", 650_00), ("ASSOC", 380_00), ("ASSOC", 340_00), ("PARALG", 175_00))


def sentence(words: str) -> str:
    """The same words with a capital at their beginning; names among them keep theirs."""
    return words[:1].upper() + words[1:]


def timekeepers(count: int) -> tuple[Person, ...]:
    """The first `count` people whose time is recorded; a large firm has more than those with a name of their own above."""
    names = (f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES)
    more = (Person(name, *CLASSES[place % len(CLASSES)]) for place, name in enumerate(names))
    return (*TIMEKEEPERS, *more)[:count] if count > len(TIMEKEEPERS) else TIMEKEEPERS[:count]


OTHERS = (Person("Priya Raman", role=Role.BOOKKEEPER), Person("Helena Brandt", role=Role.AUDITOR))
INVITED = ("Callum Hargreave", "callum.hargreave@brannockvoss.test")

ORGANISATIONS = (
    "Castellane Shipping & Terminal Holdings, Inc.",
    "Northmere Biologics, Inc.",
    "Pemberwick Mutual Insurance Company",
    "Tidewater Cold Storage LLC",
    "Ashgrove School District No. 7",
    "Halloran Brothers Paving Co.",
    "Lumen & Reed Architects PC",
    "Quillfeather Publishing Group",
    "Saltmarsh Wind Partners LP",
    "Verity Orchard Foods Cooperative",
    "Blackwater Dredging & Marine, Inc.",
    "Copperline Rail Services LLC",
    "Dovetail Furniture Makers Guild",
    "Estuary Health Network",
    "Fennimore Glassworks, Inc.",
    "Greyfriars Hotel Management LLC",
    "Ironbark Timber Exchange",
    "Juniper Street Housing Trust",
    "Kestrel Avionics Corporation",
    "Longacre Title & Escrow",
)
# A client in the European Union, which owes the tax itself. No such VAT number exists.
REVERSE_CHARGE_OF = "Northmere Biologics, Inc."
REVERSE_CHARGE_NUMBER = "IE0000000A"
ABROAD = {"address": "3 Weavers’ Quay\nDublin 2\nIreland", "country": "IE"}
FIRST_NAMES = ("Adaeze", "Bertrand", "Chiara", "Desmond", "Elodie", "Farid", "Gwendolyn", "Hiroshi", "Imelda", "Jonas", "Katarzyna")
LAST_NAMES = ("Okonkwo", "Fairweather", "Moretti", "Halvorsen", "Beauchamp", "Rahimi", "Prescott", "Tanabe", "Salazar", "Engström")
TRADES = ("Logistics", "Holdings", "Partners", "Foundry", "Textiles", "Instruments", "Nurseries", "Aggregates", "Clinics", "Outfitters")
STREETS = ("Quarry Road", "Mill Lane", "Chandler Street", "Wharf Avenue", "Orchard Terrace", "Signal Hill")


@dataclass(frozen=True, slots=True)
class Area:
    """A practice area: what its matters are called, and what is done in them as (narrative, task code, activity code)."""

    name: str
    matters: tuple[str, ...]
    work: tuple[tuple[str, str, str], ...]


LITIGATION = Area(
    "Litigation",
    (
        "demurrage and terminal-access claims",
        "breach of supply agreement",
        "defense of subrogation action",
        "delay claim, east berth",
        "insurance coverage declaratory action",
        "unpaid freight collection",
    ),
    (
        ("Review and analyze {doc}; outline issues for motion", "L120", "A104"),
        ("Draft {doc}", "L210", "A103"),
        ("Telephone conference with {who} regarding {topic}", "L120", "A106"),
        ("Prepare for deposition of {who}, including exhibits", "L330", "A101"),
        ("Attend deposition of {who}", "L330", "A109"),
        ("Research {topic}; memorandum to file", "L120", "A102"),
        ("Organize and index document production; privilege review", "L320", "A110"),
        ("Draft first set of interrogatories and document requests", "L310", "A103"),
        ("Correspond with opposing counsel regarding {topic}", "L350", "A107"),
        ("Appear for status conference before Judge Ellery", "L230", "A109"),
        ("Analyze settlement position; letter to {who}", "L160", "A103"),
        ("Revise {doc} after comments of M. Voss", "L240", "A103"),
    ),
)
CORPORATE = Area(
    "Corporate",
    ("acquisition of regional distributor", "series B financing", "shareholder agreement", "restructuring", "license agreement"),
    (
        ("Draft {doc}", "", "A103"),
        ("Review {doc}; comments to {who}", "", "A104"),
        ("Conference with {who} regarding {topic}", "", "A106"),
        ("Due diligence review of material contracts", "", "A104"),
        ("Negotiate {doc} with counsel for counterparty", "", "A107"),
        ("Prepare closing checklist and signature pages", "", "A101"),
        ("Research {topic}", "", "A102"),
    ),
)
EMPLOYMENT = Area(
    "Employment",
    ("wage and hour class action", "executive separation", "handbook and policy review", "discrimination charge", "non-compete dispute"),
    (
        ("Interview {who} regarding {topic}", "L110", "A113"),
        ("Draft position statement to agency", "L210", "A103"),
        ("Review personnel records and {doc}", "L110", "A104"),
        ("Advise {who} on {topic}", "", "A106"),
        ("Revise {doc}", "", "A103"),
        ("Research {topic}", "L120", "A102"),
    ),
)
REAL_ESTATE = Area(
    "Real estate",
    ("sale of waterfront parcel", "ground lease negotiation", "zoning variance", "construction lien", "office lease renewal"),
    (
        ("Draft {doc}", "", "A103"),
        ("Review title commitment and survey; objections letter", "", "A104"),
        ("Attend planning board hearing", "", "A109"),
        ("Telephone conference with {who} regarding {topic}", "", "A106"),
        ("Negotiate {doc}", "", "A107"),
        ("Prepare closing statement", "", "A101"),
    ),
)
ESTATES = Area(
    "Trusts and estates",
    ("estate plan", "estate administration", "guardianship", "trust accounting proceeding", "contested probate"),
    (
        ("Meet with {who} regarding {topic}", "", "A106"),
        ("Draft {doc}", "", "A103"),
        ("Prepare inventory and schedules", "", "A101"),
        ("Review account statements for accounting", "", "A104"),
        ("Appear in surrogate's court", "", "A109"),
    ),
)
AREAS = (LITIGATION, CORPORATE, EMPLOYMENT, REAL_ESTATE, ESTATES)

DOCUMENTS = (
    "motion for summary judgment",
    "opposition brief",
    "term sheet",
    "purchase agreement",
    "settlement agreement",
    "answer and affirmative defenses",
    "disclosure schedules",
    "lease amendment",
    "reply memorandum",
    "stipulated protective order",
    "expert report",
    "engagement correspondence",
)
WHO = ("client", "Ms. Halvorsen", "Mr. Tanabe", "general counsel", "adjuster", "surveyor", "expert witness", "in-house team", "co-counsel")
TOPICS = (
    "berth logs and tariff schedule",
    "scope of indemnity",
    "damages model",
    "discovery deadlines",
    "lease holdover",
    "closing conditions",
    "board approval",
    "mediation dates",
    "notice provisions",
    "valuation",
)
FIRM_WORK = ("Business development lunch", "Continuing legal education", "Firm meeting", "Pro bono intake", "Recruiting interviews")
EXPENSES = (
    ("E112", "Court fees, {topic}", "hard", 435_00),
    ("E115", "Deposition transcript, expedited", "hard", 1_286_40),
    ("E107", "Courier, sealed exhibits", "hard", 48_75),
    ("E110", "Travel to hearing", "hard", 312_60),
    ("E101", "Copying", "soft", 25),
    ("E106", "Online research", "soft", 85_00),
    ("E118", "Document hosting, monthly", "hard", 450_00),
    ("E113", "Service of subpoena", "hard", 95_00),
)
WRITE_DOWN_REASONS = ("Second attendee not charged", "Time over budget", "Block billing", "Courtesy")


DISCOUNTS = (
    YearlyDiscount(VolumeDiscount((Tier(10_000_00, 500), Tier(50_000_00, 1_000)))),
    EarlyDiscount(200, 10),
)
GUIDELINES_OF = "Pemberwick Mutual Insurance Company"
GUIDELINES: dict[str, Any] = {
    "title": "Outside counsel guidelines 2026",
    "least_characters": 20,
    "most_characters": 1_024,
    "length_weight": "refuse",
    "forbidden_words": ("overhead", "word processing", "file opening", "overtime"),
    "needs_task_code": True,
    "needs_activity_code": True,
    "quotes": {
        "length": "The e-billing system rejects lines of more than 1,024 characters (3.2).",
        "vague": "Descriptions such as “attention to file” are not paid (6.2).",
        "blocks": "Each entry describes one task and the time it took (5.1).",
        "forbidden": "Office overhead is part of the rate (7.4).",
        "codes": "Every line of time carries a UTBMS task and activity code (3.4).",
    },
}
"""What one client accepts on its bills, as its own paper says it."""
