"""UTBMS codes that the words of a narrative speak of, to be offered: tasks and expenses by their phrases, activities by their verbs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lexapp.domain.activity_words import activity_of
from lexapp.domain.narratives import PhraseSet
from lexapp.domain.utbms import ACTIVITIES, EXPENSES, LITIGATION_TASKS, Code, CodeSet

MOST = 3
_READ = 2_000

_TASKS: Mapping[str, str] = {
    "L110": "fact investigation|witness interview|interview witness|interview witnesses|interviewed witness|"
    "chronology|site visit|investigate",
    "L120": "strategy|case strategy|strategy conference|case assessment|assess case|legal analysis|evaluate claims|evaluate defenses",
    "L130": "retain expert|expert retention|consultant|consultants|potential experts",
    "L140": "database|document database|index documents|organize documents|document management|bates|bates number|bates numbers",
    "L150": "budget|budgeting|litigation budget|status report|audit letter",
    "L160": "settlement|settle|settlement agreement|settlement conference|mediation|mediate|mediator|"
    "mediation statement|arbitration|release agreement",
    "L210": "complaint|answer to complaint|amended complaint|counterclaim|cross-claim|third-party complaint|pleading|"
    "pleadings|reply to counterclaim",
    "L220": "injunction|preliminary injunction|temporary restraining order|tro|restraining order|attachment",
    "L230": "status conference|scheduling conference|pretrial conference|pre-trial conference|case management conference|scheduling order",
    "L240": "motion to dismiss|summary judgment|motion for summary judgment|summary adjudication|demurrer|"
    "judgment on the pleadings|dispositive motion",
    "L250": "motion in limine|motion to strike|motion to amend|motion to intervene|motion for leave|"
    "motion to withdraw|motion to consolidate|consolidation",
    "L260": "class certification|class action|class notice",
    "L310": "interrogatory|interrogatories|request for admission|requests for admission|requests for admissions|"
    "written discovery|initial disclosures|"
    "discovery requests|discovery responses|rfa|rfas",
    "L320": "document production|production of documents|request for production|requests for production|rfp|rfps|"
    "privilege log|responsive documents|"
    "produce documents|subpoena duces tecum|second set of requests",
    "L330": "deposition|depositions|depose|deposed|deposition outline|deposition transcript|deponent",
    "L340": "expert report|expert reports|expert deposition|depose expert|expert discovery|expert disclosure|expert disclosures",
    "L350": "motion to compel|motion for protective order|protective order|discovery motion|discovery dispute|motion to quash",
    "L390": "inspection of premises|independent medical examination|physical examination",
    "L410": "trial witness|trial witnesses|witness preparation|prepare witness for trial|witness for trial",
    "L420": "expert testimony|expert for trial|expert trial testimony",
    "L430": "jury instructions|proposed findings|trial brief|trial briefs|voir dire|verdict form",
    "L440": "trial preparation|prepare for trial|trial exhibits|trial notebook|exhibit list|opening statement|closing argument",
    "L450": "attend trial|trial attendance|jury selection|attend hearing|hearing on|attend court|court appearance",
    "L460": "post-trial motion|post-trial motions|motion for new trial|judgment notwithstanding|bill of costs",
    "L470": "enforcement of judgment|enforce judgment|garnishment|writ of execution|judgment debtor|collect judgment",
    "L510": "notice of appeal|appellate motion|motion to stay pending appeal|appeal bond|record on appeal",
    "L520": "appellate brief|appeal brief|opening brief|reply brief on appeal|amicus brief",
    "L530": "oral argument|appellate argument",
}
_EXPENSES: Mapping[str, str] = {
    "E101": "copy|copies|copying|photocopy|photocopies|photocopying|duplication|scans",
    "E102": "printing|print shop|outside printing|printer|binding",
    "E103": "word processing",
    "E104": "fax|facsimile|faxes",
    "E105": "telephone|phone|conference call|long distance|dial-in",
    "E106": "westlaw|lexis|lexisnexis|online research|bloomberg law|pacer|database search",
    "E107": "courier|messenger|fedex|federal express|ups|dhl|delivery|overnight delivery|process server",
    "E108": "postage|stamps|certified mail|registered mail|mailing",
    "E109": "mileage|miles|taxi|parking|tolls|toll|uber|lyft|subway|cab|local travel",
    "E110": "airfare|flight|hotel|lodging|train|rail|rental car|car rental|air travel|airline",
    "E111": "meal|meals|lunch|dinner|breakfast|catering",
    "E112": "filing fee|filing fees|court fee|court fees|docket fee|clerk fee|recording fee",
    "E113": "subpoena fee|subpoena fees|service of subpoena|subpoena",
    "E114": "witness fee|witness fees|witness mileage",
    "E115": "deposition transcript|deposition transcripts|court reporter|videographer|transcript of deposition",
    "E116": "trial transcript|trial transcripts|hearing transcript|transcript of hearing",
    "E117": "trial exhibit|trial exhibits|exhibit boards|demonstratives|graphics",
    "E118": "litigation support|e-discovery|ediscovery|document hosting|hosting|trial consultant|jury consultant",
    "E119": "expert|expert fee|expert fees|expert witness|appraiser|appraisal",
    "E120": "investigator|private investigator|investigation|background check|skip trace",
    "E121": "arbitrator|arbitrators|mediator|mediators|mediation fee|arbitration fee|jams|aaa",
    "E122": "local counsel",
    "E123": "accountant|consultant|surveyor|translator|translation|interpreter|title company|notary",
}


def _set(listing: Mapping[str, str]) -> PhraseSet:
    return PhraseSet((phrase, code) for code, phrases in listing.items() for phrase in phrases.split("|"))


_FOUND: Mapping[str, tuple[PhraseSet, CodeSet]] = {
    "task_code": (_set(_TASKS), LITIGATION_TASKS),
    "expense_code": (_set(_EXPENSES), EXPENSES),
}


def suggested_codes(text: str, field: str) -> tuple[Code, ...]:
    """At most three codes for ``task_code``, ``activity_code`` or ``expense_code``, the likeliest first; none where no word is known.

    Only the first 2,000 characters are read: what the work is stands at the beginning.
    """
    if field == "activity_code":
        found = ACTIVITIES.lookup(activity_of(text[:_READ].split()))
        return (found,) if found else ()
    phrases, codes = _FOUND[field]
    # The more words a phrase has the surer it is; of equals the first in the text.
    sureness: Counter[str] = Counter()
    for span in phrases.spans(text[:_READ]):
        sureness[span.reason] += len(span.text.split())
    likely = (codes.lookup(code) for code, _ in sureness.most_common(MOST))
    return tuple(code for code in likely if code)
