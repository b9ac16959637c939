"""Forms over domain parsers: what was typed stays, and an error stands beside its field as a sentence that says what to do."""

from lexapp.web.forms.base import CommandForm, Form, sent_key, sent_version
from lexapp.web.forms.figures import DurationField, HoursField, MoneyField, RateField
from lexapp.web.forms.files import FileField
from lexapp.web.forms.words import (
    ChoiceField,
    DateField,
    EmailField,
    FirstDayField,
    FlagField,
    LastDayField,
    NoteField,
    PasswordField,
    RecordField,
    RecordsField,
    TextField,
    WholeNumberField,
)

__all__ = [
    "ChoiceField",
    "CommandForm",
    "DateField",
    "DurationField",
    "EmailField",
    "FileField",
    "FirstDayField",
    "FlagField",
    "Form",
    "HoursField",
    "LastDayField",
    "MoneyField",
    "NoteField",
    "PasswordField",
    "RateField",
    "RecordField",
    "RecordsField",
    "TextField",
    "WholeNumberField",
    "sent_key",
    "sent_version",
]
