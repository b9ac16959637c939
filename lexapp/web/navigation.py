"""The side index: what there is, in the order of the work. What does not exist yet or may not be opened is left out."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from lexapp.web.access import may_open


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the index; `phone` ones are also tabs at the foot of a phone.

    `holds` names further blueprints whose pages stand under it.
    """

    label: str
    icon: str
    endpoint: str
    phone: bool = False
    holds: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        return request.blueprint in (self.endpoint.partition(".")[0], *self.holds)


INDEX: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("Today", "today", "today.index", phone=True),
            Place("Time", "clock", "time.index", phone=True, holds=("expenses", "fixed_fees")),
            Place("Matters", "matter", "matters.index", phone=True, holds=("payers",)),
            Place("Clients", "clients", "clients.index", holds=("contacts",)),
        ),
    ),
    (
        "Billing",
        (
            Place("Pre-bills", "pre-bill", "pre_bills.index", holds=("billing_runs",)),
            Place("Invoices", "invoice", "invoices.index", phone=True, holds=("invoice_links",)),
            Place("Payments", "payment", "payments.index"),
        ),
    ),
    (
        "Books",
        (
            Place("Trust", "trust", "trust.index"),
            Place("Journal", "books", "journal.index"),
            Place("Reports", "report", "reports.index"),
        ),
    ),
    (
        "Office",
        (
            Place("Timekeepers", "client", "timekeepers.index"),
            Place("Rates", "rate", "rates.index"),
            Place("Settings", "settings", "settings.index", holds=("taxes", "practice_areas", "mail_servers")),
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


def first_place() -> str:
    """Where somebody lands after signing in."""
    return next((places[0].url for _, places in index()), url_for("sessions.index"))


def init_app(app: Flask) -> None:
    """Let the layout draw the index."""
    app.jinja_env.globals["side_index"] = index
