"""The UTBMS activity code that the words of a narrative speak of: the first verb decides, and for talk, with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_TALK = "talk"
_VERBS: Mapping[str, str] = {
    word: code
    for code, words in {
        _TALK: "call calls called phone phoned telephone tc tcw teleconference speak spoke talk talked discuss discussed confer conferred "
        "conference meet met meeting email emails emailed e-mail e-mails correspond corresponded correspondence write wrote letter advise "
        "advised report reported text texted zoom videoconference vc",
        "A101": "plan planned prepare prepared preparing prep outline outlined organise strategise strategize",
        "A102": "research researched researching",
        "A103": "draft drafted drafting revise revised revising redline redlined edit edited finalize finalized finalise finalised "
        "redraft proofread complete completed",
        "A104": "review reviewed reviewing analyze analyzed analyse analysed analysis read examine examined study studied check checked "
        "evaluate evaluated assess assessed",
        "A109": "attend attended attending attendance appear appeared appearance hearing depose deposed argue argued court mediate "
        "mediation trial",
        "A110": "file filed scan scanned index indexed organize organized sort sorted upload uploaded",
        "A112": "travel traveled travelled travelling traveling drive drove",
    }.items()
    for word in words.split()
}
ACTIVITY_VERBS = frozenset(_VERBS)
"""Words that tell of legal work."""

_WITH: Mapping[str, str] = {
    word: code
    for code, words in {
        "A105": "internal internally team partner partners associate associates colleague colleagues paralegal paralegals",
        "A107": "counsel co-counsel",
        "A108": "court clerk agency regulator registry opponent adjuster insurer vendor bank",
        "A113": "witness witnesses",
        "A114": "expert experts",
    }.items()
    for word in words.split()
}
_WITH_CLIENT = "A106"
# "Prepare for the hearing" is planning; "prepare the motion" is drafting.
_PREPARES = frozenset(("prepare", "prepared", "preparing", "prep"))
_REVISES = frozenset(("revise", "revised", "revising", "redline", "edit", "edited"))


def activity_of(tokens: Sequence[str]) -> str:
    """The code of the first verb that is known, such as ``A103`` for *draft*; empty where none is."""
    words = [token.strip(".,;:!?()[]\"'").lower() for token in tokens]
    for place, word in enumerate(words):
        code = _VERBS.get(word)
        if code == _TALK:
            return _talk(words[place:])
        if word in _PREPARES:
            return "A101" if "for" in words[place + 1 : place + 3] or len(words) == 1 else "A103"
        if code == "A104" and words[place + 1 : place + 2] == ["and"] and words[place + 2 : place + 3] and words[place + 2] in _REVISES:
            return "A103"
        if code:
            return code
    return ""


def _talk(words: Sequence[str]) -> str:
    """Whom it was with, as far as the words before the subject (`re …`) say; with the client where they do not."""
    subject = next((place for place, word in enumerate(words) if word in ("re", "about", "regarding", "concerning")), len(words))
    return next((_WITH[word] for word in words[:subject] if word in _WITH), _WITH_CLIENT)
