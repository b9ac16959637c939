"""The front door: leads to the first place that the person may open."""

from flask import Blueprint, Response

from lexapp.web.access import signed_in
from lexapp.web.htmx import redirect_after
from lexapp.web.navigation import first_place

blueprint = Blueprint("start", __name__)


@blueprint.get("/")
@signed_in
def index() -> Response:
    return redirect_after(first_place())
