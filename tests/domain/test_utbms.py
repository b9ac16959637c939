"""The code sets have the published size, order and names."""

import pytest

from lexapp.domain.utbms import ACTIVITIES, CLASSIFICATIONS, EXPENSES, LITIGATION_TASKS, NOT_PERSONS, Code, classification_name, lookup


def test_litigation_has_29_tasks_under_five_phases():
    assert len(LITIGATION_TASKS.codes) == 29
    assert list(LITIGATION_TASKS.phases) == ["L100", "L200", "L300", "L400", "L500"]
    assert LITIGATION_TASKS.phases["L300"] == "Discovery"
    assert LITIGATION_TASKS.lookup("L530") == Code("L530", "Oral Argument", "L500")
    assert LITIGATION_TASKS.lookup("L190") == Code("L190", "Other Case Assessment, Development and Administration", "L100")


def test_activities_and_expenses_are_numbered_without_a_gap():
    assert list(ACTIVITIES.codes) == [f"A{number}" for number in range(101, 129)]
    assert list(EXPENSES.codes) == [f"E{number}" for number in range(101, 125)]
    assert lookup("A102") == Code("A102", "Research")
    assert lookup(" e110 ") == Code("E110", "Out-of-town travel")


@pytest.mark.parametrize("code", ["", "L100", "L360", "A129", "A100", "E125", "X101", "research"])
def test_phases_and_unknown_codes_are_not_found(code):
    assert lookup(code) is None


def test_there_are_51_classifications_and_two_are_not_persons():
    assert len(CLASSIFICATIONS) == 51
    assert set(CLASSIFICATIONS) >= NOT_PERSONS
    assert classification_name("PARTNR") == "Partner"
    assert classification_name("VIDOGR") == "VIDOGR"
    assert classification_name("OFCNSL") == "OFCNSL"
    assert not {"OFCNSL", "PRLGL", "OTH"} & set(CLASSIFICATIONS)
