"""What pages are put together from: addresses, pages of lists, words."""

from __future__ import annotations

import pytest

from stocktake.interfaces.http.wording import OF_THE_SERVER, REQUESTS
from stocktake.interfaces.web.form import Form
from stocktake.interfaces.web.menu import AREAS
from stocktake.interfaces.web.page import Pager, address
from stocktake.interfaces.web.wording import PLACES, on_page
from stocktake.model.errors import InvalidInput
from stocktake.reporting.sentence import plural


def test_an_address_leaves_out_what_is_not_asked_for():
    assert address("/runs", source="A&B", page=None, full=False, field=["x", "y"]) == (
        "/runs?source=A%26B&field=x&field=y"
    )


def test_a_pager_knows_where_it_is_and_keeps_what_else_is_asked_for():
    pager = Pager(page=3, page_size=50, total=120, path="/runs", asked={"source": ["TELUS"]})

    assert (pager.last, pager.first_shown, pager.last_shown) == (3, 101, 120)
    assert pager.address(1) == "/runs?source=TELUS"
    assert pager.address(2) == "/runs?source=TELUS&page=2"


def test_a_pager_of_nothing_has_one_page():
    pager = Pager(page=1, page_size=50, total=0, path="/runs", asked={})

    assert (pager.last, pager.first_shown, pager.last_shown) == (1, 0, 0)


def test_an_area_is_where_one_is_in_all_of_its_pages():
    here = {
        place: [each.name for each in AREAS if each.holds(place)]
        for place in ("", "/imports/3/review", "/runs/7")
    }

    assert here == {"": ["Dashboard"], "/imports/3/review": ["Import"], "/runs/7": ["Import history"]}


def test_every_command_that_a_message_may_name_has_a_place_on_the_pages():
    commands = {each.split()[0] for each in (*REQUESTS, *OF_THE_SERVER)} - {"serve"}

    assert commands - set(PLACES) == set()


def test_a_hint_is_told_in_the_words_of_pages():
    assert on_page("List them with `stocktake runs --source X`, or add --allow-retire 7.") == (
        "List them with “Import history”, or add the number typed above the guard 7."
    )


def test_a_number_of_a_form_may_be_grouped_and_nothing_else():
    assert Form([("limit", " 20,000 ")]).number("limit", "Limit") == 20_000
    assert Form([("limit", "")]).number("limit", "Limit") is None
    for text in ("-1", "1.5", "ten", "１２", "9" * 19):
        with pytest.raises(InvalidInput) as refused:
            Form([("limit", text)]).number("limit", "Limit")
        assert refused.value.code == "bad-arguments"


def test_things_are_counted_in_words():
    assert (plural(1, "record"), plural(20_000, "record"), plural(2, "entry", "entries")) == (
        "1 record",
        "20,000 records",
        "2 entries",
    )
