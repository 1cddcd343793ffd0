"""Several sources for one field, in a declared order (PRE-24)."""

from __future__ import annotations

import pytest

from stocktake.book import OpenRun
from tests.stories.desk import Desk, device
from tests.stories.fields import minding

ORDER = 'authority = ["NINJAONE", "TELUS"]'


@pytest.fixture
def ordered(desk: Desk) -> Desk:
    """The model is believed from NINJAONE first, then from TELUS."""
    minding(desk, model=ORDER)
    return desk


def model(desk: Desk) -> str | None:
    value: str | None = desk.record("S1")["model"]
    return value


def says(desk: Desk, source: str, value: str, **more: str) -> OpenRun:
    """A source delivers the device with that model."""
    return desk.load(source, [device("S1", "T1", model=value, **more)])


def test_a_lower_source_fills_what_no_higher_one_has_given(ordered: Desk):
    """PRE-24"""
    says(ordered, "NINJAONE", "")

    says(ordered, "TELUS", "B")

    assert model(ordered) == "B"


def test_a_lower_source_does_not_overrule_a_higher_one(ordered: Desk):
    """PRE-24: its word is kept with its link, and the preview says so."""
    says(ordered, "NINJAONE", "A")

    run = says(ordered, "TELUS", "B")

    assert model(ordered) == "A"
    assert run.stats["outranked"] == 1
    (told,) = (each for each in ordered.book.provenance("device", 1).to_dicts() if each["field"] == "model")
    assert (told["source"], told["differing"]) == ("NINJAONE", [{"source": "TELUS", "value": "B"}])


def test_a_higher_source_takes_the_field_over(ordered: Desk):
    """PRE-24"""
    says(ordered, "TELUS", "B")

    says(ordered, "NINJAONE", "A")

    assert model(ordered) == "A"


def test_whoever_comes_first_the_outcome_is_the_same(ordered: Desk):
    """PRE-24: the order decides, and not the last import."""
    for turn in range(2):
        for source, value in (("EXCEL", "C"), ("TELUS", "B"), ("NINJAONE", "A"), ("EXCEL", "D")):
            says(ordered, source, value + str(turn))

    assert model(ordered) == "A1"


def test_what_a_higher_source_takes_back_falls_to_the_next(ordered: Desk):
    """PRE-24: the losing value was kept with its link."""
    says(ordered, "NINJAONE", "A")
    says(ordered, "TELUS", "B")

    says(ordered, "NINJAONE", "<null>")

    assert model(ordered) == "B"
    says(ordered, "TELUS", "B2")
    assert model(ordered) == "B2"


@pytest.mark.parametrize("source", ["NINJAONE", "TELUS"])
@pytest.mark.parametrize("strategy", ["snapshot", "merge"])
def test_an_order_that_is_declared_later_holds_from_the_next_import_of_either_source_on(
    desk: Desk, source: str, strategy: str
):
    """PRE-24: though their rows say what they said before; previewed with the reason, and undone."""
    says(desk, "NINJAONE", "A")
    says(desk, "TELUS", "B")
    minding(desk, model=ORDER)
    before = desk.state()

    plan = desk.plan(
        source, [device("S1", "T1", model={"NINJAONE": "A", "TELUS": "B"}[source])], strategy=strategy
    )
    run = plan.apply()

    assert (plan.counts["update"], plan.counts["fields"]) == (1, 1)
    assert {each.code: each.message for each in plan.plan.warnings}["order-of-sources-changed"] == (
        f"Sources are believed in another order (model: NINJAONE, TELUS) than when {source} was imported last: 1 value "
        "changes for that alone, though the rows say what they said."
    )
    assert model(desk) == "A"
    (told,) = (each for each in desk.book.provenance("device", 1).to_dicts() if each["field"] == "model")
    assert (told["source"], told["differing"]) == ("NINJAONE", [{"source": "TELUS", "value": "B"}])
    run.rollback()
    assert desk.state() == before


def test_an_order_is_looked_at_once(desk: Desk):
    """PRE-24, PLN-20: from then on rows that say what they said are settled at a glance."""
    says(desk, "NINJAONE", "A")
    says(desk, "TELUS", "B")
    minding(desk, model=ORDER)
    says(desk, "TELUS", "B", location="there")

    plan = desk.plan("TELUS", [device("S1", "T1", model="B", location="there"), device("S2", "T2")])

    assert plan.plan.baseline is not None
    assert plan.plan.baseline.order == "model: NINJAONE, TELUS"
    assert "order-of-sources-changed" not in {each.code for each in plan.plan.warnings}
    assert (plan.counts["unchanged"], plan.plan.frames.restated.height) == (1, 0)


def test_a_partial_file_leaves_the_order_open_for_what_it_lacks(desk: Desk):
    """PRE-24, PRE-9"""
    rows = {"NINJAONE": "A", "TELUS": "B"}
    for source, value in rows.items():
        desk.load(source, [device(f"S{n}", f"T{n}", model=value) for n in (1, 2)])
    minding(desk, model=ORDER)
    desk.load("TELUS", [device("S1", "T1", model="B")], strategy="merge")
    assert (desk.record("S1")["model"], desk.record("S2")["model"]) == ("A", "B")

    desk.load("TELUS", [device(f"S{n}", f"T{n}", model="B") for n in (1, 2)])

    assert desk.record("S2")["model"] == "A"


def test_what_a_person_wrote_stays_when_an_order_is_declared(desk: Desk):
    """PRE-24, PLN-15"""
    says(desk, "NINJAONE", "A")
    says(desk, "TELUS", "B")
    desk.book.edit_record("device", 1, {"model": "X"})
    minding(desk, model=ORDER)

    says(desk, "TELUS", "B")
    says(desk, "NINJAONE", "A")

    assert model(desk) == "X"


def test_a_person_is_heard_until_a_source_that_may_says_something_new(ordered: Desk):
    """PRE-24, PLN-15"""
    says(ordered, "NINJAONE", "A")
    says(ordered, "TELUS", "B")
    ordered.book.edit_record("device", 1, {"model": "X"})

    says(ordered, "TELUS", "C")
    says(ordered, "NINJAONE", "A", location="there")
    assert model(ordered) == "X"

    says(ordered, "NINJAONE", "A2")
    assert model(ordered) == "A2"


#: What stays in every export, so that no guard stops it.
OTHERS = [device("S2", "T2"), device("S3", "T3")]


def leave(desk: Desk) -> OpenRun:
    """NINJAONE, which had the device, exports all but it."""
    says(desk, "TELUS", "B")
    desk.load("NINJAONE", [device("S1", "T1", model="A"), *OTHERS])
    return desk.load("NINJAONE", OTHERS)


def test_what_a_source_held_falls_to_the_next_when_it_has_the_record_no_more(ordered: Desk):
    """PRE-24: dropping a source recomputes; told like any change."""
    run = leave(ordered)

    assert model(ordered) == "B"
    assert (run.stats["handed_on"], run.stats["missing"]) == (1, 1)
    (told,) = (each for each in ordered.book.provenance("device", 1).to_dicts() if each["field"] == "model")
    assert (told["value"], told["source"], told["run_id"]) == ("B", "TELUS", run.run_id)
    assert told["differing"] == [{"source": "NINJAONE", "value": "A"}]


def test_once_it_is_back_it_holds_the_field_again(ordered: Desk):
    """PRE-24: though it says what it said before."""
    leave(ordered)
    says(ordered, "TELUS", "C")
    assert model(ordered) == "C"

    ordered.load("NINJAONE", [device("S1", "T1", model="A"), *OTHERS])

    assert model(ordered) == "A"


def test_what_a_person_wrote_falls_to_nobody(ordered: Desk):
    """PRE-24, PLN-15"""
    says(ordered, "TELUS", "B")
    ordered.load("NINJAONE", [device("S1", "T1", model="A"), *OTHERS])
    ordered.book.edit_record("device", 1, {"model": "X"})

    run = ordered.load("NINJAONE", OTHERS)

    assert (model(ordered), run.stats["handed_on"]) == ("X", 0)


def test_a_departure_is_undone(ordered: Desk):
    """ROL-2"""
    says(ordered, "TELUS", "B")
    ordered.load("NINJAONE", [device("S1", "T1", model="A"), *OTHERS])
    before = ordered.state()

    ordered.load("NINJAONE", OTHERS).rollback()

    assert ordered.state() == before


def test_closing_a_source_hands_its_fields_on(ordered: Desk):
    """PRE-23, PRE-24: previewed, told, kept with the links, and undone exactly."""
    says(ordered, "TELUS", "B", location="there")
    says(ordered, "NINJAONE", "A")
    before = ordered.state()

    (farewell,) = ordered.book.preview_closing("NINJAONE")
    assert farewell.counts["handed_on"] == 1
    assert farewell.handed_on.to_dicts() == [
        {"field": "model", "before": "A", "after": "B", "record_id": 1, "name": "T1"}
    ]
    (run,) = ordered.book.close_source("NINJAONE")

    assert model(ordered) == "B"
    assert run.stats["handed_on"] == 1
    (told,) = ordered.audit(run, "close-source")
    assert told["sentence"] == (
        "ana closed NINJAONE; of its 1 record of Device, 0 were retired; 1 value fell to the next source in order."
    )
    (value,) = (each for each in ordered.book.provenance("device", 1).to_dicts() if each["field"] == "model")
    assert (value["source"], value["run_id"]) == ("TELUS", run.run_id)
    assert value["differing"] == [{"source": "NINJAONE", "value": "A"}]
    run.rollback()
    assert ordered.state() == before
    assert model(ordered) == "A"


def test_what_a_source_holds_by_an_order_declared_later_is_handed_on_too(desk: Desk):
    """PRE-23, PRE-24: whoever's import it was that gave the value back to it."""
    says(desk, "NINJAONE", "A")
    says(desk, "TELUS", "B")
    minding(desk, model=ORDER)
    says(desk, "TELUS", "B")
    assert model(desk) == "A"
    before = desk.state()

    (run,) = desk.book.close_source("NINJAONE")

    assert (model(desk), run.stats["handed_on"]) == ("B", 1)
    run.rollback()
    assert desk.state() == before


def test_what_a_person_wrote_stays_when_its_source_is_closed(ordered: Desk):
    """PRE-24"""
    says(ordered, "TELUS", "B")
    says(ordered, "NINJAONE", "A")
    ordered.book.edit_record("device", 1, {"model": "X"})

    ordered.book.close_source("NINJAONE")

    assert model(ordered) == "X"


@pytest.mark.parametrize("value", ["B", "<null>"])
def test_what_an_order_did_is_undone(ordered: Desk, value: str):
    """ROL-2"""
    says(ordered, "TELUS", "B")
    says(ordered, "NINJAONE", "A")
    before = ordered.state()

    says(ordered, "NINJAONE" if value == "<null>" else "TELUS", value, location="there").rollback()

    assert ordered.state() == before
