"""The tray as it is shown: what stands, what came later, and the form that each item opens with."""

from __future__ import annotations

from dataclasses import dataclass

from lexapp.queries.timer_tray import TrayItem
from lexapp.services.timer_sync.answers import MESSAGES
from lexapp.web.entry_forms import MATTER_NEEDED, MatterField
from lexapp.web.filters import clock, moment
from lexapp.web.forms import CommandForm, DurationField, NoteField

OTHER = "This could not be taken as it came. Record the time here, or keep what stands."


class TrayForm(CommandForm):
    """What the time is to be recorded as."""

    matter_id = MatterField(needed=MATTER_NEEDED)
    recorded_seconds = DurationField("Time", needed="Write how long it took, for example 1h 12m, 1:12 or 1.2.")
    narrative = NoteField("Narrative", longest=4000)


@dataclass(frozen=True, slots=True)
class TrayCard:
    """One item with its form."""

    item: TrayItem
    form: TrayForm

    @property
    def title(self) -> str:
        return self.item.label if self.item.matter_id is None and self.item.label else self.item.title

    @property
    def what(self) -> str:
        """The reason, in the words in which the phone was told."""
        return MESSAGES.get(self.item.reason, OTHER)

    @property
    def sides(self) -> list[tuple[str, str]]:
        """What stands, and what came from the device."""
        item = self.item
        if item.reason == "two_texts" and item.clash is not None and item.clash.field != "matter_id":
            return [("Stands", item.narrative or "Nothing"), ("Other text", str(item.clash.value or "Nothing"))]
        if item.is_waiting or item.entry_seconds is None:
            return [("From the device", _measured(item))]
        stands = f"{clock(item.entry_seconds)} recorded" + (f", {item.entry_narrative}" if item.entry_narrative else "")
        return [("Stands", stands), ("Came later", _late(item))]

    @property
    def may_record(self) -> bool:
        return self.item.reason not in ("two_texts", "entry_exists")

    @property
    def keep_label(self) -> str:
        if self.item.is_waiting or self.item.timer_id is None:
            return "Give up this time"
        return {"two_ends": "Keep the earlier end", "after_end": "Keep the earlier end", "two_texts": "Keep the text that stands"}.get(
            self.item.reason, "Keep the entry as it is"
        )


def card_of(item: TrayItem, form: TrayForm | None = None) -> TrayCard:
    """The item with what was typed, or with what is proposed."""
    proposed = {"matter_id": item.matter_id, "recorded_seconds": item.seconds or None, "narrative": item.narrative}
    return TrayCard(item, form or TrayForm(None, data=proposed, ids=f"tray-{item.event_id}"))


def _measured(item: TrayItem) -> str:
    end = f", stopped {moment(item.ended_at)}" if item.ended_at else f", {item.kind} at {moment(item.at)}"
    return f"{clock(item.seconds)} measured{end}"


def _late(item: TrayItem) -> str:
    if item.reason == "entry_exists":
        return f"Discarded at {moment(item.at)}"
    return f"{item.kind.capitalize()} at {moment(item.at)}" + (f": {clock(item.seconds)} more" if item.seconds else "")
