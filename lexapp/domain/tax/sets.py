"""Worked sets of taxes as data: official rates with the days on which they hold, and where that is said.

A rate stands here only with its source. Only those are kept that hold now or held lately; what is not sure is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lexapp.domain.tax.exemptions import ExemptionKind
from lexapp.domain.tax.rates import parse_rate
from lexapp.domain.tax.rules import TaxRule


@dataclass(frozen=True, slots=True)
class TaxSet:
    """Rates that a firm adopts together. `ends_all`: adopting it ends what is charged."""

    code: str
    name: str
    about: str
    sources: tuple[str, ...]
    rules: tuple[TaxRule, ...]
    ends_all: bool = False


@dataclass(frozen=True, slots=True)
class LegalWords:
    """Words for the invoice that say why a tax is not charged, with their source."""

    code: str
    kind: ExemptionKind
    label: str
    words: str
    source: str


def _rule(name: str, percent: str, country: str, regions: str, first: str, last: str = "", *, expenses: bool = True) -> TaxRule:
    until = date.fromisoformat(last) if last else None
    places = tuple(sorted(regions.split()))
    return TaxRule(name, parse_rate(percent), True, expenses, date.fromisoformat(first), until, country=country, regions=places)


UNITED_KINGDOM = TaxSet(
    "uk",
    "United Kingdom: VAT",
    "The standard rate, on fees and on expenses that are part of the service.",
    ("Value Added Tax Act 1994, section 2; the rate by the Finance (No. 2) Act 2010, section 3",),
    (_rule("VAT", "20", "GB", "", "2011-01-04"),),
)
CANADA = TaxSet(
    "canada",
    "Canada: GST, HST, PST and QST by province",
    "By the province of the client. Where a province has its own tax beside GST, it is on the price without GST, and here on fees only.",
    (
        "Excise Tax Act (R.S.C. 1985, c. E-15), section 165 and Schedule VIII",
        "Act respecting the Québec sales tax (CQLR c. T-0.1), section 16",
        "Provincial Sales Tax Act (SBC 2012, c. 35)",
        "The Retail Sales Tax Act (C.C.S.M. c. R130)",
        "The Provincial Sales Tax Act (R.S.S. 1978, c. P-34.1)",
    ),
    (
        _rule("GST", "5", "CA", "AB BC MB NT NU QC SK YT", "2013-04-01"),
        _rule("HST", "13", "CA", "ON", "2010-07-01"),
        _rule("HST", "15", "CA", "NB NL PE", "2016-10-01"),
        _rule("HST", "15", "CA", "NS", "2010-07-01", "2025-03-31"),
        _rule("HST", "14", "CA", "NS", "2025-04-01"),
        _rule("PST", "7", "CA", "BC", "2013-04-01", expenses=False),
        _rule("PST", "6", "CA", "SK", "2017-03-23", expenses=False),
        _rule("RST", "7", "CA", "MB", "2019-07-01", expenses=False),
        _rule("QST", "9.975", "CA", "QC", "2013-01-01"),
    ),
)
HAWAII = TaxSet(
    "hawaii",
    "Hawaii: GET as it is passed on",
    "General excise tax is owed on all that is received, the tax included: visibly passed on is at most 4.5 ÷ 95.5 of the price. "
    "The region names the county: HI-OAHU, HI-KAUAI, HI-HAWAII, HI-MAUI.",
    (
        "Hawaii Revised Statutes, sections 237-13 and 237-8.6 (county surcharge)",
        "Department of Taxation, announcements 2018-14 and 2019-04; Maui County, ordinance 5551 (2023)",
    ),
    (
        _rule("GET", "4.712", "US", "HI-OAHU", "2007-01-01"),
        _rule("GET", "4.712", "US", "HI-KAUAI", "2019-01-01"),
        _rule("GET", "4.712", "US", "HI-HAWAII", "2020-01-01"),
        _rule("GET", "4.1666", "US", "HI-MAUI", "2019-01-01", "2023-12-31"),
        _rule("GET", "4.712", "US", "HI-MAUI", "2024-01-01"),
    ),
)
NONE = TaxSet("none", "No tax", "Ends every tax that is charged. Issued invoices keep theirs.", (), (), ends_all=True)
TAX_SETS = (UNITED_KINGDOM, CANADA, HAWAII, NONE)

EU_REVERSE_CHARGE = LegalWords(
    "eu",
    ExemptionKind.REVERSE_CHARGE,
    "EU: reverse charge to a business in another member state",
    "Reverse charge: VAT is owed by the recipient, article 196 of Directive 2006/112/EC.",
    "Council Directive 2006/112/EC, articles 44, 196 and 226 (4), (11a)",
)
LEGAL_WORDS = (EU_REVERSE_CHARGE,)


def tax_set(code: str) -> TaxSet | None:
    """The set of that code."""
    return next((one for one in TAX_SETS if one.code == code), None)
