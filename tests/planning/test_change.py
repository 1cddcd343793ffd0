"""A source speaks when it changes: last said, incoming and current, three ways (PLN-15, PLN-19, TYP-10, BLK-1)."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, OnBlank, RecordType
from stocktake.planning import memory
from stocktake.planning.change import field_changes

NEVER = object()
KEEPS, BLANK = "(keeps)", "(blank)"

FIELDS = (
    Field(name="plain"),
    Field(name="fill", on_blank=OnBlank.FILL_ONLY),
    Field(name="once", initialise=True),
    Field(name="stamp", volatile=True),
)
TYPE = RecordType(name="thing", title="Thing", plural="Things", fields=FIELDS)
NAMES = tuple(each.name for each in FIELDS)


def met(field: str, *, last: Any, incoming: str | None, now: str | None, **others: Any) -> pl.DataFrame:
    """One row beside its record: what its source said last, says now, and what the record holds.

    last: NEVER, or what it said (None: a blank). incoming: null says nothing, "" clears. Other fields are silent,
    unless ``others`` gives them a new value.
    """
    entry = None if last is NEVER or last == now else json.dumps({field: last or ""})
    values: dict[str, Any] = {"_row": [0], "_record_id": [7], "_said": [entry], "_link_mapping": [1]}
    for name in NAMES:
        values[name] = [incoming if name == field else others.get(name)]
        values[f"{name}:now"] = [now if name == field else None]
    fed = [name for name in NAMES if not (name == field and last is NEVER)]
    frame = pl.DataFrame(
        values, schema_overrides=dict.fromkeys([*NAMES, *(f"{each}:now" for each in NAMES)], pl.String)
    )
    frame = frame.with_columns(pl.col("_said").cast(pl.String), pl.col("_row").cast(pl.UInt32))
    spoken = pl.DataFrame(
        {"_link_mapping": [1] * len(fed), "field": fed},
        schema={"_link_mapping": pl.Int64, "field": pl.String},
    )
    return memory.last_words(frame, NAMES, spoken, all_fields=NAMES)


def written(field: str, *, refresh: bool = False, **state: Any) -> str:
    """What a row writes into a field."""
    changes = field_changes(met(field, **state), TYPE, NAMES, refresh=refresh).filter(
        pl.col("field") == field
    )
    if changes.is_empty():
        return KEEPS
    (after,) = changes["after"]
    return BLANK if after is None else str(after)


# fmt: off
#: last said, incoming, current → written, written under --refresh
THREE_WAYS = [
    # the source has spoken, and the record holds what it said
    ("a",   "a",  "a",  KEEPS, KEEPS),
    ("a",   "b",  "a",  "b",   "b"),
    ("a",   "",   "a",  BLANK, BLANK),
    ("a",   None, "a",  KEEPS, KEEPS),
    # another has spoken since
    ("a",   "a",  "x",  KEEPS, "a"),
    ("a",   "b",  "x",  "b",   "b"),
    ("a",   "x",  "x",  KEEPS, KEEPS),
    ("a",   "",   "x",  BLANK, BLANK),
    ("a",   None, "x",  KEEPS, KEEPS),
    # another has cleared it since
    ("a",   "a",  None, KEEPS, "a"),
    ("a",   "b",  None, "b",   "b"),
    ("a",   "",   None, KEEPS, KEEPS),
    # the source said blank
    (None,  "",   None, KEEPS, KEEPS),
    (None,  "a",  None, "a",   "a"),
    (None,  "",   "x",  KEEPS, BLANK),
    (None,  "a",  "x",  "a",   "a"),
    (None,  None, "x",  KEEPS, KEEPS),
    # the source has never spoken for the field
    (NEVER, "a",  None, "a",   "a"),
    (NEVER, "a",  "x",  "a",   "a"),
    (NEVER, "x",  "x",  KEEPS, KEEPS),
    (NEVER, "",   "x",  KEEPS, BLANK),
    (NEVER, "",   None, KEEPS, KEEPS),
    (NEVER, None, "x",  KEEPS, KEEPS),
]
# fmt: on


@pytest.mark.parametrize(("last", "incoming", "now", "expected", "refreshed"), THREE_WAYS)
def test_a_field_is_written_where_the_source_says_something_else_than_last_time(
    last: Any, incoming: str | None, now: str | None, expected: str, refreshed: str
):
    """PLN-15, PLN-19, BLK-1"""
    state = {"last": last, "incoming": incoming, "now": now}

    assert written("plain", **state) == expected
    assert written("plain", refresh=True, **state) == refreshed


@pytest.mark.parametrize("field", ["fill", "once"])
@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize(
    ("last", "incoming", "now", "expected"),
    [
        ("a", "b", "a", KEEPS),
        ("a", "", "a", KEEPS),
        (NEVER, "b", "a", KEEPS),
        (NEVER, "b", None, "b"),
        ("a", "a", None, "a"),
        ("a", "", None, KEEPS),
        ("a", None, None, KEEPS),
    ],
)
def test_a_field_that_is_only_filled_is_never_overwritten(
    field: str, refresh: bool, last: Any, incoming: str | None, now: str | None, expected: str
):
    """BLK-1, PRE-24: fill_only and initialise"""
    assert written(field, refresh=refresh, last=last, incoming=incoming, now=now) == expected


def test_a_volatile_value_alone_is_no_change():
    """TYP-10"""
    assert written("stamp", last="a", incoming="b", now="a") == KEEPS


def test_a_volatile_value_comes_with_a_real_change_and_does_not_count():
    """TYP-10"""
    changes = field_changes(
        met("stamp", last="a", incoming="b", now="a", plain="new"), TYPE, NAMES, refresh=False
    )

    assert changes.select("field", "before", "after", "counted").rows() == [
        ("plain", None, "new", True),
        ("stamp", "a", "b", False),
    ]


def test_a_change_tells_the_row_the_record_and_the_value_before():
    """PLN-6: from → to"""
    (change,) = field_changes(
        met("plain", last="a", incoming="b", now="x"), TYPE, NAMES, refresh=False
    ).to_dicts()

    assert change == {
        "_row": 0,
        "_record_id": 7,
        "field": "plain",
        "before": "x",
        "after": "b",
        "counted": True,
    }


# ---------------------------------------------------------------- what the link remembers


def remembers(*, refresh: bool = False, **state: Any) -> dict[str, str]:
    """The link's memory after a row."""
    (said,) = memory.own_memory(met("plain", **state), TYPE, NAMES, NAMES, refresh=refresh)["_said"]
    return json.loads(said) if said else {}


@pytest.mark.parametrize(
    ("last", "incoming", "now", "expected"),
    [
        ("a", "a", "a", {}),
        ("a", "a", "x", {"plain": "a"}),  # repeats what was overwritten
        ("a", None, "x", {"plain": "a"}),  # says nothing
        ("a", "x", "x", {}),  # agrees by now
        ("a", "b", "x", {}),  # is written
        (None, "", "x", {"plain": ""}),  # repeats its blank
        (NEVER, "", "x", {"plain": ""}),  # a first blank, which clears nothing
        (NEVER, "a", "x", {}),
        (NEVER, None, "x", {"plain": ""}),  # has not said what the record holds
    ],
)
def test_a_link_remembers_what_the_record_no_longer_says(
    last: Any, incoming: str | None, now: str | None, expected: dict[str, str]
):
    """PLN-19"""
    assert remembers(last=last, incoming=incoming, now=now) == expected


@pytest.mark.parametrize("incoming", ["a", ""])
def test_after_a_refresh_there_is_nothing_to_remember(incoming: str):
    """PLN-15, PLN-19"""
    assert remembers(refresh=True, last="a", incoming=incoming, now="x") == {}


def test_fields_that_the_file_no_longer_feeds_are_remembered_as_they_were_said():
    """PLN-19, BLK-1: blank where the source had said nothing else."""
    frame = met("plain", last="a", incoming="a", now="x")

    (said,) = memory.own_memory(frame, TYPE, ("fill",), NAMES, refresh=False)["_said"]

    assert json.loads(said) == {"plain": "a", "once": "", "stamp": ""}


@pytest.mark.parametrize("text", ['a"b', "a\\b", "ä\u2028", "{}", "null", " ", "😀", "a\nb"])
def test_any_text_is_remembered_as_it_is(text: str):
    frame = pl.DataFrame({"plain": [text], "fill": [None]}, schema_overrides={"fill": pl.String})

    back = memory.remembered(memory.said(frame, ("plain", "fill")), ("plain", "fill"))

    assert back.to_dicts() == [{"plain": text, "fill": None}]


def test_nothing_to_remember_is_null():
    frame = pl.DataFrame({"plain": [None, "a"]}, schema_overrides={"plain": pl.String})

    assert memory.said(frame, ("plain",)).to_list() == [None, '{"plain":"a"}']


def overwritten(said: str | None, *, spoken: bool = True, before: str | None = "a") -> list[dict[str, Any]]:
    """The memory of TELUS after another source has written ``plain``."""
    found = memory.overwritten(
        pl.DataFrame(
            {"_record_id": [7], "field": ["plain"], "before": [before]},
            schema_overrides={"before": pl.String},
        ),
        pl.DataFrame(
            {"_source": ["TELUS"], "_key": ["k"], "_record_id": [7], "_link_mapping": [1], "_said": [said]},
            schema_overrides={"_said": pl.String},
        ),
        pl.DataFrame({"_link_mapping": [1], "field": ["plain" if spoken else "fill"]}),
        NAMES,
    )
    return [json.loads(each) for each in found["_said"]]


def test_who_overwrites_a_value_writes_down_who_said_it():
    """PLN-19"""
    assert overwritten(None) == [{"plain": "a"}]
    assert overwritten(None, before=None) == [{"plain": ""}]


def test_what_was_written_down_stays():
    """PLN-19: the record already held something else than TELUS said."""
    assert overwritten('{"plain":"said","fill":"f"}') == [{"plain": "said", "fill": "f"}]


def test_a_source_that_never_spoke_for_the_field_is_not_overwritten():
    """PLN-19"""
    assert overwritten(None, spoken=False) == []
