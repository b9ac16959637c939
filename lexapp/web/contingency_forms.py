"""Forms of contingency fees: terms by stage and amount, a recovery, the claims on it, the client's consent."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import HiddenField

from lexapp.domain.contingency import STATUTES, Basis, ContingencyTerms, Referral, Stage, Tier, parse_exact_percent
from lexapp.domain.errors import InvalidInput
from lexapp.services.contingency import NewClaim, OwnTerms, RecoveryFacts
from lexapp.services.contingency.agreements import LONGEST_SOURCE
from lexapp.services.contingency.claims import KINDS, LONGEST_NAME
from lexapp.services.contingency.statements import LONGEST_CONSENT
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, FirstDayField, FlagField, MoneyField, RecordsField, TextField
from lexapp.web.forms.versions import VersionedForm

ROWS = 4
STAGES = [(stage.value, stage.label[0].upper() + stage.label[1:]) for stage in Stage]


class TermsForm(CommandForm):
    """Percentages of one's own in up to `ROWS` lines, or the schedule of a statute."""

    effective_from = FirstDayField("From", needed="Write the first day.")
    statute = ChoiceField("Schedule", choices=[(key, one.name) for key, one in STATUTES.items()], empty="Percentages of our own")
    is_minor = FlagField("The client is a minor", hint="Where the schedule has a cap for minors, it holds")
    basis = ChoiceField(
        "Counted on",
        choices=[("gross", "The recovery"), ("net", "The recovery less costs")],
        default="gross",
        hint="For your own percentages",
    )
    source = TextField("Written in", longest=LONGEST_SOURCE, hint="Such as: engagement letter of March 2, 2026")
    referral_firm = TextField("Firm that shares the fee", longest=200)
    referral_percent = TextField("Its share of the fee", longest=12)
    referral_on = DateField("Client agreed in writing on", latest=today_here)

    @property
    def lines(self) -> list[tuple[Any, list[Any]]]:
        """Each line: up to which amount, and a percentage for every stage."""
        return [(self[f"up_to_{n}"], [self[f"percent_{stage.value}_{n}"] for stage in Stage]) for n in range(ROWS)]

    def agreed(self, currency: str) -> OwnTerms:
        """What was typed, as the service takes it. Raises InvalidInput beside a field."""
        typed = next((one for _, percents in self.lines for one in percents if one.data), None)
        if self.statute.data:
            if typed is not None:
                sentence = "The schedule has its own percentages. Empty these, or choose percentages of your own above."
                raise InvalidInput(sentence, field=typed.name)
            return OwnTerms(self.effective_from.data, self.statute.data, bool(self.is_minor.data), self._referral())
        tiers = {stage: found for stage in Stage if (found := self._tiers(stage))}
        terms = ContingencyTerms(currency, Basis(self.basis.data), tiers, self.source.data or "", self._referral())
        return OwnTerms(self.effective_from.data, terms=terms)

    def _tiers(self, stage: Stage) -> tuple[Tier, ...]:
        """The lines of one stage; none where nothing is agreed for it."""
        if not any(self[f"percent_{stage.value}_{n}"].data for n in range(ROWS)):
            return ()
        tiers: list[Tier] = []
        for n in range(self._filled()):
            field = self[f"percent_{stage.value}_{n}"]
            if not field.data:
                raise InvalidInput(f"Type the percentage {stage.label} on this line too, or empty its column.", field=field.name)
            up_to = self[f"up_to_{n}"].data
            above = (tiers[-1].up_to_minor or 0) if tiers else 0
            tiers.append(Tier(above, up_to.minor if up_to else None, parse_exact_percent(field.data, field=field.name)))
        return tuple(tiers)

    def _filled(self) -> int:
        used = [n for n, (up_to, percents) in enumerate(self.lines) if up_to.data or any(one.data for one in percents)]
        return used[-1] + 1 if used else 0

    def _referral(self) -> Referral | None:
        firm, percent, on = self.referral_firm.data, self.referral_percent.data, self.referral_on.data
        if not firm and not percent and not on:
            return None
        if not isinstance(on, date):
            raise InvalidInput("Write the day on which the client agreed in writing that the fee is shared.", field="referral_on")
        return Referral(firm or "", parse_exact_percent(percent or "", field="referral_percent"), on)


for _n in range(ROWS):
    setattr(TermsForm, f"up_to_{_n}", MoneyField(f"Up to, line {_n + 1}"))
    for _stage in Stage:
        setattr(TermsForm, f"percent_{_stage.value}_{_n}", TextField(f"{_stage.label.capitalize()}", longest=12))


class StageForm(CommandForm):
    stage = ChoiceField("Stage", choices=STAGES, default=Stage.AFTER_FILING.value)
    reached_on = DateField("Reached on", needed="Write the day.")


class RecoveryForm(VersionedForm):
    amount = MoneyField("Recovered", needed="Type the amount that was recovered.")
    received_on = DateField("Received on", needed="Write the day.")
    received_from = TextField("From", needed="Type who pays, such as the insurer.")
    stage = ChoiceField("Stage of the case", choices=STAGES)

    def facts(self) -> RecoveryFacts:
        """What was typed, as the service takes it. Only after validation."""
        return RecoveryFacts(self.received_on.data, self.amount.data.minor, self.received_from.data, Stage(self.stage.data))


class ClaimForm(CommandForm):
    version = HiddenField()
    kind = ChoiceField("Kind", choices=list(KINDS.items()), default="lien")
    name = TextField("Who has it", longest=LONGEST_NAME, needed="Type who has the claim.")
    amount = MoneyField("Amount", needed="Type the amount.")
    rule = TextField("What it rests on", longest=LONGEST_NAME, hint="Such as: final demand of Oct 12, 2026")

    def claim(self) -> NewClaim:
        """What was typed, as the service takes it. Only after validation."""
        return NewClaim(self.kind.data, self.name.data, self.amount.data.minor, self.rule.data or "")


class CostsForm(CommandForm):
    version = HiddenField()
    expense_entry_ids = RecordsField("Costs advanced")


class ConsentForm(CommandForm):
    version = HiddenField()
    consented_on = DateField("Client consented on", needed="Write the day of the client’s consent.")
    consent = TextField("How", longest=LONGEST_CONSENT, needed="Say how, such as: signed copy, or e-mail.")


class SettlementForm(CommandForm):
    version = HiddenField()
    settled_on = DateField("Settled on", needed="Write the day.")
