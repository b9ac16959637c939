"""Money, hours, clocks and dates as people read them. Numbers are formatted through Babel, with what it answered kept."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_symbol, get_decimal_symbol
from flask import Flask, g, has_app_context
from flask_login import current_user

from lexapp.domain.durations import format_typed
from lexapp.domain.money import Money, exponent
from lexapp.domain.rounding_rules import RoundingRule, label_of
from lexapp.domain.shares import percent_text
from lexapp.domain.tax import TaxRule, place_name, rate_text
from lexapp.domain.utbms import classification_name

MINUS = "\u2212"
_LOCALE = "en_US"


class MoneyParts(NamedTuple):
    """An amount taken apart for markup: the symbol stands back, the minor units are smaller in figures."""

    negative: bool
    symbol: str
    whole: str
    fraction: str


def locale() -> str:
    """The locale of the firm whose pages these are; a client's page says itself which."""
    if not has_app_context():
        return _LOCALE
    said = g.get("locale")
    return said or getattr(g.get("_login_user") or current_user, "locale", None) or _LOCALE


@lru_cache(maxsize=8192)
def _amount(minor: int, currency: str, where: str) -> str:
    places = exponent(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_currency(Decimal(minor).scaleb(-places), currency, pattern, locale=where, currency_digits=False)


@lru_cache(maxsize=8192)
def _with_symbol(minor: int, currency: str, where: str) -> str:
    shown = format_currency(Decimal(minor).scaleb(-exponent(currency)), currency, locale=where)
    bare = get_currency_symbol(currency, locale=where)
    return shown.replace(bare, _symbol(currency, where), 1) if shown.startswith(bare) else shown


def money(value: Money) -> str:
    """An amount in a sentence, with its currency: `$1,245.00`, negative with a minus. Keeps Babel's no-break spaces."""
    shown = _with_symbol(abs(value.minor), value.currency, locale())
    return MINUS + shown if value.minor < 0 else shown


def as_money(minor: int | None, currency: str | None = None) -> Money | None:
    """Minor units, as queries give them, as money that the macros take, in the firm's currency unless told another; None stays None."""
    return None if minor is None else Money(int(minor), currency or current_user.currency)


def money_plain(value: Money) -> str:
    """An amount without its currency, with a plain hyphen for minus, so that a field can read it back: `-1,245.00`."""
    shown = _amount(abs(value.minor), value.currency, locale())
    return "-" + shown if value.minor < 0 else shown


def money_parts(value: Money) -> MoneyParts:
    """Symbol, whole units and minor units of an amount, for the `money` macro."""
    where = locale()
    whole, _, fraction = _amount(abs(value.minor), value.currency, where).partition(_decimal_symbol(where))
    return MoneyParts(value.minor < 0, _symbol(value.currency, where), whole, _decimal_symbol(where) + fraction if fraction else "")


@lru_cache(maxsize=64)
def _symbol(currency: str, where: str) -> str:
    symbol = get_currency_symbol(currency, locale=where)
    # CLDR asks for a space between letters and digits, which Babel leaves out; it must not break.
    return symbol + "\N{NO-BREAK SPACE}" if symbol[-1].isalpha() else symbol


@lru_cache(maxsize=16)
def _decimal_symbol(where: str) -> str:
    return get_decimal_symbol(where)


def printable(text: str) -> str:
    """What was typed, for the field it goes back into: HTML cannot hold control characters."""
    return "".join("\ufffd" if category(one) in ("Cc", "Cs") and one not in "\n\r\t" else one for one in text)


def rule_words(rule: RoundingRule) -> str:
    """How a rule rounds: `6 minutes up, at least 12`."""
    return label_of(rule.increment, per_day=rule.per_day)


def tax_place(rule: TaxRule) -> str:
    """Where a tax is charged: `Canada: BC, MB`, `everywhere`."""
    return place_name(rule.country, rule.regions)


def capitalize_first(text: str) -> str:
    """The first letter as a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def hours(hundredths: int) -> str:
    """Hundredths of an hour with two places: 120 is `1.20`."""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{MINUS if hundredths < 0 else ''}{whole:,}.{rest:02d}"


def typed_hours(seconds: int) -> str:
    """Seconds as they are typed: `1.20` where hundredths say them exactly, else `7:20`."""
    return format_typed(seconds)


def clock_minutes(text: str) -> str:
    """A clock without its seconds: `0:45`."""
    return text[:-3]


def minute_of_day(minute: int) -> str:
    """A minute of the day as a time: `2:52 pm`; the last is midnight."""
    hour, rest = divmod(minute % (24 * 60), 60)
    return f"{(hour - 1) % 12 + 1}:{rest:02d} {'am' if hour < 12 else 'pm'}"


def days_on(day: date, days: int) -> date:
    """The day so many days on, or before."""
    return day + timedelta(days=days)


def clock(seconds: int) -> str:
    """Seconds as `0:57:12`."""
    minutes, rest = divmod(max(seconds, 0), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(getattr(current_user, "time_zone", None) or "UTC")).date()
    return value


@lru_cache(maxsize=4096)
def _format_day(day: date, pattern: str, where: str) -> str:
    return format_date(day, pattern, locale=where)


def date_short(value: date | datetime | None) -> str:
    """`Nov 19` in lists, with the year when it is not the present one; nothing for no date."""
    if value is None:
        return ""
    day = _day(value)
    return _format_day(day, "MMM d" if day.year == _this_year() else "MMM d, y", locale())


def date_medium(value: date | datetime | None) -> str:
    """`Nov 19, 2026`, where the year matters: since when a rate holds; nothing for no date."""
    return "" if value is None else _format_day(_day(value), "medium", locale())


def date_long(value: date | datetime | None) -> str:
    """`November 19, 2026` in documents and sentences; nothing for no date."""
    return "" if value is None else _format_day(_day(value), "long", locale())


def day_name(day: date) -> str:
    """A day as a heading: `Thursday, November 19`, with the year when it is not the present one."""
    return _format_day(day, "EEEE, MMMM d" if day.year == _this_year() else "EEEE, MMMM d, y", locale())


def moment(value: datetime | None) -> str:
    """A date with its hour in the firm's time zone: `Nov 19, 2026, 2:52 pm`."""
    if value is None:
        return ""
    zone = ZoneInfo(getattr(current_user, "time_zone", None) or "UTC")
    return format_datetime(value.astimezone(zone), "MMM d, y, h:mm a", locale=locale()).replace("AM", "am").replace("PM", "pm")


def lately(value: datetime) -> str:
    """A moment of today by its hour, any other with its date: `2:52 pm`."""
    zone = ZoneInfo(getattr(current_user, "time_zone", None) or "UTC")
    today = value.astimezone(zone).date() == datetime.now(zone).date()
    return moment(value).rpartition(", ")[2] if today else moment(value)


def _this_year() -> int:
    return datetime.now(ZoneInfo(getattr(current_user, "time_zone", None) or "UTC")).year


def initials(name: str) -> str:
    """First letters of the first and last word of a name."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def browser_name(user_agent: str) -> str:
    """`Chrome on Linux` out of what a browser says about itself."""
    programs = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux")
    program = next((name for sign, name in programs if sign in user_agent), None)
    system = next((name for name in systems if name in user_agent), None)
    return f"{program or 'A browser'} on {system}" if system else program or "Unknown browser"


def init_app(app: Flask) -> None:
    """Give the templates these filters."""
    for one in (
        money,
        as_money,
        rule_words,
        printable,
        capitalize_first,
        percent_text,
        rate_text,
        tax_place,
        classification_name,
        money_plain,
        money_parts,
        hours,
        clock,
        date_short,
        date_medium,
        date_long,
        day_name,
        typed_hours,
        days_on,
        clock_minutes,
        minute_of_day,
        moment,
        lately,
        initials,
        browser_name,
    ):
        app.add_template_filter(one)
