"""What a snapshot did not see, and who keeps it (PRE-3, PRE-6, PRE-7, PRE-31)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from stocktake.model.options import ImportOptions
from stocktake.model.source import Existence, MissingPolicy, Source
from stocktake.planning import sweep
from stocktake.planning.linked import LinkSearch

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SOURCE = Source(name="NINJAONE", record_types=("device",), tracks_presence=True)


def own_links(*links: tuple[str, int, bool, bool]) -> pl.DataFrame:
    """This source's links: key, record, present, keyless."""
    return pl.DataFrame(
        links,
        schema={"_key": pl.String, "_record_id": pl.Int64, "_present": pl.Boolean, "_keyless": pl.Boolean},
        orient="row",
    )


def unseen(links: pl.DataFrame, *rows: tuple[str, bool, int | None]) -> list[str]:
    """The keys of ``links`` that rows of a file do not see; a row: key, keyless, the record it came to."""
    schema = {"_key": pl.String, "_keyless": pl.Boolean, "_record_id": pl.Int64}
    nothing = {"_faulty": False, "collision": False}
    read = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        duplicate=~pl.struct("_key", "_keyless").is_first_distinct(), **nothing, _hash=pl.lit(b"new")
    )
    search = LinkSearch(read, pl.DataFrame(schema={"_record_id": pl.Int64}), mapping_id=1, refresh=False)
    search.meet(links.with_columns(_hash=pl.lit(b"old"), _mapping=pl.lit(1)))
    linked = search.linked()
    met = linked.rows.with_columns(_action=pl.lit("unchanged"))
    return sweep.unseen(linked.open_links, met)["_key"].to_list()


def test_missing_is_a_present_link_that_no_row_carries():
    """PRE-6: decided by keys, never by clocks."""
    links = own_links(("a", 1, True, False), ("b", 2, True, False), ("gone", 3, False, False))

    assert unseen(links, ("a", False, 1), ("a", False, 1), ("new", False, None)) == ["b"]


def test_links_without_external_id_take_no_part():
    """PRE-3"""
    assert unseen(own_links(("hash:1", 1, True, True))) == []


def test_a_row_without_external_id_carries_no_key():
    """PRE-3: not even one that reads like its content."""
    links = own_links(("a", 1, True, False))

    assert unseen(links, ("a", True, None)) == ["a"]


def test_a_record_that_a_row_came_to_by_a_lower_identity_is_not_missing():
    """PRE-7, IDN-1"""
    links = own_links(("a", 1, True, False), ("b", 2, True, False))

    assert unseen(links, ("hash:1", True, 1)) == ["b"]


def test_a_link_whose_record_has_another_external_id_by_now_is_absent():
    """PRE-19, PRE-32: the record is there, and what it went by is gone."""
    links = own_links(("a", 1, True, False), ("b", 2, True, False))
    rows = (("a2", False, 1), ("b", False, 2))

    assert unseen(links, *rows) == ["a"]
    read = pl.DataFrame(
        [(*each, "unchanged") for each in rows],
        schema={"_key": pl.String, "_keyless": pl.Boolean, "_record_id": pl.Int64, "_action": pl.String},
        orient="row",
    )
    assert sweep.rekeyed(read, pl.Series([1, 7])).to_list() == [1]


def keeping(
    *others: tuple[str, str, int, bool], keepers: tuple[str, ...] = ("NINJAONE", "TELUS")
) -> str | None:
    """Who keeps record 1, which NINJAONE misses under the key ``a``; others: source, key, record, present."""
    absent = own_links(("a", 1, True, False))
    links = pl.DataFrame(
        [("NINJAONE", "a", 1, True), *others],
        schema={"_source": pl.String, "_key": pl.String, "_record_id": pl.Int64, "_present": pl.Boolean},
        orient="row",
    ).with_columns(_keyless=pl.col("_key").str.contains(":", literal=True))
    held = tuple(Source(name=each, record_types=("device",), tracks_presence=True) for each in keepers)
    known = links.with_columns(
        _missed=pl.lit(0),
        _missing_since=pl.lit(None, dtype=pl.String),
        _held_run=pl.lit(None, dtype=pl.Int64),
    )
    (row,) = sweep.presence_elsewhere(absent, known, SOURCE, held, NOW).to_dicts()
    kept: str | None = row["_elsewhere"]
    return kept


def test_a_present_link_of_another_source_keeps_the_record():
    """PRE-7"""
    assert keeping(("TELUS", "x", 1, True)) == "TELUS"


def test_all_that_keep_it_are_named_in_order():
    """PLN-6: still present elsewhere: where."""
    others = (("TELUS", "x", 1, True), ("ROGERS", "y", 1, True))

    assert keeping(*others, keepers=("TELUS", "ROGERS")) == "ROGERS, TELUS"


def test_a_missing_link_keeps_nothing():
    """PRE-7, PRE-32"""
    assert keeping(("TELUS", "x", 1, False)) is None


def test_a_link_without_external_id_keeps_nothing():
    """PRE-3"""
    assert keeping(("TELUS", "hash:1", 1, True)) is None


def test_a_source_that_is_no_keeper_keeps_nothing():
    """PRE-2, PRE-31"""
    assert keeping(("MANUAL", "x", 1, True)) is None


def test_a_second_link_of_the_source_itself_keeps_the_record():
    """PRE-7: it is still in the file, under another key."""
    assert keeping(("NINJAONE", "b", 1, True)) == "NINJAONE"


def test_a_link_of_another_record_says_nothing():
    assert keeping(("TELUS", "x", 2, True)) is None


def facts(
    *, creator: str = "NINJAONE", keep: tuple[int, ...] = (), referred: tuple[int, ...] = (), **settings: Any
) -> dict[str, Any]:
    """The facts of record 1, which nobody else has."""
    source = Source(name="NINJAONE", record_types=("device",), tracks_presence=True, **settings)
    records = pl.DataFrame({"_record_id": [1], "_retired": [False], "_creator": [creator]})
    elsewhere = pl.DataFrame(
        {"_record_id": [1], "_elsewhere": [None]}, schema_overrides={"_elsewhere": pl.String}
    )
    (row,) = sweep.absent_facts(
        own_links(("a", 1, True, False)).with_columns(
            _missed=pl.lit(0), _missing_since=pl.lit(None, dtype=pl.String)
        ),
        records,
        elsewhere,
        pl.Series(referred, dtype=pl.Int64),
        source=source,
        options=ImportOptions(keep=keep),
        holding=False,
        at=NOW,
    ).to_dicts()
    return row


@pytest.mark.parametrize(
    ("existence", "creator", "retirable"),
    [
        (Existence.AUTHORITATIVE, "NINJAONE", True),
        (Existence.AUTHORITATIVE, "MANUAL", True),
        (Existence.SUPPORTING, "NINJAONE", True),
        (Existence.SUPPORTING, "MANUAL", False),
        (Existence.NONE, "NINJAONE", False),
        (Existence.NONE, "MANUAL", False),
    ],
)
def test_authority_says_what_absence_may_retire(existence: Existence, creator: str, retirable: bool):
    """PRE-31"""
    assert facts(existence=existence, creator=creator)["retirable"] is retirable


@pytest.mark.parametrize("existence", [Existence.AUTHORITATIVE, Existence.SUPPORTING])
@pytest.mark.parametrize(
    "settings",
    [
        {"missing_policy": MissingPolicy.FLAG},
        {"missing_policy": MissingPolicy.IGNORE},
        {"observe_only": True},
    ],
)
def test_a_source_that_only_flags_or_is_only_observed_retires_nothing(
    existence: Existence, settings: dict[str, Any]
):
    """PRE-2, PRE-23"""
    assert facts(existence=existence, **settings)["retirable"] is False


def test_what_the_operator_keeps_is_kept():
    """PRE-18"""
    assert facts(keep=(1,))["kept"] is True
    assert facts(keep=(2,))["kept"] is False


def test_history_tells_what_went_missing_once_unless_it_is_held_or_was_retired_already():
    """HIS-2, HIS-7, PRE-32"""
    absent = pl.DataFrame(
        {
            "_record_id": [1, 2, 3, 4, 5, 6],
            "_action": ["retire", "missing", "missing", "held", "retire", "retire"],
            "_rule": ["gone", "elsewhere", "retired-already", "held", "gone", "gone"],
            "_waited": [False, False, False, False, False, True],
            "status": ["A", "B", "C", "D", None, "F"],
        }
    )

    assert sweep.removals(absent, ("status",)).select("_record_id", "from_value", "to_value").rows() == [
        (1, "A", "removed_from_export"),
        (2, "B", "removed_from_export"),
    ]
