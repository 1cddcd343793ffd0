"""Which record a row means: its link, then the ladder, never "first match wins" (IDN-1, PRE-20, PACK-1)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from stocktake.planning.identity import matches

RUNGS = ("serial", "tag")

#: id → serial, tag of the stored records.
STORED: dict[int, tuple[str | None, str | None]] = {
    1: ("s1", "t1"),
    2: ("s2", "t2"),
    3: (None, "t3"),
    4: ("s4", None),
    5: ("s5", "shared"),
    6: ("s6", "shared"),
    7: ("twin", "t7"),
    8: ("twin", "t8"),
}


def found(
    *rows: tuple[str | None, str | None],
    links: dict[int, int] | None = None,
    keyless: tuple[int, ...] = (),
    known: tuple[int, ...] = (),
    known_keyless: tuple[int, ...] = (),
    naming: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Per row (serial, tag) what it leads to.

    links: row → record of its link. keyless: rows without an external id. known, known_keyless: records to which this
    source has links of other rows. naming: the rungs that name a record, where the source's own key is another one.
    """
    linked = links or {}
    frame = pl.DataFrame(
        {
            "_row": range(len(rows)),
            "_key": [f"k{row}" for row in range(len(rows))],
            "_keyless": [row in keyless for row in range(len(rows))],
            "_link_record": [linked.get(row) for row in range(len(rows))],
            "serial": [serial for serial, _ in rows],
            "tag": [tag for _, tag in rows],
        },
        schema_overrides={"_row": pl.UInt32, "_link_record": pl.Int64, "serial": pl.String, "tag": pl.String},
    )
    records = pl.DataFrame(
        {
            "_record_id": list(STORED),
            "serial": [serial for serial, _ in STORED.values()],
            "tag": [tag for _, tag in STORED.values()],
        },
        schema_overrides={"_record_id": pl.Int64, "serial": pl.String, "tag": pl.String},
    )
    every = [*linked.values(), *known, *known_keyless]
    held = pl.DataFrame(
        {
            "_record_id": every,
            "_keyless": [False] * len(linked) + [False] * len(known) + [True] * len(known_keyless),
            "_seen": [True] * len(every),
        },
        schema={"_record_id": pl.Int64, "_keyless": pl.Boolean, "_seen": pl.Boolean},
    )
    return matches(frame, held, records, RUNGS, naming=naming).sort("_row").to_dicts()


def verdict(row: dict[str, Any]) -> tuple[int | None, str]:
    """The record, and by what: ``ambiguous`` and ``conflict`` say so."""
    if row["ambiguous"]:
        return None, "ambiguous"
    if row["conflicting"]:
        return row["_record_id"], "conflict"
    return row["_record_id"], row["_matched_by"] or "new"


@pytest.mark.parametrize(
    ("serial", "tag", "expected"),
    [
        ("s1", "t1", (1, "serial")),
        ("s1", None, (1, "serial")),
        ("s1", "free", (1, "serial")),
        (None, "t1", (1, "tag")),
        (None, "t3", (3, "tag")),
        ("new", "t3", (3, "tag")),  # the record says nothing on the higher rung
        ("s4", "free", (4, "serial")),
        ("new", "free", (None, "new")),
        (None, None, (None, "new")),
    ],
)
def test_the_first_rung_that_leads_to_a_record_decides(
    serial: str | None, tag: str | None, expected: tuple[int | None, str]
):
    """IDN-1"""
    (row,) = found((serial, tag))

    assert verdict(row) == expected


@pytest.mark.parametrize(("serial", "tag"), [("s1", "t2"), ("s4", "t1"), ("s1", "t3"), ("s1", "shared")])
def test_a_lower_rung_that_leads_elsewhere_is_a_conflict(serial: str, tag: str):
    """IDN-1, PACK-1"""
    (row,) = found((serial, tag))

    assert verdict(row)[1] == "conflict"
    assert STORED[row["_candidates"][0]][1] == tag


def test_a_record_whose_higher_rung_says_otherwise_is_a_conflict():
    """PRE-20, PACK-1: the tag is taken by another serial."""
    (row,) = found(("new", "t1"))

    assert verdict(row)[1] == "conflict"


@pytest.mark.parametrize(
    ("serial", "tag"), [(None, "shared"), ("new", "shared"), ("twin", None), ("twin", "t7")]
)
def test_several_records_on_the_deciding_rung_are_ambiguous(serial: str | None, tag: str | None):
    """IDN-1: "first match wins" never happens."""
    (row,) = found((serial, tag))

    assert verdict(row) == (None, "ambiguous")
    assert len(row["_candidates"]) >= 1


def test_one_of_several_records_on_a_lower_rung_agrees():
    """IDN-1: the tag leads to the record that the serial led to, among others."""
    (row,) = found(("s5", "shared"))

    assert verdict(row) == (5, "serial")


def test_the_link_decides_before_the_ladder():
    """IDN-1: external id within the source comes first."""
    (row,) = found((None, "free"), links={0: 4})

    assert verdict(row) == (4, "external id")


@pytest.mark.parametrize(("serial", "tag"), [("s2", None), (None, "t2"), ("s4", "t2")])
def test_a_linked_row_that_leads_elsewhere_is_a_conflict(serial: str | None, tag: str | None):
    """PRE-20: not a silent re-point."""
    (row,) = found((serial, tag), links={0: 4})

    assert verdict(row) == (4, "conflict")


@pytest.mark.parametrize(
    ("serial", "tag", "expected"),
    [("new", "t1", "conflict"), ("s1", "new", "external id"), (None, "t1", "external id")],
)
def test_a_linked_row_that_names_another_record_is_a_conflict(serial: str | None, tag: str, expected: str):
    """PRE-20, IDN-1: a name that is not stored yet, too; a lower rung that leads nowhere is news."""
    (row,) = found((serial, tag), links={0: 1}, naming=("serial",))

    assert verdict(row) == (1, expected)
    assert row["_why"] == ("renamed" if expected == "conflict" else None)


def test_a_linked_record_without_a_name_gains_one():
    """PRE-20: nothing contradicts."""
    (row,) = found(("new", "t3"), links={0: 3}, naming=("serial",))

    assert verdict(row) == (3, "external id")


def test_several_rows_that_claim_one_record_all_conflict():
    """PRE-20: a record has one row."""
    rows = found(("new", "t3"), (None, "t3"), ("s1", "t1"))

    assert [verdict(row)[1] for row in rows] == ["conflict", "conflict", "serial"]


def test_a_linked_row_keeps_its_record_when_another_row_claims_it():
    """PRE-20"""
    rows = found((None, "t3"), ("new", "t3"), links={0: 3})

    assert [verdict(row) for row in rows] == [(3, "external id"), (3, "conflict")]


def test_rows_whose_links_lead_to_one_record_all_conflict():
    """PRE-20: a record has one row; an old external id is back beside the new one."""
    rows = found(("s1", "t1"), (None, "t1"), ("s2", "t2"), links={0: 1, 1: 1, 2: 2})

    assert [verdict(row) for row in rows] == [(1, "conflict"), (1, "conflict"), (2, "external id")]


def test_a_record_that_this_source_knows_under_another_key_is_not_adopted():
    """PRE-20"""
    (row,) = found(("s1", "t1"), known=(1,))

    assert verdict(row)[1] == "conflict"


def test_a_record_that_this_source_knows_without_key_gains_one():
    """IDN-1, PLN-26"""
    (row,) = found(("s1", "t1"), known_keyless=(1,))

    assert verdict(row) == (1, "serial")


def test_a_row_without_key_comes_to_a_record_that_its_source_knows():
    """PLN-26: it carries no identity that could contradict."""
    (row,) = found((None, "t1"), keyless=(0,), known=(1,))

    assert verdict(row) == (1, "tag")
