"""Where one is: every page says it in its title and above it, with the way back."""

from __future__ import annotations

import re

import pytest
from flask import url_for

from lexapp.web.navigation import INDEX
from tests.web.pages import readable_addresses
from tests.web.town import Town

# Reached from every page, above all places.
OWN = {"/account", "/search", "/sessions"}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_inner_page_says_where_it_stands_with_the_way_back(town: Town):
    """The place of a page stands in its template and in the index of the navigation, not in a database."""
    with town.app.test_request_context():
        tops = {url_for(place.endpoint) for _, places in INDEX for place in places if place.endpoint in town.app.view_functions}
    wrong = []
    for url in readable_addresses(town, most=1):
        answer = town.owner.get(url)
        html = answer.get_data(as_text=True)
        if answer.status_code != 200 or 'class="breadcrumb"' not in html:
            continue
        place = html.partition('class="breadcrumb"')[2].partition("</nav>")[0]
        if 'aria-current="page"' not in place:
            wrong.append(f"{url} does not say where it is")
        if url.partition("?")[0] not in tops | OWN and "<a " not in place:
            wrong.append(f"{url} has no way back")
        side = html.partition('class="sidebar"')[2].partition("</nav>")[0]
        if 'aria-current="page"' not in side and not url.startswith(tuple(OWN)):
            wrong.append(f"{url} lights up no place in the side index")
        top, lit = re.search(r'<a [^>]*href="([^"]+)"', place), re.search(r'<a [^>]*href="([^"]+)"[^>]* aria-current="page"', side)
        if top and lit and top[1] in tops and top[1] != lit[1]:
            wrong.append(f"{url} stands under {top[1]} and lights up {lit[1]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_page_stands_under_one_place_of_the_side_index(town: Town):
    """The index is kept by the name of its place: two lit at once would stay lit on every page of the first."""
    places = [place for _, places in INDEX for place in places]
    wrong = []
    for rule in town.app.url_map.iter_rules():
        blueprint = rule.endpoint.rpartition(".")[0]
        lit = [place.label for place in places if {blueprint, rule.endpoint} & {place.endpoint.partition(".")[0], *place.holds}]
        if len(lit) > 1:
            wrong.append(f"{rule.endpoint} lights up {', '.join(lit)}")
    assert not wrong, "\n".join(sorted(set(wrong)))
