"""The logo: shown, taken, taken away."""

from flask import Response, abort, make_response, url_for

from lexapp.blueprints.settings.parts import FIRM, LogoForm
from lexapp.blueprints.settings.resource import blueprint
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import Firm
from lexapp.services.logos import remove_logo
from lexapp.web.access import current_actor, requires
from lexapp.web.forms import sent_key
from lexapp.web.htmx import redirect_after, toast
from lexapp.web.stored_files import send_logo, storage
from lexapp.workflows.logos import keep_logo


@blueprint.get("/settings/logo")
@requires("settings.edit")
def logo() -> Response:
    firm = db.session().get_one(Firm, current_actor().firm_id)
    return send_logo(firm.logo_sha256, firm_id=firm.id) if firm.logo_sha256 else abort(404)


@blueprint.post("/settings/logo")
@requires("settings.edit")
def change_logo() -> Response:
    form = LogoForm()
    if form.validate_on_submit():
        try:
            keep_logo(db.session(), storage(), actor=current_actor(), data=form.logo.content or b"", key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Logo saved. The next documents print it")
            return redirect_after(url_for(".index"))
    return make_response(FIRM.page(FIRM.filled(), logo=form), form.status)


@blueprint.post("/settings/logo/removal")
@requires("settings.edit")
def take_logo_away() -> Response:
    remove_logo(db.session(), actor=current_actor(), key=sent_key())
    toast("The next documents print the firm’s name alone")
    return redirect_after(url_for(".index"))
