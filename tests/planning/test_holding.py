"""Who holds a field: a matrix of who has given the value, who speaks, and what has changed (PRE-24, PLN-15, PLN-19)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, RecordType
from stocktake.planning import holding, memory
from stocktake.planning.change import field_changes

ORDER = ("NINJAONE", "TELUS")
FIELDS = (
    Field(name="ranked", authority=ORDER),
    Field(name="locked", locked=True),
    Field(name="both", authority=ORDER, locked=True),
    Field(name="once", initialise=True),
)
TYPE = RecordType(name="thing", title="Thing", plural="Things", fields=FIELDS)
NAMES = tuple(each.name for each in FIELDS)
COLUMNS = ("speaks", "others", "held", "last", "says", "now", "becomes", "remembers")

#: Mapping 1 feeds every field, mapping 2 none.
SPOKEN = pl.DataFrame(
    {"_link_mapping": [1] * len(NAMES), "field": NAMES}, schema_overrides={"_link_mapping": pl.Int64}
)


def cases() -> Iterator[Any]:
    told = tomllib.loads((Path(__file__).parent / "holding.toml").read_text(encoding="utf-8"))
    for field, table in told.items():
        for each in table["cases"]:
            yield pytest.param(
                field, dict(zip(COLUMNS, each, strict=True)), id=f"{field}: {' | '.join(each)}"
            )


def links(field: str, told: str, now: str) -> pl.DataFrame:
    """The other links of record 7, as the store gives them."""
    lines = []
    for each in filter(None, (part.strip() for part in told.split(","))):
        name, _, word = each.partition("=")
        said = None if word == now else json.dumps({field: word})
        lines.append((name.removeprefix("gone "), 7, not name.startswith("gone "), 1, said))
    schema = {
        "_source": pl.String,
        "_record_id": pl.Int64,
        "_present": pl.Boolean,
        "_link_mapping": pl.Int64,
        "_said": pl.String,
    }
    return pl.DataFrame(lines, schema=schema, orient="row")


def beside(field: str, case: dict[str, str]) -> pl.DataFrame:
    """The row beside its record and those who hold it."""
    never = case["last"] == "never"
    entry = None if never or case["last"] == case["now"] else json.dumps({field: case["last"]})
    says = None if case["says"] == "nothing" else case["says"]
    values: dict[str, Any] = {
        "_row": [0],
        "_record_id": [7],
        "_said": [entry],
        "_link_mapping": [2 if never else 1],
    }
    for name in NAMES:
        values[name] = [says if name == field else None]
        values[f"{name}:now"] = [(case["now"] or None) if name == field else None]
    text = dict.fromkeys(["_said", *NAMES, *(f"{each}:now" for each in NAMES)], pl.String)
    frame = pl.DataFrame(values, schema_overrides={"_row": pl.UInt32, **text})
    words = memory.last_words(frame, NAMES, SPOKEN, all_fields=NAMES)
    hands = [field] if case["held"] else []
    edits = pl.DataFrame(
        {"record_id": [7] * len(hands), "field": hands}, schema={"record_id": pl.Int64, "field": pl.String}
    )
    held = holding.with_hands(words, holding.restrained(TYPE, NAMES), edits)
    others = links(field, case["others"], case["now"])
    return holding.with_ranks(held, TYPE, holding.ranked(TYPE, NAMES), case["speaks"], others, SPOKEN)


@pytest.mark.parametrize(("field", "case"), list(cases()))
def test_who_holds_a_field_decides_what_becomes_of_a_word(field: str, case: dict[str, str]):
    """PRE-24, PLN-15"""
    found = beside(field, case)

    changes = field_changes(found, TYPE, NAMES, refresh=False)

    after = changes["after"].to_list() or [case["now"] or None]
    assert after == [case["becomes"] or None]


@pytest.mark.parametrize(("field", "case"), list(cases()))
def test_a_word_that_loses_is_kept_with_its_link(field: str, case: dict[str, str]):
    """PRE-24, PLN-19"""
    frame = beside(field, case).with_columns(_stays=pl.lit(value=False))

    (said,) = memory.own_memory(frame, TYPE, (field,), (field,), refresh=False)["_said"]

    expected = {} if case["remembers"] == "none" else {field: case["remembers"]}
    assert (json.loads(said) if said else {}) == expected


@pytest.mark.parametrize(
    ("field", "case"),
    [each for each in cases() if each.values[0] != "once"],
)
def test_what_is_kept_is_told_with_who_stands_against_it(field: str, case: dict[str, str]):
    """PRE-24: the preview shows what a person keeps, and what a higher source does."""
    found = holding.kept(beside(field, case), TYPE, holding.restrained(TYPE, NAMES)).to_dicts()

    declared = TYPE[field]
    differs = case["says"] not in ("nothing", case["now"])
    by_hand = declared.locked and case["held"] == "hand"
    above = (
        bool(declared.authority) and case["speaks"] != "NINJAONE" and case["others"].startswith("NINJAONE=A")
    )
    above |= bool(declared.authority) and case["speaks"] == "EXCEL" and case["others"].startswith("TELUS=B")
    expected = "hand" if by_hand else "rank"
    assert [each["why"] for each in found] == [expected] * (differs and (by_hand or above))


def test_a_refresh_takes_nothing_from_those_who_hold_a_field():
    """PRE-24, PLN-15: every value of the file is taken again, but for these."""
    case = dict(zip(COLUMNS, ("TELUS", "NINJAONE=A", "", "B", "B", "A", "A", "B"), strict=True))

    assert field_changes(beside("ranked", case), TYPE, NAMES, refresh=True).is_empty()
    assert field_changes(beside("locked", {**case, "held": "hand"}), TYPE, NAMES, refresh=True).is_empty()


def test_counts_are_there_where_no_field_minds():
    """INT-2"""
    assert holding.counts(None) == {"kept_by_hand": 0, "outranked": 0, "handed_on": 0}
