"""The audit's action codes as sentences for a timeline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lexapp.domain.dates import day_text
from lexapp.queries.timeline import TimelineEvent
from lexapp.web.access import may
from lexapp.web.filters import as_money, money
from lexapp.web.forms.increments import minutes_text

Words = str | Callable[[TimelineEvent], str]
_FIELDS = {
    "client_matter_number": "the client’s own number",
    "practice_area_id": "practice area",
    "responsible_timekeeper_id": "responsible timekeeper",
    "originating_timekeeper_id": "originating timekeeper",
    "opened_on": "opening day",
    "trust_minimum_minor": "trust minimum",
    "country": "country for tax",
    "region": "region for tax",
    "email": "e-mail",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of a timeline; `tone` is "", trust or done."""

    icon: str
    tone: str
    text: str
    who: str
    at: datetime


def _day(event: TimelineEvent, name: str) -> str:
    """A day of the audit row, as people write it."""
    said = event.after.get(name)
    return day_text(date.fromisoformat(str(said))) if said else "no day"


def _changed(noun: str) -> Callable[[TimelineEvent], str]:
    def words(event: TimelineEvent) -> str:
        names = [_FIELDS.get(name, name.replace("_", " ")) for name in event.after]
        return f"{noun} changed: {', '.join(names)}" if names else f"{noun} saved without a change"

    return words


def _rate(verb: str) -> Callable[[TimelineEvent], str]:
    def words(event: TimelineEvent) -> str:
        amount = as_money(event.after.get("rate_minor"))
        whose = event.after.get("for") or str(event.after.get("level", "")).replace("_", ", ")
        return f"Rate {verb}: {money(amount) if amount else ''} for {whose}, from {_day(event, 'from')}"

    return words


def _rounding(verb: str) -> Callable[[TimelineEvent], str]:
    def words(event: TimelineEvent) -> str:
        seconds, direction = event.after.get("increment_seconds", 0), event.after.get("increment_direction", "")
        return f"Rounding rule {verb}: {minutes_text(int(seconds))} {direction}, from {_day(event, 'from')}"

    return words


def _exempt(verb: str) -> Callable[[TimelineEvent], str]:
    def words(event: TimelineEvent) -> str:
        kind = {"exempt": "Tax exemption", "reverse_charge": "Reverse charge"}.get(str(event.after.get("kind")), "Taxed all the same")
        name = event.after.get("tax_name")
        return f"{kind}{f' of {name}' if name else ''}, {verb.format(_day(event, 'effective_from'))}"

    return words


def _credit(verb: str) -> Callable[[TimelineEvent], str]:
    return lambda event: f"Split of the {event.after.get('kind')} credit {verb}, from {_day(event, 'from')}"


def _titled(sentence: str) -> Callable[[TimelineEvent], str]:
    return lambda event: sentence.format(event.after.get("title", ""))


def _agreed(event: TimelineEvent) -> str:
    return f"Fees agreed from {_day(event, 'from')}: {', '.join(event.after.get('terms', [])).lower()}"


def _reached(event: TimelineEvent) -> str:
    return f"{str(event.after.get('of', 'budget')).capitalize()} reached: {', '.join(event.after.get('reached', []))}"


def _cancelled(event: TimelineEvent) -> str:
    beyond = as_money(event.after.get("to_return_minor") or None)
    return f"Fee cancelled: {event.after.get('title', '')}" + (f". To return to the client: {money(beyond)}" if beyond else "")


def _named(sentence: str) -> Callable[[TimelineEvent], str]:
    return lambda event: sentence.format(event.after.get("name", ""))


def _numbered(sentence: str) -> Callable[[TimelineEvent], str]:
    return lambda event: sentence.format(event.subject or "Invoice")


def _voided(event: TimelineEvent) -> str:
    reason = event.after.get("reason")
    return f"{event.subject or 'Invoice'} voided" + (f": {reason}" if reason else "")


def _credited(event: TimelineEvent) -> str:
    amount = as_money(event.after.get("amount_minor"))
    sentence = f"{event.subject or 'Invoice'} credited by {event.after.get('number')}: {money(amount) if amount else ''}"
    return f"{sentence}, {event.after.get('reason')}"


def _credited_by(sentence: str) -> Callable[[TimelineEvent], str]:
    return lambda event: sentence.format(f"Credit note {event.after.get('number', '')}")


def _admitted(sentence: str) -> Callable[[TimelineEvent], str]:
    return lambda event: sentence.format(", ".join(event.after.get("admitted", [])) or "nobody but those who see every matter")


_KNOWN: dict[str, tuple[str, str, Words]] = {
    "matter.opened": ("matter", "done", "Matter opened"),
    "matter.edited": ("edit", "", _changed("Matter")),
    "matter.closed": ("lock", "", "Matter closed"),
    "matter.reopened": ("matter", "done", "Matter reopened"),
    "matter.walled": ("lock", "", _admitted("Walled off, open to {}")),
    "matter.wall_changed": ("lock", "", _admitted("Wall changed, open to {}")),
    "matter.wall_lifted": ("lock", "", "Wall taken down"),
    "matter.payers_set": ("split", "", "Payers changed"),
    "matter.payer_consented": ("split", "done", "Consent of a payer recorded"),
    "matter.credit_agreed": ("split", "", _credit("agreed")),
    "matter.credit_removed": ("split", "", _credit("removed")),
    "client.added": ("client", "done", "Client added"),
    "client.edited": ("edit", "", _changed("Client")),
    "client.archived": ("lock", "", "Client archived"),
    "client.restored": ("undo", "", "Client restored"),
    "contact.added": ("clients", "", "Contact added"),
    "contact.edited": ("clients", "", "Contact changed"),
    "contact.archived": ("clients", "", "Contact archived"),
    "contact.restored": ("clients", "", "Contact restored"),
    "rate.added": ("rate", "", _rate("added")),
    "rate.ended": ("rate", "", _rate("ended")),
    "rate.removed": ("rate", "", _rate("removed")),
    "rate_card.given": ("rate", "", _named("Rate card {} given")),
    "rate_card.ended": ("rate", "", _named("Rate card {} ended")),
    "rate_card.taken_back": ("rate", "", _named("Rate card {} taken back")),
    "rounding_rule.added": ("time", "", _rounding("added")),
    "rounding_rule.ended": ("time", "", _rounding("ended")),
    "rounding_rule.removed": ("time", "", _rounding("removed")),
    "tax_exemption.added": ("rate", "", _exempt("from {}")),
    "tax_exemption.ended": ("rate", "", _exempt("ended")),
    "tax_exemption.removed": ("rate", "", _exempt("removed")),
    "client_discount.agreed": ("rate", "", _titled("Discount agreed: {}")),
    "client_discount.ended": ("rate", "", _titled("Discount ended: {}")),
    "client_discount.removed": ("rate", "", _titled("Discount removed: {}")),
    "guideline.added": ("document", "", _titled("Guideline added: {}")),
    "guideline.changed": ("document", "", _titled("Guideline changed: {}")),
    "guideline.removed": ("document", "", _titled("Guideline removed: {}")),
    "fee_agreement.agreed": ("document", "done", _agreed),
    "fee_agreement.removed": ("document", "", "Fee agreement removed"),
    "fee_agreement.letter_attached": ("document", "", "Signed letter attached"),
    "fee_agreement.fee_cancelled": ("flag", "", _cancelled),
    "budget.set": ("report", "", "Budget set"),
    "budget.ended": ("report", "", "Budget ended"),
    "budget.removed": ("report", "", "Budget removed"),
    "budget.reached": ("flag", "", _reached),
    "milestone.reached": ("check", "done", _titled("Milestone reached: {}")),
    "milestone.undone": ("undo", "", _titled("Milestone undone: {}")),
    "matter_task.added": ("plus", "", _titled("Task added: {}")),
    "matter_task.changed": ("edit", "", _titled("Task changed: {}")),
    "matter_task.done": ("check", "done", _titled("Task done: {}")),
    "matter_task.reopened": ("undo", "", _titled("Task taken back: {}")),
    "matter_task.removed": ("delete", "", _titled("Task removed: {}")),
    "matter_task.restored": ("undo", "", _titled("Task put back: {}")),
    "agreed_fee.recorded": ("rate", "done", _titled("Agreed fee: {}")),
    "agreed_fee.undone": ("undo", "", _titled("Agreed fee undone: {}")),
    "earned_transfer.prepared": ("trust", "", _titled("Transfer of an earned fee prepared: {}")),
    "earned_transfer.withdrawn": ("undo", "", _titled("Transfer of an earned fee withdrawn: {}")),
    "earned_transfer.approved": ("trust", "done", "Earned fee transferred out of trust"),
    "earned_transfer.reversed": ("undo", "", _titled("Transfer of an earned fee reversed: {}")),
    "contingency.agreed": ("rate", "", _titled("Contingency fee agreed: {}")),
    "contingency.removed": ("rate", "", _titled("Contingency terms removed: {}")),
    "matter.stage_reached": ("matter", "", _titled("Stage of the case: {}")),
    "recovery.recorded": ("payment", "done", _titled("Recovery recorded, from {}")),
    "recovery.changed": ("edit", "", _titled("Recovery changed, from {}")),
    "recovery.removed": ("delete", "", _titled("Recovery removed, from {}")),
    "recovery.claim_added": ("edit", "", _titled("Claim on a recovery: {}")),
    "recovery.claim_removed": ("edit", "", _titled("Claim taken off a recovery: {}")),
    "recovery.costs_chosen": ("edit", "", "Costs of a recovery chosen"),
    "settlement.approved": ("document", "done", "Settlement statement approved"),
    "settlement.reopened": ("undo", "", "Settlement statement reopened"),
    "settlement.settled": ("payment", "done", "Recovery settled"),
    "rate.applied": ("rate", "", lambda event: f"New rates put on {event.after.get('entries')} unbilled entries"),
    "pre_bill.drafted": ("pre-bill", "", "Pre-bill drafted"),
    "pre_bill.approved": ("pre-bill", "done", "Pre-bill approved"),
    "pre_bill.issued": ("pre-bill", "done", "Pre-bill issued"),
    "pre_bill.discarded": ("pre-bill", "", "Pre-bill discarded"),
    "invoice.issued": ("invoice", "done", _numbered("{} issued")),
    "invoice.sent": ("send", "", _numbered("{} sent")),
    "invoice.voided": ("flag", "", _voided),
    "invoice.credited": ("flag", "", _credited),
    "credit_note.voided": ("undo", "", _credited_by("{} voided")),
    "credit_note.sent": ("send", "", _credited_by("{} sent")),
    "credit_note.printed": ("document", "", _credited_by("{} printed")),
    "trust.deposited": ("trust", "trust", "Deposit to trust"),
    "trust.applied": ("trust", "trust", "Trust funds applied to an invoice"),
    "trust.refunded": ("trust", "trust", "Refund from trust"),
    "trust.reversed": ("trust", "trust", "Trust movement reversed"),
}


def seen_kinds() -> frozenset[str]:
    """The kinds of records whose past the person may read. Rates are agreed on clients and matters: to see those is not enough."""
    wanted = {"client": "time.view_all", "matter": "time.view_all", "pre_bill": "pre_bill.view"}
    wanted |= {"invoice": "invoice.view", "trust_transaction": "trust.view"}
    return frozenset(kind for kind, permission in wanted.items() if may(permission))


def happenings(events: Iterable[TimelineEvent]) -> list[Happening]:
    """Each event in words; one that has none yet says its code as plain words."""
    return [_happening(event) for event in events]


def _happening(event: TimelineEvent) -> Happening:
    spoken = event.action.replace(".", " ").replace("_", " ").capitalize()
    trust: Any = ("trust", "trust", spoken) if event.action.startswith("trust.") else ("history", "", spoken)
    icon, tone, words = _KNOWN.get(event.action, trust)
    text = words if isinstance(words, str) else words(event)
    minor = event.after.get("amount_minor")
    amount = as_money(abs(minor)) if isinstance(minor, int) else None
    return Happening(icon, tone, f"{text}: {money(amount)}" if amount and tone == "trust" else text, event.who, event.at)
