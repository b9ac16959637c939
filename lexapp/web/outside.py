"""What a request reaches outside with, opened once for the application."""

from flask import current_app

from lexapp.workflows.outside import Outside, open_outside


def outside() -> Outside:
    """Storage, mail server and clock of this installation."""
    kept = current_app.extensions
    if "outside" not in kept:
        kept["outside"] = open_outside(kept["settings"])
    opened: Outside = kept["outside"]
    return opened
