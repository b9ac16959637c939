"""What a password must be: long, and not one that everybody tries first. No rules about kinds of characters.

NIST SP 800-63B §5.1.1.2 and OWASP ASVS 5.0 §6.2: at least 12 characters, at most 256, checked against words that are guessed first and
against what is known of the person; nothing else is asked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from lexapp.domain.errors import InvalidInput

SHORTEST, LONGEST = 12, 256
FEWEST_DIFFERENT = 5
# What guessers try first, alone or one after the other, with digits and signs around and letters written as digits.
_COMMON = frozenset(
    [
        "password",
        "passwort",
        "passw0rd",
        "passphrase",
        "secret",
        "geheim",
        "letmein",
        "welcome",
        "willkommen",
        "bienvenue",
        "admin",
        "administrator",
        "login",
        "signin",
        "master",
        "qwerty",
        "qwertz",
        "azerty",
        "qwertyuiop",
        "qwertzuiop",
        "azertyuiop",
        "asdf",
        "asdfgh",
        "asdfghjkl",
        "zxcvbn",
        "zxcvbnm",
        "qazwsx",
        "qwer",
        "wasd",
        "abc",
        "abcd",
        "abcdef",
        "abcdefg",
        "abcdefgh",
        "iloveyou",
        "ilove",
        "you",
        "love",
        "lovely",
        "princess",
        "dragon",
        "monkey",
        "sunshine",
        "shadow",
        "football",
        "baseball",
        "basketball",
        "soccer",
        "hockey",
        "superman",
        "batman",
        "starwars",
        "pokemon",
        "trustno",
        "trustnoone",
        "hello",
        "hallo",
        "whatever",
        "freedom",
        "computer",
        "internet",
        "changeme",
        "change",
        "me",
        "default",
        "guest",
        "root",
        "user",
        "test",
        "testing",
        "temp",
        "temporary",
        "access",
        "company",
        "office",
        "lawyer",
        "lawfirm",
        "attorney",
        "legal",
        "esquire",
        "counsel",
        "lexapp",
        "billing",
        "invoice",
        "trust",
        "money",
        "summer",
        "winter",
        "spring",
        "autumn",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "friday",
        "michael",
        "jennifer",
        "jessica",
        "ashley",
        "daniel",
        "matthew",
        "charlie",
        "jordan",
        "thomas",
        "robert",
        "michelle",
        "nicole",
        "hunter",
        "ginger",
        "buster",
        "pepper",
        "cookie",
        "cheese",
        "chocolate",
        "banana",
        "orange",
        "flower",
        "mustang",
        "ferrari",
        "mercedes",
        "porsche",
        "harley",
        "yankees",
        "lakers",
        "chelsea",
        "arsenal",
        "liverpool",
        "barcelona",
        "correct",
        "horse",
        "battery",
        "staple",
        "google",
        "facebook",
        "linkedin",
        "microsoft",
        "windows",
        "apple",
        "iphone",
        "samsung",
        "forever",
        "family",
        "mother",
        "father",
        "baby",
        "angel",
        "god",
        "jesus",
        "christ",
        "blessed",
        "heaven",
        "please",
        "the",
        "is",
        "my",
        "new",
        "this",
        "our",
        "it",
        "for",
        "firm",
        "correcthorsebatterystaple",
    ]
)
_AS_LETTERS = str.maketrans("0134578@$!|€", "oleastbasiie")
_ROWS = (
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
)


def check_password(password: str, *, personal: Iterable[str] = ()) -> None:
    """Raises InvalidInput, beside the field `password`, with what to do instead. `personal`: names and addresses of the person and firm."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < SHORTEST:
        raise _weak(
            f"This is {len(text)} characters long. Take at least {SHORTEST}: four words that do not belong together are easy to keep."
        )
    if len(text) > LONGEST:
        raise _weak(f"This is {len(text):,} characters long. Keep it to {LONGEST}.")
    if len(set(text)) < FEWEST_DIFFERENT or _is_repeated(text):
        raise _weak("This repeats itself. Take something longer that does not.")
    if _is_row(text) or _is_common(text):
        raise _weak("This is among the first that somebody would guess. Take four words that do not belong together.")
    if _is_personal(text, personal):
        raise _weak("This is made of your name, your address or your firm’s name. Take words that nobody connects with you.")


def _weak(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field="password", code="weak_password")


def _is_repeated(text: str) -> bool:
    """`abcabcabcabc`: one part of at most six characters, over and over."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 7))


def _is_row(text: str) -> bool:
    """Mostly neighbours on a keyboard, in the alphabet or among the digits, forwards or backwards."""
    lower = text.lower()
    pairs = [lower[at : at + 2] for at in range(len(lower) - 1)]
    near = sum(any(pair in row or pair[::-1] in row for row in _ROWS) for pair in pairs)
    return near * 4 >= len(pairs) * 3


def _is_common(text: str) -> bool:
    """Nothing but words of the list, in any spelling, with digits and signs between."""
    plain = text.lower()
    return any(_is_made_of(_letters(spelled), _COMMON) for spelled in (plain, plain.rstrip("0123456789!?.#*-_").translate(_AS_LETTERS)))


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isalpha())


def _is_made_of(text: str, words: Iterable[str], left: int = 4) -> bool:
    """Whether the text is up to three words of the list put together, and nothing else; the empty text is."""
    if not text:
        return True
    return left > 1 and any(_is_made_of(text[len(word) :], words, left - 1) for word in words if text.startswith(word))


def _is_personal(text: str, personal: Iterable[str]) -> bool:
    parts = {part for one in personal for part in "".join(c if c.isalnum() else " " for c in one.lower()).split() if len(part) > 2}
    letters = _letters(text.lower())
    for part in sorted(parts, key=len, reverse=True):
        letters = letters.replace(part, "")
    return bool(parts) and len(letters) < 5 and letters != _letters(text.lower())
