"""Every route says who may call it, and one hook enforces it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Matter
from lexapp.web import access
from lexapp.web.htmx import redirect_after
from lexapp.web.navigation import INDEX
from tests.factories import World, make_matter
from tests.web.visitor import Visitor

Members = Callable[[Role], Visitor]


@pytest.fixture
def app(app: Flask) -> Flask:
    probe = Blueprint("probe", __name__)

    @probe.get("/probe/matters/<int:matter_id>")
    @access.requires("matter.view")
    def matter(matter_id: int) -> str:
        return access.load(Matter, matter_id).name

    @probe.route("/probe/settings", methods=["GET", "POST"])
    @access.requires("settings.edit")
    def settings() -> str:
        return access.current_actor().name

    @probe.get("/probe/after")
    @access.signed_in
    def after() -> object:
        return redirect_after("/probe/settings")

    app.register_blueprint(probe)
    return app


def test_every_route_of_the_application_declares_its_access(app: Flask):
    access.check_routes(app)


def test_a_route_without_a_declaration_keeps_the_application_from_starting(app: Flask):
    app.add_url_rule("/open", "open", lambda: "x")
    with pytest.raises(RuntimeError, match="open"):
        access.check_routes(app)


def test_a_route_without_a_declaration_does_not_answer(app: Flask, owner: Visitor):
    app.testing = False
    app.add_url_rule("/open", "open", lambda: "secret")
    answer = owner.get("/open")
    assert answer.status_code == 500
    assert b"secret" not in answer.data


def test_an_unknown_permission_is_refused_at_once():
    with pytest.raises(ValueError, match="no such permission"):
        access.requires("matter.fly")


def test_a_stranger_is_sent_to_sign_in_and_back(stranger: Visitor):
    answer = stranger.get("/probe/settings?tab=2")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/probe/settings?tab%3D2"


def test_a_stranger_with_htmx_gets_a_whole_page(stranger: Visitor):
    answer = stranger.get("/probe/settings", htmx=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_the_owner_may(owner: Visitor):
    assert owner.get("/probe/settings").get_data(as_text=True) == "Marguerite Voss"


def test_a_colleague_without_the_permission_learns_which_one_is_missing(member: Members):
    answer = member(Role.TIMEKEEPER).get("/probe/settings")
    assert answer.status_code == 403
    assert "settings.edit" in answer.get_data(as_text=True)


def test_a_missing_permission_is_a_toast_for_htmx(member: Members):
    answer = member(Role.TIMEKEEPER).post("/probe/settings", htmx=True)
    assert answer.status_code == 403
    assert answer.headers["HX-Reswap"] == "none"
    assert "settings.edit" in answer.headers["HX-Trigger"]


def test_a_record_of_another_firm_looks_like_none(session: Session, world: World, owner: Visitor, outsider: Visitor):
    matter = make_matter(session, world.owner)
    assert owner.get(f"/probe/matters/{matter.id}").get_data(as_text=True) == "Port Authority claims"
    assert outsider.get(f"/probe/matters/{matter.id}").status_code == 404
    assert owner.get("/probe/matters/999999").status_code == 404


def test_an_id_beyond_every_integer_is_not_found(owner: Visitor):
    assert owner.get(f"/probe/matters/{10**30}").status_code == 404


def test_the_index_shows_only_what_exists_and_what_the_person_may_open(app: Flask, owner: Visitor, member: Members):
    page = owner.get("/sessions").get_data(as_text=True)
    assert "Components" not in page
    shown = [place.endpoint for _, places in INDEX for place in places if f">{place.label}<" in page]
    assert shown == [place.endpoint for _, places in INDEX for place in places if place.endpoint in app.view_functions]
    assert ">Journal<" not in member(Role.TIMEKEEPER).get("/sessions").get_data(as_text=True)


def test_the_front_door_leads_somewhere_for_every_role(member: Members):
    for role in Role:
        answer = member(role).get("/")
        assert answer.status_code == 303
        assert answer.headers["Location"] != "/"
