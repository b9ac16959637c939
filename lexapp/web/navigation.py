"""The side index: what there is, in the order of the work. What does not exist yet or may not be opened is left out."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from lexapp.web.access import may_open


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the index; `phone` ones are also tabs at the foot of a phone.

    `holds` names further blueprints, or single endpoints, whose pages stand under it; `key` is the letter that leads there after G.
    """

    label: str
    icon: str
    endpoint: str
    phone: bool = False
    holds: tuple[str, ...] = ()
    key: str = ""

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        held = (self.endpoint.partition(".")[0], *self.holds)
        return request.blueprint in held or request.endpoint in held


BY_TIME = (
    "expenses",
    "expense_approvals",
    "fixed_fees",
    "sentences",
    "weeks",
    "days",
    "snippets",
    "recurring_entries",
    "time_changes",
)
ENTRIES = tuple(f"derivations.{kind}_entry" for kind in ("time", "expense", "fixed_fee"))
BUDGETS = tuple(f"budgets.{page}" for page in ("of_matter", "new", "create", "end_form", "end", "release_form", "release"))
TASKS = tuple(f"tasks.{page}" for page in ("of_matter", "create", "edit", "update", "complete", "reopen", "remove", "restore"))
FEES = ("fee_agreements", "agreed_mark_ups", "agreed_fees", "milestones", "contingency", *BUDGETS)
OF_MATTER = (*ENTRIES, "payers", "matter_credits", "walls", "guidelines.of_matter", *TASKS, *FEES)
TODAY = ("timers", "timer_tray", "timer_checks", "budgets.warnings", "tasks.index")
INDEX: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("Today", "today", "today.index", phone=True, holds=TODAY, key="D"),
            Place("Time", "clock", "time.index", phone=True, holds=BY_TIME, key="T"),
            Place("Matters", "matter", "matters.index", phone=True, holds=OF_MATTER, key="M"),
            Place(
                "Clients",
                "clients",
                "clients.index",
                holds=(
                    "contacts",
                    "tax_exemptions",
                    "client_discounts",
                    *(f"guidelines.{page}" for page in ("new", "create", "edit", "update")),
                ),
                key="C",
            ),
        ),
    ),
    (
        "Billing",
        (
            Place("Pre-bills", "pre-bill", "pre_bills.index", holds=("billing_runs", "derivations.line"), key="P"),
            Place(
                "Invoices", "invoice", "invoices.index", phone=True, holds=("invoice_links", "credit_notes", "derivations.invoice"), key="I"
            ),
            Place("Payments", "payment", "payments.index", key="Y"),
        ),
    ),
    (
        "Books",
        (
            Place("Trust", "trust", "trust.index", key="B"),
            Place("Journal", "books", "journal.index", key="J"),
            Place("Reports", "report", "reports.index", holds=("budgets.entries",), key="R"),
        ),
    ),
    (
        "Office",
        (
            Place("People", "clients", "people.index", holds=("invitations", "roles")),
            Place("Timekeepers", "client", "timekeepers.index", key="K"),
            Place("Rates", "rate", "rates.index", holds=("rate_cards", "client_rate_cards", "rate_increases"), key="A"),
            Place(
                "Settings",
                "settings",
                "settings.index",
                holds=(
                    "taxes",
                    "tax_sets",
                    "practice_areas",
                    "mail_servers",
                    "rounding_rules",
                    "time_locks",
                    "unit_rates",
                    "expense_categories",
                    "vendors",
                    "fee_templates",
                ),
                key="S",
            ),
            Place("Audit log", "history", "audit.index"),
            Place("Jobs", "refresh", "jobs.index"),
            Place("Mail", "inbox", "mail.index"),
            Place("Components", "grip", "components.index"),
        ),
    ),
)


def index() -> list[tuple[str, list[Place]]]:
    """Titled groups of the places that the person may open."""
    groups = [(title, [place for place in places if may_open(place.endpoint)]) for title, places in INDEX]
    return [(title, places) for title, places in groups if places]


def current_place() -> str:
    """The entry of the index under which the page stands; nothing where there is none."""
    return next((place.label for _, places in INDEX for place in places if place.is_current), "")


def first_place() -> str:
    """Where somebody lands after signing in."""
    return next((places[0].url for _, places in index()), url_for("sessions.index"))


def init_app(app: Flask) -> None:
    """Let the layout draw the index and say where in it the page stands."""
    app.jinja_env.globals.update(side_index=index, current_place=current_place)
