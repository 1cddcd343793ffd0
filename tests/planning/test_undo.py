"""What of a run's changes is taken back, and what comes back (ROL-2, ROL-4, ROL-5, ROL-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, FieldType, Lifecycle, RecordType
from stocktake.planning import blocking, hindrance, undo
from stocktake.ports.frame import CHANGES, LINEAGE

RUN, LATER, EARLIER = 5, 6, 3
THING = RecordType(
    name="thing",
    title="Thing",
    plural="Things",
    fields=(
        Field(name="a"),
        Field(name="b"),
        Field(name="status", type=FieldType.CHOICE, choices=("HERE", "GONE")),
    ),
    lifecycle=Lifecycle(field="status", retired="GONE", on_create="HERE", on_reactivate="HERE"),
)


def lineage(**values: Any) -> pl.DataFrame:
    """The lineage of record 1."""
    return pl.DataFrame([{**dict.fromkeys(LINEAGE), "id": 1, **values}], schema=LINEAGE)


def verdict(
    *changes: tuple[str, str, str | None, str | None],
    now: Mapping[str, str | None],
    present: dict[str, Any],
    image: dict[str, Any] | None = None,
    rewritten: tuple[str, ...] = (),
    given_up: tuple[str, ...] = (),
    dangling: tuple[str, ...] = (),
    taken: tuple[str, ...] = (),
    held: bool = False,
) -> undo.Verdict:
    """Of changes to record 1: ``field, act, before, after``."""
    marks = {"record_id": pl.Int64, "field": pl.String}
    return undo.verdict(
        pl.DataFrame([(1, *each) for each in changes], schema=CHANGES, orient="row"),
        pl.DataFrame(
            [{"_record_id": 1, **now}], schema={"_record_id": pl.Int64, **dict.fromkeys(now, pl.String)}
        ),
        lineage(changed_run=EARLIER, row_run=EARLIER, **(image or {})),
        lineage(**present),
        record_type=THING,
        run_id=RUN,
        rewritten=pl.DataFrame([(1, each) for each in rewritten], schema=marks, orient="row"),
        given_up=pl.DataFrame([(1, each) for each in given_up], schema=marks, orient="row"),
        dangling=pl.DataFrame([(1, each) for each in dangling], schema=marks, orient="row"),
        taken=pl.DataFrame([(1, each) for each in taken], schema=marks, orient="row"),
        held=pl.Series([1] if held else [], dtype=pl.Int64),
    )


def back(found: undo.Verdict) -> dict[str, tuple[str | None, str | None]]:
    """Field → what it gets, and what it has."""
    return {row["field"]: (row["before"], row["after"]) for row in found.changes.to_dicts()}


TWO = (("a", "update", "old", "new"), ("b", "update", None, "new"))


def test_what_the_run_left_as_it_is_goes_back_with_its_lineage():
    """ROL-2"""
    found = verdict(*TWO, now={"a": "new", "b": "new"}, present={"changed_run": RUN, "row_run": RUN})

    assert back(found) == {"a": ("old", "new"), "b": (None, "new")}
    (told,) = found.lineage.to_dicts()
    assert (told["changed_run"], told["row_run"]) == (EARLIER, EARLIER)
    assert found.kept.is_empty()


def test_a_field_that_has_another_value_by_now_stays():
    """ROL-5: and the run that changed the record last stays its last."""
    found = verdict(*TWO, now={"a": "other", "b": "new"}, present={"changed_run": LATER, "row_run": RUN})

    assert (back(found), found.kept["field"].to_list()) == ({"b": (None, "new")}, ["a"])
    (told,) = found.lineage.to_dicts()
    assert (told["changed_run"], told["row_run"]) == (LATER, EARLIER)


def test_a_value_that_a_later_run_wrote_is_its_own_though_it_is_the_same():
    """ROL-5"""
    found = verdict(
        *TWO, now={"a": "new", "b": "new"}, present={"changed_run": LATER, "row_run": RUN}, rewritten=("a",)
    )

    assert (back(found), found.kept["field"].to_list()) == ({"b": (None, "new")}, ["a"])


def test_a_record_of_which_every_field_stays_is_not_touched():
    """ROL-5"""
    found = verdict(*TWO, now={"a": "x", "b": "y"}, present={"changed_run": LATER, "row_run": RUN})

    assert (found.changes.height, found.lineage.height) == (0, 0)


def test_a_row_that_a_later_file_brought_stays_the_records_row():
    """ROL-5, LIN-1"""
    found = verdict(*TWO, now={"a": "new", "b": "y"}, present={"changed_run": LATER, "row_run": LATER})

    assert found.lineage["row_run"].to_list() == [LATER]


def test_values_by_hand_are_given_up_and_dangling_ones_stay():
    """ROL-5"""
    now = {"a": "by hand", "b": "new"}
    found = verdict(*TWO, now=now, present={"changed_run": LATER}, given_up=("a",), dangling=("b",))

    assert (back(found), found.kept["field"].to_list()) == ({"a": ("old", "by hand")}, ["b"])


@pytest.mark.parametrize(
    ("now", "retired_run", "held", "goes_back"),
    [
        ("GONE", RUN, False, True),
        ("GONE", LATER, False, False),
        ("HERE", None, False, False),
        ("GONE", RUN, True, False),
    ],
)
def test_a_retirement_goes_back_with_its_status_or_not_at_all(
    now: str, retired_run: int | None, held: bool, goes_back: bool
):
    """ROL-5, PRE-17: as the run left it, and no link of the record written since."""
    at = "2026-01-01T00:00:00.000000Z" if retired_run else None
    found = verdict(
        ("status", "retire", "HERE", "GONE"),
        now={"status": now},
        present={"changed_run": RUN, "retired_run": retired_run, "retired_at": at},
        held=held,
    )

    assert (found.turned.to_list(), "status" in back(found)) == ([1] if goes_back else [], goes_back)
    if goes_back:
        assert found.lineage["retired_run"].to_list() == [None]


def test_a_return_without_a_status_goes_back():
    """ROL-2: only the lineage says that there was one."""
    image = {"retired_at": "2026-01-01T00:00:00.000000Z", "retired_by": "source", "retired_run": EARLIER}
    found = verdict(now={}, present={"changed_run": RUN, "row_run": RUN}, image=image)

    assert (found.turned.to_list(), found.lineage["retired_run"].to_list()) == ([1], [EARLIER])


def test_only_the_fields_that_the_run_changed_get_their_earlier_values():
    """ROL-2, ROL-5"""
    before = pl.DataFrame(
        {"id": [1, 2], "changed_run": [None, 3]}, schema_overrides={"changed_run": pl.Int64}
    )
    changes = pl.DataFrame({"record_id": [1, 2, 2], "field": ["a", "a", "b"], "before": ["old", None, "x"]})
    now = pl.DataFrame({"_record_id": [1, 2], "a": ["new", "new"], "b": ["left", "y"]})

    restored = undo.restored_values(before, changes, now, ("a", "b"))

    assert restored.select("id", "a", "b").rows() == [(1, "old", "left"), (2, None, "x")]


def test_the_counts_tell_what_comes_back_and_from_what():
    """ROL-4, ROL-10: a return that stays, with other values restored, is no retirement."""
    changes = pl.DataFrame(
        {"record_id": [1, 2, 3, 4, 5], "act": ["update", "update", "retire", "reactivate", "reactivate"]}
    )
    touched, turned = pl.Series([1, 2, 3, 4, 5]), pl.Series([3, 4])

    assert undo.acts(touched, changes, turned) == {"restored": 3, "unretired": 1, "reretired": 1}


def test_each_record_stands_once_under_the_first_reason():
    """ROL-4"""
    ids = pl.DataFrame({"_record_id": [4, 1], "_by_run": [LATER, LATER]})
    found = hindrance.once(
        pl.concat(
            [
                hindrance.hindered(ids, "thing", hindrance.KEPT, "changed since"),
                hindrance.hindered(ids.head(1), "thing", hindrance.GONE, "gone"),
            ]
        )
    )

    assert found.select("_record_id", "_why").rows() == [(1, "changed since"), (4, "changed since")]
    assert hindrance.counts(found) == {"kept": 2, "blocked": 0, "gone": 0}


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

    found = undo.restored_sightings(image, now, RUN)

    assert found.select(columns).rows() == [("N", "a", 1, "x"), ("N", "b", LATER, "y")]


def test_a_link_keeps_only_what_it_remembers_of_later_values():
    """PLN-19, ROL-5"""
    key = {"source": ["N"], "external_id": ["k"]}
    image = pl.DataFrame({**key, "record_id": [1], "said": ['{"b":"before"}'], "changed_run": [EARLIER]})
    now = pl.DataFrame({**key, "record_id": [1], "said": ['{"a":"x","b":"since"}'], "changed_run": [LATER]})
    edited = pl.DataFrame({"record_id": [1], "field": ["a"]})

    (found,) = undo.with_later_words(image, now, edited, ("a", "b")).to_dicts()

    assert (found["said"], found["changed_run"]) == ('{"a":"x","b":"before"}', LATER)


def test_ids_lie_in_stretches():
    """HEA-7"""
    assert undo.ranges(pl.Series([1, 2, 3, 7, 9, 10])).rows() == [(1, 3), (7, 7), (9, 10)]


# ---------------------------------------------------------------- who keeps whom


def nodes(*found: str) -> pl.DataFrame:
    return pl.DataFrame([(each[0], int(each[1:])) for each in found], schema=blocking.NODES, orient="row")


def edges(*found: tuple[str, str]) -> pl.DataFrame:
    """``("d1", "a1")``: deal 1 refers to account 1."""
    return pl.DataFrame(
        [(by[0], int(by[1:]), None, None, "f", to[0], int(to[1:])) for by, to in found],
        schema=blocking.EDGES,
        orient="row",
    )


def named(found: pl.DataFrame) -> set[str]:
    return {f"{kind}{number}" for kind, number in found.rows()}


def test_a_record_stays_when_one_that_stays_refers_to_it_or_to_one_that_refers_to_it():
    """ROL-4"""
    told = edges(("d1", "a1"), ("a1", "a2"), ("a3", "a4"), ("a5", "a5"))

    assert named(blocking.staying(nodes("a1", "a2", "a3", "a4", "a5"), told)) == {"a1", "a2"}


def test_records_are_taken_along_only_with_one_that_goes():
    """ROL-5: d2 refers to one that stays for d3's sake, and d4 to nothing but d2."""
    told = edges(("d1", "a1"), ("d2", "a2"), ("d3", "a2"), ("d4", "d2"), ("d5", "d1"))
    mine, taken = nodes("a1", "a2"), nodes("d1", "d2", "d4", "d5")

    stuck = blocking.staying(pl.concat([mine, taken]), told)
    going = mine.join(stuck, on=["type", "id"], how="anti")

    assert (named(stuck), named(going)) == ({"a2"}, {"a1"})
    assert named(blocking.needed(taken, going, told)) == {"d1", "d5"}
