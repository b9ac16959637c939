"""The form by which a dated rule is ended: its last day, with the version of the rule that was shown."""

from __future__ import annotations

from typing import Any, Self

from lexapp.domain.errors import Conflict, Refused
from lexapp.web.access import load
from lexapp.web.dates import today_here
from lexapp.web.forms import LastDayField
from lexapp.web.forms.versions import VersionedForm


class EndForm(VersionedForm):
    """Kinds of rules say in their own words what is missing where `effective_to` is empty."""

    effective_to = LastDayField("Last day", needed="Write the last day on which it holds.")
    is_stale = False

    @classmethod
    def shown(cls, row: Any) -> Self:
        """As it is first shown: ending today."""
        return cls(None, data={"effective_to": today_here(), "version": row.version})

    def refuse_ending(self, error: Refused, model: type[Any], record_id: int) -> None:
        """Say why it was refused; where somebody changed the rule meanwhile, with what stands now beside what was typed."""
        self.refuse(error)
        if isinstance(error, Conflict):
            row = load(model, record_id)
            self.compare(type(self)(None, data={"effective_to": row.effective_to, "version": row.version}))
            self.is_stale = True

    @property
    def status(self) -> int:
        return 409 if self.is_stale else super().status
