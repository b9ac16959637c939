"""Who may receive trust money: always somebody with a name, never cash or bearer (ABA Model Rule 1.15, New York 1.15(e))."""

import re
import unicodedata

from lexapp.domain.errors import InvalidInput

NAME_LENGTH_MAX = 200
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters of other scripts that look like those of "cash" and "bearer".
_LOOKALIKES = str.maketrans("\u0430\u0441\u04bb\u0435\u043e\u0440\u0455\u0432\u0433\u03b1\u03bf\u03b5\u03c1\u03c4", "acheopsbraoept")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_CASH = re.compile(r"(?:pay|to|the|order|of|in|or|and|a|petty|money|cheque|check|cash|bearer)*")
_FORBIDDEN = re.compile(r"cash|bearer")


def clean_name(text: str, *, field: str) -> str:
    """The name of a payee or of a source of money, trimmed, with single spaces. Raises InvalidInput where it is empty, too long,
    or holds characters that do not show (control, direction or zero-width characters)."""
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        raise InvalidInput("The name holds characters that cannot be seen. Type it again instead of pasting it.", field=field)
    if not payee_key(name):
        raise InvalidInput("Type the name of the person or organisation.", field=field)
    if len(name) > NAME_LENGTH_MAX:
        raise InvalidInput(f"Shorten the name to {NAME_LENGTH_MAX} characters.", field=field)
    return name


def payee_key(name: str) -> str:
    """What is left of a name without case, spaces, signs, accents and look-alike letters, to find names meant to be mistaken."""
    letters = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKALIKES)
    return "".join(character for character in letters if character.isalnum())


def check_payee(text: str, *, firm_name: str = "", field: str = "payee") -> str:
    """The cleaned name of who is paid out of trust. Raises InvalidInput for cash, bearer, or the firm itself, which is paid only by
    applying trust money to an issued invoice."""
    name = clean_name(text, field=field)
    key = payee_key(name)
    if _FORBIDDEN.search(key) and _CASH.fullmatch(key):
        raise InvalidInput("Trust money is never paid to cash or bearer. Type the name of the person or organisation.", field=field)
    if firm_name and key == payee_key(firm_name):
        raise InvalidInput("The firm is paid from trust only for an invoice. Apply the money to the invoice instead.", field=field)
    return name
