"""Taxes on an invoice: which are in force where, what each is charged on, who is exempt, and what it comes to.

The place is that of the client; the date is that of the invoice. Rates are in millionths: 62,500 is 6.25 %.
"""

from lexapp.domain.tax.charging import TaxBase, TaxCharge, TaxRounding, tax_amount, taxes_on
from lexapp.domain.tax.exemptions import Exemption, ExemptionKind, without_exempt
from lexapp.domain.tax.places import Place, country_name, first_known, parse_country, parse_place, parse_region, parse_regions, place_name
from lexapp.domain.tax.rates import WHOLE, parse_rate, rate_text
from lexapp.domain.tax.rules import TaxRule, taxes_of_place
from lexapp.domain.tax.together import MOST_AT_ONCE, check_together

__all__ = [
    "MOST_AT_ONCE",
    "WHOLE",
    "Exemption",
    "ExemptionKind",
    "Place",
    "TaxBase",
    "TaxCharge",
    "TaxRounding",
    "TaxRule",
    "check_together",
    "country_name",
    "first_known",
    "parse_country",
    "parse_place",
    "parse_rate",
    "parse_region",
    "parse_regions",
    "place_name",
    "rate_text",
    "tax_amount",
    "taxes_of_place",
    "taxes_on",
    "without_exempt",
]
