"""What the fields of forms are filled in with, by their kind and by their name."""

from tests.contingent import TYPED_TERMS

FILLED = {
    "money": "12.00",
    "duration": "1.5",
    "email": "someone@example.test",
    "password": "correct horse battery staple",
    "text": "Words",
    "note": "Some words",
}
PLACED = ("clients.create", "clients.update", "matters.create", "matters.update", "settings.change_firm", "taxes.create")
PAYERS_LEFT_EMPTY = ("fees", "expenses", "fixed_fees", "monthly", "tasks", "cap", "overflow")
# What a particular field needs, where a filling by kind is refused.
RECIPES: dict[tuple[str, str], str] = {
    ("account.change_password", "password"): "velvet canyon onion 19",
    ("invitations.create", "timekeeper_id"): "",
    ("people.update", "timekeeper_id"): "",
    **{("matter_credits.create", f"{name}_{n}"): "" for n in range(2, 7) for name in ("timekeeper", "share")},
    **{(f"payers.{act}", f"{name}_{n}"): "" for act in ("update", "example") for n in (1, 2, 3) for name in PAYERS_LEFT_EMPTY},
    **{(f"payers.{act}", f"payer_{n}"): "" for act in ("update", "example") for n in (2, 3)},
    **{(f"payers.{act}", "remainder"): "1" for act in ("update", "example")},
    ("payments.allocate", "invoice_2"): "",
    ("payments.allocate", "invoice_3"): "",
    ("payments.create", "invoice_2"): "",
    ("payments.create", "invoice_3"): "",
    ("pre_bills.save", "reduction"): "",
    ("pre_bills.save", "reason"): "",
    ("trust.create_deposit", "client"): "",
    ("trust.transfer", "client"): "",
    **{(f"fee_templates.{act}", "term_1_due"): "" for act in ("create", "update")},
    ("rates.create", "activity_code"): "",
    ("rates.create", "classification"): "",
    ("rate_cards.create", "percent"): "",
    ("rate_cards.create_rate", "classification"): "",
    ("rate_cards.create_rate", "percent"): "",
    ("rate_increases.create", "percent"): "5",
    ("unit_rates.create", "rate"): "0.725",
    ("vendors.merge", "into"): "Harbor Survey",
    ("weeks.save", "recorded_seconds"): "1.5",
    ("settings.change_time", "time_closed_through"): "",
    ("settings.change_time", "time_open_days"): "3650",
    ("expenses.create", "receipt"): "",
    ("expenses.update", "receipt"): "",
    ("rounding_rules.create", "activity_code"): "",
    ("client_discounts.create_early", "percent"): "2",
    ("client_discounts.create_early", "days"): "10",
    ("client_discounts.create_volume", "percent_1"): "5",
    **{("client_discounts.create_volume", f"{name}_{n}"): "" for n in (2, 3, 4) for name in ("above", "percent")},
    **{(f"guidelines.{act}", f"{which}_characters"): "20" for act in ("create", "update") for which in ("least", "most")},
    **{("budgets.create", f"L{n}00_{what}"): "" for n in range(1, 6) for what in ("amount", "hours")},
    **{("budgets.create", f"task_{n}{what}"): "" for n in (1, 2, 3) for what in ("", "_amount", "_hours")},
    **{("budgets.create", name): "" for name in ("hours_hundredths", "effective_to", "counts_from")},
    ("settings.open_bank_account", "account_last4"): "1234",
    ("timekeepers.create", "yearly_target_hours"): "1800",
    ("timekeepers.update", "yearly_target_hours"): "1800",
    ("settings.change_bank_account", "account_last4"): "1234",
    ("taxes.create", "rate"): "5",
    ("taxes.create", "effective_to"): "",
    ("taxes.create", "regions"): "ON, QC",
    **{(act, name): "CA" for act in PLACED for name in ("country", "region")},
    **TYPED_TERMS,
    ("timer_checks.answer", "stop_at"): "",
}

# Values in place of what the form was shown with: what it proposed depends on the moment at which it was shown.
INSTEAD: dict[str, dict[str, str]] = {"timer_checks.answer": {"choice": "keep"}}
