"""Words that say nothing of what was done, with what to write instead: what courts cut and clients' guidelines name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from lexapp.domain.narratives.phrases import PhraseSet, Span, words_of

_DONE = "Say what was done."
_READ = "Say which document, and what for."
_WHICH = "Name them."
_ABOUT = "Say with whom and about what."
_SUBJECT = "Say on which question."

VAGUE: Mapping[str, str] = MappingProxyType(
    {
        phrase: reason
        for reason, phrases in {
            _DONE: "attention to file|attention to matter|attention to case|attention to|attn to|work on|worked on|working on|works on|"
            "continue work on|continued work on|continued attention to|handle matter|handled matter|handling of matter|"
            "deal with|dealt with|dealing with|address issues|addressed issues|"
            "miscellaneous|misc|sundry|as needed|as necessary|as required|tend to|tended to|case management|file management|"
            "file maintenance|file work|general file work|general matters|legal services|professional services|"
            "services rendered|status check|monitor file|monitor case|monitor status",
            _READ: "review file|review files|reviewed file|reviewed files|reviewing file|review of file|review of files|file review|"
            "review the file|reviewed the file|review case file|review case|review matter|review documents|review of documents|"
            "reviewed documents|review materials|reviewed materials|review correspondence|reviewed correspondence|"
            "review pleadings|review emails|review e-mails|reviewed emails|document review|review of correspondence",
            _WHICH: "various|several issues|several matters|other matters|other issues|related matters|related issues|etc|et cetera|"
            "and so on|and so forth|and the like|among other things|general correspondence",
            _ABOUT: "follow up with client|follow-up with client|discuss case|discussed case|discuss matter|discussed matter|"
            "discuss status|discussed status|confer re case|confer re matter|conference re case|conference re matter|"
            "call re case|call re matter|call re status|emails re case|emails re matter|correspondence re case",
            _SUBJECT: "legal research|general research|research issues|researched issues|research law|misc research",
        }.items()
        for phrase in phrases.split("|")
    }
)
"""Phrase to what to write instead. A longer phrase that is listed stands for the shorter one within it."""

# Enough with a subject ("Legal research re notice under local rule 26.3"), vague without one: only where nothing says what about.
_SUBJECTS = frozenset(("re", "regarding", "concerning", "about", "on", "under", "whether", "for", "of", "in", "from", "to", "into"))
_NEEDS_SUBJECT = frozenset((_SUBJECT, _READ))
ALONE: Mapping[str, str] = MappingProxyType(
    {
        phrase: reason
        for reason, phrases in {
            _ABOUT: "call|calls|phone call|telephone call|telephone calls|tc|conference|telephone conference|conference call|"
            "meeting|email|emails|e-mail|e-mails|correspondence|letter|letters|call with client|call client|called client|"
            "telephone call with client|telephone conference with client|email client|emailed client|email to client|"
            "email with client|emails with client|meeting with client|meet with client|met with client|conference with client|"
            "correspondence with client|letter to client|call with counsel|email to counsel|follow up|follow-up|internal conference|"
            "team meeting|office conference|discussion|confer",
            _SUBJECT: "research|researched|analysis|legal analysis",
            _DONE: "prep|preparation|prepare|trial prep|trial preparation|hearing prep|hearing preparation|deposition prep|drafting|"
            "draft|revisions|revise|review|reviewed|reviewing|work|strategy|planning|discovery|travel|court|hearing|filing|"
            "admin|administration|billing|time|general",
        }.items()
        for phrase in phrases.split("|")
    }
)
"""Words that are too little where they are the whole narrative."""

_VAGUE = PhraseSet(VAGUE.items())


def vague_spans(text: str) -> Iterator[Span]:
    """Where a narrative is vague, in its order, each with what to write instead. An empty one is not vague."""
    words = words_of(text)
    whole = ALONE.get(" ".join(word.plain for word in words[:6])) if len(words) <= 6 else None
    if whole:
        yield Span(words[0].start, words[-1].end, text[words[0].start : words[-1].end], whole)
        return
    follows = {word.end: after.plain for word, after in pairwise(words)}
    for span in _VAGUE.spans(text, words):
        if span.reason not in _NEEDS_SUBJECT or follows.get(span.end, "") not in _SUBJECTS:
            yield span
