"""Currencies by their ISO 4217 code: how many decimals each has, and the signs people write for it."""

from types import MappingProxyType

from lexapp.domain.errors import InvariantBroken

_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD "
    "EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR "
    "SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG"
)

EXPONENTS = MappingProxyType(
    {code: digits for digits, codes in ((0, _WITHOUT_DECIMALS), (2, _WITH_TWO), (3, _WITH_THREE)) for code in codes.split()}
)

SIGNS = MappingProxyType(
    {
        "USD": ("US$", "$"),
        "CAD": ("CA$", "C$", "$"),
        "AUD": ("A$", "$"),
        "NZD": ("NZ$", "$"),
        "EUR": ("€",),
        "GBP": ("£",),
        "JPY": ("¥",),
        "CNY": ("¥",),
        "INR": ("₹",),
        "KRW": ("₩",),
        "ILS": ("₪",),
        "CHF": ("Fr.",),
        "PLN": ("zł",),
    }
)

# As the screens write them (CLDR, en-US): another dollar than the firm's own is told apart.
_SIGNED = ("CAD", "AUD", "NZD", "EUR", "GBP", "JPY", "INR", "KRW", "ILS")
_WRITTEN = MappingProxyType({"USD": "$", "CNY": "CN¥"} | {code: SIGNS[code][0] for code in _SIGNED})


def written_sign(currency: str) -> str:
    """What stands before an amount in a sentence: `$`, `CA$`; the code and a no-break space where there is no sign."""
    return _WRITTEN.get(currency, f"{currency}\N{NO-BREAK SPACE}")


def exponent(currency: str) -> int:
    """Decimals of a currency (ISO 4217): 0, 2 or 3. Raises ``InvariantBroken`` for a code that is none."""
    digits = EXPONENTS.get(currency)
    if digits is None:
        raise InvariantBroken(f"{currency!r} is not an ISO 4217 currency code that is in use")
    return digits


def signs(currency: str) -> tuple[str, ...]:
    """What a person may write beside a number to mean this currency: its code and its own signs, longest first."""
    return (currency, *SIGNS.get(currency, ()))
