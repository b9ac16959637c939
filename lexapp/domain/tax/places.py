"""Where a client is, for tax: a country by its code of ISO 3166-1, and the region by the second half of its code of ISO 3166-2."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lexapp.domain.errors import InvalidInput

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_REGION = re.compile(r"[A-Z0-9]{1,10}(-[A-Z0-9]{1,10})?", re.ASCII)
MOST_REGIONS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """``Place("CA", "ON")``; empty where it is not known."""

    country: str = ""
    region: str = ""

    @property
    def text(self) -> str:
        return f"{self.country}-{self.region}" if self.region else self.country


def first_known(*places: Place) -> Place:
    """The first whose country is known."""
    return next((place for place in places if place.country), Place())


def parse_country(text: str) -> str:
    """``CA`` of `` ca ``, empty of nothing; raises ``InvalidInput``."""
    code = text.strip().upper()
    if code and not _COUNTRY.fullmatch(code):
        raise InvalidInput("Write the country by its two letters, such as CA, GB or US.", field="country")
    return code


def parse_region(text: str) -> str:
    """``ON`` of `` on ``, empty of nothing; raises ``InvalidInput``."""
    code = text.strip().upper()
    if code and not _REGION.fullmatch(code):
        raise InvalidInput("Write the region by its letters, such as ON for Ontario.", field="region")
    return code


def parse_place(country: str, region: str) -> Place:
    """A place as it is typed; raises ``InvalidInput``, also for a region without its country."""
    place = Place(parse_country(country), parse_region(region))
    if place.region and not place.country:
        raise InvalidInput("Write the country of this region too.", field="country")
    return place


def parse_regions(text: str) -> tuple[str, ...]:
    """The codes of ``ON, BC`` in the order of the alphabet, each once; raises ``InvalidInput``."""
    try:
        codes = sorted({parse_region(code) for code in re.split(r"[,;\s]+", text) if code})
    except InvalidInput as error:
        raise InvalidInput("Write the regions by their letters, such as ON, QC. Nothing: the whole country.", field="regions") from error
    if len(codes) > MOST_REGIONS:
        raise InvalidInput(f"Write at most {MOST_REGIONS} regions, or none: then the tax is charged in the whole country.", field="regions")
    return tuple(codes)


_NAMES = """
AT Austria,AU Australia,BE Belgium,BG Bulgaria,CA Canada,CH Switzerland,CY Cyprus,CZ Czechia,DE Germany,DK Denmark,EE Estonia,
ES Spain,FI Finland,FR France,GB United Kingdom,GR Greece,HR Croatia,HU Hungary,IE Ireland,IT Italy,LT Lithuania,LU Luxembourg,
LV Latvia,MT Malta,NL Netherlands,NO Norway,NZ New Zealand,PL Poland,PT Portugal,RO Romania,SE Sweden,SI Slovenia,SK Slovakia,
US United States
"""
_COUNTRIES = dict(pair.strip().split(" ", 1) for pair in _NAMES.split(","))


def country_name(code: str) -> str:
    """``Canada`` of ``CA``; the code itself where the name is not kept."""
    return _COUNTRIES.get(code, code)


def place_name(country: str, regions: tuple[str, ...] = ()) -> str:
    """``Canada: BC, MB``; ``everywhere`` where no country is named."""
    if not country:
        return "everywhere"
    return f"{country_name(country)}: {', '.join(regions)}" if regions else country_name(country)
