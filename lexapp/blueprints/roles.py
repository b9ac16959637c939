"""What each role may do, who has it, and who must sign in with one-time codes."""

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.permissions import PERMISSIONS, ROLE_PERMISSIONS, ROLE_SENTENCES, Role
from lexapp.models import Firm
from lexapp.queries.members import member_rows
from lexapp.services.one_time_codes import ASKED_OF, ask_codes_of
from lexapp.web.access import current_actor, requires
from lexapp.web.forms import ChoiceField, CommandForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("roles", __name__)
SHOWN = [role for role in Role if role is not Role.CLIENT_CONTACT]


class CodeRuleForm(CommandForm):
    whom = ChoiceField("Who must sign in with one-time codes", choices=list(ASKED_OF.items()), needed="Choose one of the list.")


@blueprint.get("/roles")
@requires("user.manage")
def index() -> Response:
    firm = db.session().get_one(Firm, current_actor().firm_id)
    return _page(CodeRuleForm(None, data={"whom": firm.codes_asked_of}))


@blueprint.post("/roles/code-rule")
@requires("settings.edit")
def rule_codes() -> Response:
    form = CodeRuleForm()
    if form.validate_on_submit():
        try:
            ask_codes_of(db.session(), actor=current_actor(), whom=form.whom.data, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Saved. Who has none yet sets them up at the next click")
            return redirect_after(url_for(".index"))
    return _page(form)


def _page(form: CodeRuleForm) -> Response:
    people = [one for one in member_rows(db.session(), firm_id=current_actor().firm_id) if one.is_active]
    holders = {role: [one for one in people if one.role is role] for role in SHOWN}
    groups: dict[str, list[str]] = {}
    for name in PERMISSIONS:
        if name != "portal.view":
            groups.setdefault(name.partition(".")[0], []).append(name)
    heads = [("Permission", "wide"), *((role.label.capitalize(), "fit matrix-cell") for role in SHOWN)]
    context = {"heads": heads, "roles": SHOWN, "holders": holders, "groups": groups, "held": ROLE_PERMISSIONS, "sentences": ROLE_SENTENCES}
    return render(page="roles/index.html", status=form.status, form=form, permissions=PERMISSIONS, **context)
