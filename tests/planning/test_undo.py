"""What stands in the way of undoing a run, and what comes back (ROL-2, ROL-4, ROL-5, ROL-13)."""

from __future__ import annotations

from typing import Any

import polars as pl

from stocktake.planning import undo

RUN, LATER = 5, 6
SINCE = {"_record_id": pl.Int64, "_name": pl.String, "_by_run": pl.Int64, "_by_source": pl.String}
LINKED = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}


def hindrances(
    *,
    touched: tuple[int, ...] = (),
    now: tuple[tuple[int, int], ...] = (),
    created: tuple[tuple[Any, ...], ...] = (),
    links: tuple[tuple[Any, ...], ...] = (),
) -> list[tuple[Any, ...]]:
    """Record, why, by which run. now: record and the run that changed it last."""
    found = undo.hindrances(
        RUN,
        pl.DataFrame({"id": list(touched)}, schema={"id": pl.Int64}),
        pl.DataFrame(
            [(record, run, f"name {record}") for record, run in now],
            schema={"_record_id": pl.Int64, "_changed_run": pl.Int64, "_name": pl.String},
            orient="row",
        ),
        pl.DataFrame(created, schema=SINCE, orient="row"),
        pl.DataFrame(links, schema=LINKED, orient="row"),
    )
    return found.select("_record_id", "_why", "_by_run").rows()


def test_nothing_hinders_where_all_is_as_the_run_left_it():
    """ROL-5"""
    assert hindrances(touched=(1, 2), now=((1, RUN), (2, RUN))) == []


def test_a_record_that_a_later_run_changed_is_kept():
    """ROL-4, ROL-13"""
    assert hindrances(touched=(1, 2), now=((1, RUN), (2, LATER))) == [(2, "changed since", LATER)]


def test_a_record_that_is_no_longer_there_is_gone():
    """ROL-4"""
    assert hindrances(touched=(1,)) == [(1, "gone", None)]


def test_a_created_record_that_others_changed_or_linked_is_kept():
    """ROL-13"""
    assert hindrances(created=((3, "T3", LATER, "TELUS"),)) == [(3, "changed since", LATER)]


def test_a_link_that_a_later_run_wrote_is_kept():
    """ROL-2, ROL-13"""
    assert hindrances(links=(("NINJAONE", "s1", 1, LATER),)) == [(1, "linked or missed since", LATER)]


def test_each_record_is_listed_once_in_order():
    """ROL-4"""
    found = hindrances(
        touched=(4, 1),
        now=((4, LATER), (1, LATER)),
        links=(("NINJAONE", "s1", 1, LATER), ("TELUS", "s1", 1, LATER)),
    )

    assert [each[:2] for each in found] == [(1, "changed since"), (4, "changed since")]


def test_only_the_fields_that_the_run_changed_get_their_earlier_values():
    """ROL-2, ROL-5"""
    lineage = pl.DataFrame(
        {"id": [1, 2], "changed_run": [None, 3]}, schema_overrides={"changed_run": pl.Int64}
    )
    changes = pl.DataFrame({"record_id": [1, 2, 2], "field": ["a", "a", "b"], "before": ["old", None, "x"]})
    now = pl.DataFrame({"_record_id": [1, 2], "a": ["new", "new"], "b": ["left", "y"]})

    restored = undo.restored_values(lineage, changes, now, ("a", "b"))

    assert restored.select("id", "a", "b").rows() == [(1, "old", "left"), (2, None, "x")]


def test_the_counts_tell_what_comes_back_and_from_what():
    """ROL-4, ROL-10"""
    touched = pl.DataFrame({"id": [1, 2, 3, 4], "_act": ["update", "update", "retire", "reactivate"]})
    found = pl.DataFrame({"_why": ["gone", "changed since"]})

    assert undo.counted(
        deleted=9, undeleted=5, touched=touched, links_restored=4, links_deleted=2, found=found
    ) == {
        "deleted": 9,
        "undeleted": 5,
        "restored": 2,
        "unretired": 1,
        "reretired": 1,
        "links_restored": 4,
        "links_deleted": 2,
        "kept": 1,
        "gone": 1,
    }


def test_a_sighting_by_a_later_run_stays():
    """ROL-13"""
    columns = ("source", "external_id", "last_run", "said")
    image = pl.DataFrame(
        [("N", "a", 1, "x"), ("N", "b", 1, "y"), ("N", "deleted", 1, "z")],
        schema=columns,
        orient="row",
    )
    now = pl.DataFrame(
        [("N", "a", RUN, None), ("N", "b", LATER, None)],
        schema=columns,
        orient="row",
        infer_schema_length=None,
    )

    back = undo.restored_sightings(image, now, RUN)

    assert back.select(columns).rows() == [("N", "a", 1, "x"), ("N", "b", LATER, "y")]
