"""Pages, fragments, out-of-band parts, and toasts that find their way to whatever is shown next."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lexapp.config import Settings
from lexapp.web.htmx import out_of_band
from tests.web.visitor import Visitor


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, development=True)


RIGHT = {
    "key": "0b0e7a9a-1111-4a6b-9c55-000000000001",
    "matter_id": "3",
    "matter_id_label": "Halvorsen",
    "email": "ruth@brannockvoss.example",
    "amount": "12.5k",
    "duration": "1h 12m",
    "worked_on": "Nov 19, 2026",
    "activity": "A103",
    "kind": "flat",
    "narrative": "Draft <b>motion</b>",
}


def test_a_browser_without_htmx_gets_a_page(stranger: Visitor):
    answer = stranger.post("/components", RIGHT | {"duration": "26:00"})
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).startswith("<!doctype html>")
    assert "HX-Request" in answer.headers["Vary"]


def test_htmx_gets_the_fragment(stranger: Visitor):
    answer = stranger.post("/components", RIGHT | {"duration": "26:00"}, htmx=True)
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).startswith('<div id="sample-form"')


@pytest.mark.parametrize("headers", [{"HX-Request-Type": "full"}, {"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_boosted_links_whole_bodies_and_history_get_a_page(stranger: Visitor, headers: dict[str, str]):
    answer = stranger.post("/components", RIGHT | {"duration": "26:00"}, headers={"HX-Request": "true"} | headers)
    assert answer.get_data(as_text=True).startswith("<!doctype html>")


def test_an_invalid_form_keeps_what_was_typed_and_its_key(stranger: Visitor):
    page = stranger.post("/components", RIGHT | {"duration": "26:00"}, htmx=True).get_data(as_text=True)
    assert 'value="26:00"' in page
    assert 'value="12.5k"' in page
    assert "Draft &lt;b&gt;motion&lt;/b&gt;" in page
    assert RIGHT["key"] in page
    assert '<option value="3" selected>Halvorsen</option>' in page
    assert 'aria-describedby="sample-duration-error"' in page


def test_a_form_without_its_key_is_refused_and_gets_another(stranger: Visitor):
    answer = stranger.post("/components", RIGHT | {"key": ""}, htmx=True)
    assert answer.status_code == 422
    assert "lost its number" in answer.get_data(as_text=True)


def test_after_a_write_the_changed_fragments_come_together(stranger: Visitor):
    answer = stranger.post("/components", RIGHT, htmx=True)
    text = answer.get_data(as_text=True)
    assert text.startswith('<div id="sample-form"')
    assert '<template hx type="partial" hx-target="#echo" hx-swap="outerHTML"><p' in text
    assert "1:12:00 on November 19, 2026, $12,500.00" in text


def test_after_a_write_a_browser_without_htmx_is_sent_on(stranger: Visitor):
    answer = stranger.post("/components", RIGHT)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/components")


def test_a_toast_goes_with_the_fragment(stranger: Visitor):
    told = json.loads(stranger.post("/components", RIGHT, htmx=True).headers["HX-Trigger"])
    assert told["toast"]["toasts"] == [{"message": "Entry recorded", "tone": "done", "undo": "/components/undo"}]


def test_a_toast_waits_for_the_next_page_and_shows_once(stranger: Visitor):
    stranger.post("/components", RIGHT)
    assert "Entry recorded" in stranger.get("/components").get_data(as_text=True)
    assert "Entry recorded" not in stranger.get("/components").get_data(as_text=True)


def test_options_answer_what_was_typed(stranger: Visitor):
    text = stranger.get("/components/options?q=hal+dairy", htmx=True).get_data(as_text=True)
    assert text.count('role="option"') == 1


def test_the_page_of_components_is_sound_in_both_themes(stranger: Visitor):
    assert 'data-theme="dark"' in stranger.get("/components?theme=dark").get_data(as_text=True)
    assert "data-theme" not in stranger.get("/components?theme=%22onload").get_data(as_text=True)


@pytest.mark.parametrize("html", ["text", "<p>no id</p>", '<p class="x"></p><p id="y"></p>'])
def test_a_fragment_without_an_id_cannot_go_out_of_band(html: str):
    with pytest.raises(ValueError, match="root element"):
        out_of_band(html)
