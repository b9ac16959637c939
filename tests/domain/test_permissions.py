import dataclasses

import pytest

from lexapp.domain.errors import InvariantBroken, NotAllowed, Refused
from lexapp.domain.permissions import PERMISSIONS, ROLE_PERMISSIONS, Actor, Role
from tests.markdown_tables import table_under

ROWS = {row["Permission"]: row for row in table_under("permissions.md", "The table")}
WRITES = {name for name in PERMISSIONS if name.split(".")[1] not in {"view", "view_all", "see", "see_walled", "export"}}


def actor(role):
    return Actor(user_id=1, firm_id=2, membership_id=3, role=role)


def test_the_document_lists_every_permission_once_and_in_order():
    assert list(ROWS) == list(PERMISSIONS)


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_the_document_says_what_a_permission_allows(permission):
    assert ROWS[permission]["What it allows"] == PERMISSIONS[permission]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_cell_of_the_document_is_what_the_code_does(permission, role):
    assert ROWS[permission][role.label] == ("yes" if actor(role).may(permission) else "–")


@pytest.mark.parametrize("role", Role)
def test_every_role_has_permissions_and_only_known_ones(role):
    assert ROLE_PERMISSIONS[role]
    assert ROLE_PERMISSIONS[role] <= set(PERMISSIONS)


def test_an_auditor_reads_everything_and_writes_nothing():
    assert ROLE_PERMISSIONS[Role.AUDITOR] == set(PERMISSIONS) - WRITES - {"portal.view"}


def test_a_client_contact_sees_the_portal_and_nobody_else_does():
    assert ROLE_PERMISSIONS[Role.CLIENT_CONTACT] == {"portal.view"}
    assert [role for role in Role if actor(role).may("portal.view")] == [Role.CLIENT_CONTACT]


def test_trust_money_leaves_only_by_an_owner_or_a_bookkeeper():
    assert {role for role in Role if actor(role).may("trust.disburse")} == {Role.OWNER, Role.BOOKKEEPER}


def test_nobody_but_an_owner_both_issues_invoices_and_records_payments():
    assert [role for role in Role if actor(role).may("invoice.issue") and actor(role).may("payment.record")] == [Role.OWNER]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("document", ["pre_bill.view", "invoice.view"])
def test_whoever_sees_documents_with_everybodys_rates_may_see_rates_and_all_time(role, document):
    if actor(role).may(document):
        assert actor(role).may("rate.see")
        assert actor(role).may("time.view_all")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("deed", "sight"),
    [
        ("client.edit", "client.view"),
        ("matter.edit", "matter.view"),
        ("time.record_others", "time.view_all"),
        ("rate.edit", "rate.see"),
        ("pre_bill.edit", "pre_bill.view"),
        ("pre_bill.approve", "pre_bill.view"),
        ("invoice.issue", "pre_bill.view"),
        ("invoice.send", "invoice.view"),
        ("invoice.void", "invoice.view"),
        ("payment.record", "payment.view"),
        ("payment.refund", "payment.view"),
        ("trust.deposit", "trust.view"),
        ("trust.apply", "trust.view"),
        ("trust.disburse", "trust.view"),
        ("trust.reverse", "trust.view"),
        ("job.retry", "job.view"),
    ],
)
def test_nobody_changes_what_they_cannot_see(role, deed, sight):
    assert actor(role).may(sight) or not actor(role).may(deed)


def test_a_refusal_names_the_role_the_deed_and_whom_to_ask():
    with pytest.raises(NotAllowed) as refusal:
        actor(Role.ASSISTANT).require("invoice.issue")
    assert str(refusal.value) == (
        "An assistant may not do this: issue an approved pre-bill as a numbered invoice. Ask an owner of the firm."
    )
    assert refusal.value.code == "needs.invoice.issue"
    assert refusal.value.field is None


def test_a_permission_that_is_held_is_granted_in_silence():
    assert actor(Role.BILLING_MANAGER).require("invoice.issue") is None


def test_an_unknown_permission_is_a_programming_mistake():
    with pytest.raises(InvariantBroken, match=r"invoice\.burn"):
        actor(Role.OWNER).may("invoice.burn")


def test_an_actor_cannot_be_promoted_in_place():
    someone = actor(Role.TIMEKEEPER)
    with pytest.raises(dataclasses.FrozenInstanceError):
        someone.role = Role.OWNER


def test_refusals_carry_their_field_and_a_stable_code():
    refusal = Refused("Type an amount.", field="amount")
    assert (str(refusal), refusal.field, refusal.code) == ("Type an amount.", "amount", "refused")
    assert NotAllowed("No.").code == "not_allowed"
    assert NotAllowed("No.", code="wall").code == "wall"
