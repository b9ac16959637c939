"""Reports as pages and files: what was asked for, the sheet of figures, its chart, and the same figures as CSV and XLSX."""

from flask import Flask

from lexapp.web.reports.figures import in_words


def report_figure(value: object, kind: str) -> str:
    """A figure of a report as text, by the kind of its column."""
    return in_words(kind, value)


def init_app(app: Flask) -> None:
    """Give the templates the words of figures."""
    app.add_template_filter(report_figure)
