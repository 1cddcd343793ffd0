"""What a person decides of rows in conflict: which records they may be, what moves, what others give up (PRE-20)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, RecordType
from stocktake.planning import ruling

NAMES = ("_rung0", "_rung1")
LADDER = pl.DataFrame(
    {
        "_record_id": [1, 2, 3],
        "_rung0": ["s1", "s2", "s3"],
        "_rung1": ["t1", "t2", "t2"],
    }
)


def torn(*rows: tuple[int | None, str | None, str | None]) -> pl.DataFrame:
    """Rows in conflict: the record of their link, serial, tag."""
    return pl.DataFrame(
        [(place, *row) for place, row in enumerate(rows)],
        schema={"_row": pl.UInt32, "_link_record": pl.Int64, "_rung0": pl.String, "_rung1": pl.String},
        orient="row",
    )


def ruled(**columns: Any) -> pl.DataFrame:
    """One row that was decided: ``S1`` of record 1 unless said otherwise."""
    usual = {"_row": 0, "_line": 2, "_key": "s1", "_key_raw": "S1", "_keyless": False, "_to": None}
    link = {"_link": 0, "_had": 1, "_present": True, "_aside": None, "_aside_raw": None}
    return pl.DataFrame([{**usual, **link, **columns}], schema=ruling.RULED)


def kind(*, unique: bool) -> RecordType:
    return RecordType(
        name="device",
        title="Device",
        plural="Devices",
        fields=(Field(name="serial"), Field(name="tag", unique=unique), Field(name="size")),
        external_id=("serial",),
        identity=(("serial",), ("tag",), ("tag", "size")),
    )


def test_every_record_that_a_row_leads_to_is_told_with_how():
    """PRE-20"""
    found = ruling.contested(torn((1, "s1", "t2"), (None, None, "t1")), LADDER, NAMES)

    assert found.rows() == [
        (0, 1, "external id,_rung0"),
        (0, 2, "_rung1"),
        (0, 3, "_rung1"),
        (1, 1, "_rung1"),
    ]


def test_of_an_identity_that_very_many_share_the_first_are_told():
    """PRE-20"""
    crowd = pl.DataFrame({"_record_id": range(100), "_rung0": None, "_rung1": "n/a"}, schema=LADDER.schema)

    found = ruling.contested(torn((None, None, "n/a")), crowd, NAMES)

    assert found["_record_id"].to_list() == list(range(ruling.TOLD))


@pytest.mark.parametrize(
    ("to", "had", "aside"),
    [(None, 1, ("s1~1", "S1~1")), (2, 1, ("s1~1", "S1~1")), (1, 1, (None, None)), (2, None, (None, None))],
)
def test_a_link_moves_aside_where_its_id_is_another_records(
    to: int | None, had: int | None, aside: tuple[str, str]
):
    """PRE-20"""
    found = ruling.asides(ruled(_to=to, _had=had), [pl.Series(["s1", "s2"])], 7)

    assert found.select("_aside", "_aside_raw").row(0) == aside


def test_a_key_that_is_there_already_is_not_taken_again():
    """PRE-20"""
    found = ruling.asides(ruled(), [pl.Series(["s1"]), pl.Series(["s1~1"])], 7)

    assert found.select("_aside", "_aside_raw").row(0) == ("s1~1~7", "S1~1~7")


@pytest.mark.parametrize(("to", "expected"), [(None, [1, 2, 3]), (1, [2, 3]), (2, [1, 3])])
def test_others_give_up_what_no_two_records_may_share(to: int | None, expected: list[int]):
    """PRE-20, PACK-1"""
    rows = torn((1, "s1", "t2"))
    reached = ruling.contested(rows, LADDER, NAMES, limit=None)

    found = ruling.claims(ruled(_to=to), reached, rows, NAMES)

    assert found["_record_id"].sort().to_list() == expected
    assert dict(found.select("_rung", "_text").rows()).items() <= {"_rung0": "s1", "_rung1": "t2"}.items()


def test_what_another_row_says_too_is_not_given_up():
    """PRE-20, PACK-1"""
    rows = torn((1, "s1", "t2"), (None, "s9", "t2"))
    reached = ruling.contested(rows.head(1), LADDER, NAMES, limit=None)

    found = ruling.claims(ruled(), reached, rows, NAMES).filter(pl.col("_rung") == "_rung1")

    assert found["_text"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("unique", "expected"), [(True, ("_rung0", "_rung1", "_rung2")), (False, ("_rung0",))]
)
def test_the_external_id_and_unique_fields_belong_to_one_record(unique: bool, expected: tuple[str, ...]):
    """PRE-20: a name and a size may be those of two."""
    assert ruling.exclusive_rungs(kind(unique=unique), ()) == expected


def test_a_row_that_does_not_act_keeps_its_link():
    """PRE-20, PRE-34"""
    rows = pl.DataFrame(
        {
            "_row": [0, 1],
            "_action": ["reject", "create"],
            "_link": None,
            "_link_record": None,
            "_link_present": None,
        },
        schema={
            "_row": pl.UInt32,
            "_action": pl.String,
            "_link": pl.UInt32,
            "_link_record": pl.Int64,
            "_link_present": pl.Boolean,
        },
    )
    told = pl.concat([ruled(_aside="s1~1"), ruled(_row=1, _link=5, _had=2, _aside="s2~2")])

    after, standing = ruling.standing(rows, told)

    assert after.select("_link", "_link_record", "_link_present").rows() == [(0, 1, True), (None, None, None)]
    assert standing["_row"].to_list() == [1]
