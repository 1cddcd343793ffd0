"""Texts become records, by rank; rows get them while their drafts are read (IDN-4)."""

from __future__ import annotations

import polars as pl

from stocktake.planning import reference as ref
from stocktake.planning.packed import Packed


def led(*lines: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=ref.LEADS, orient="row")


def told(*texts: str, leads: pl.DataFrame) -> dict[str, tuple[str, str]]:
    found = ref.verdicts(pl.Series("text", texts, dtype=pl.String), leads)
    return {line["text"]: (line["value"], line["outcome"]) for line in found.iter_rows(named=True)}


def verdict(field: str, *lines: tuple[str, str, str]) -> pl.DataFrame:
    """``text, value, outcome`` of a field that refers to accounts."""
    return pl.DataFrame(
        [(field, "account", *each, None) for each in lines], schema=ref.VERDICTS, orient="row"
    )


SAID = pl.DataFrame(
    {"_row": [1, 2, 4, 7], "of": ["Acme", None, "Beta", "Acme"]}, schema={"_row": pl.UInt32, "of": pl.String}
)


# ---------------------------------------------------------------- which record a text means


def test_one_record_is_meant_several_are_ambiguous_none_is_unresolved():
    leads = led(("a", "1", 0), ("b", "1", 0), ("b", "2", 0))

    assert told("a", "b", "c", "", leads=leads) == {
        "a": ("1", "resolved"),
        "b": ("", "ambiguous"),
        "c": ("", "unresolved"),
        "": ("", "blank"),
    }


def test_the_lowest_rank_decides_and_the_others_are_not_asked():
    """By external id, then by name: two namesakes do not matter where an id leads."""
    leads = led(("a", "7", ref.PLACE), ("a", "8", ref.PLACE), ("a", "1", 0))

    assert told("a", leads=leads) == {"a": ("1", "resolved")}


def test_a_record_that_is_found_twice_is_one():
    assert told("a", leads=led(("a", "1", 1), ("a", "1", 1))) == {"a": ("1", "resolved")}


def test_a_record_of_the_file_comes_before_one_of_the_database():
    assert told("a", leads=led(("a", "5", ref.STORED), ("a", "@3", ref.PLACE))) == {"a": ("@3", "resolved")}


def test_a_retired_record_is_meant_only_where_no_other_is():
    asked = pl.DataFrame({"text": ["a", "b"], "_form": ["a", "b"]})
    known = pl.DataFrame(
        {"value": ["1", "2", "3"], "_form": ["a", "a", "b"], "_retired": [True, False, True]}
    )

    leads = ref.leads(asked, known, rank=ref.PLACE)

    assert told("a", "b", leads=leads) == {"a": ("2", "resolved"), "b": ("3", "resolved")}
    assert ref.live(leads).to_list() == ["a"]


def test_what_has_no_form_means_nothing():
    asked = pl.DataFrame({"text": ["a", "b"], "_form": [None, ""]}, schema_overrides={"_form": pl.String})
    known = pl.DataFrame({"value": ["1", "2"], "_form": [None, ""], "_retired": [False, False]})

    assert ref.leads(asked, known, rank=0).is_empty()


# ---------------------------------------------------------------- stubs


def test_a_stub_is_made_once_per_normalised_name():
    missing = verdict(
        "of", ("Acme Inc.", "", "unresolved"), ("ACME", "", "unresolved"), ("B", "4", "resolved")
    )
    formed = missing.with_columns(_form=pl.Series(["acme", "acme", "b"]))

    made, stubs = ref.with_stubs(formed, "account")

    assert stubs.rows() == [("account", "+account:0", "Acme Inc.")]
    assert made["value"].to_list() == ["+account:0", "+account:0", "4"]
    assert made["outcome"].to_list() == ["stub", "stub", "resolved"]


def test_an_ambiguous_name_gets_no_stub():
    formed = verdict("of", ("Acme", "", "ambiguous")).with_columns(_form=pl.lit("acme"))

    assert ref.with_stubs(formed, "account")[1].is_empty()


def test_a_stub_that_nothing_points_to_is_not_made():
    words = ref.words(SAID)
    verdicts = verdict("of", ("Acme", "+account:0", "stub"), ("Beta", "+account:1", "stub"))
    stubs = pl.DataFrame(
        [("account", "+account:0", "Acme"), ("account", "+account:1", "Beta")], schema=ref.STUBS, orient="row"
    )
    created = pl.Series("_row", [7], dtype=pl.UInt32)
    nothing, change = (
        pl.DataFrame({"after": each}, schema={"after": pl.String}) for each in ([], ["+account:1"])
    )

    assert ref.used_stubs(stubs, words, verdicts, created, nothing)["name"].to_list() == ["Acme"]
    assert ref.used_stubs(stubs, words, verdicts, created, change)["name"].to_list() == ["Acme", "Beta"]


# ---------------------------------------------------------------- rows and their values


def test_rows_keep_the_place_of_their_text():
    words = ref.words(SAID)

    assert words.texts["of"].to_list() == ["Acme", "Beta"]
    assert words.rows["of"].to_list() == [0, None, 1, 0]


def test_drafts_get_their_values_while_they_are_read_and_ids_when_there_are_some():
    drafts = Packed(rows=3)
    drafts.add(SAID.with_columns(name=pl.Series(["p", "q", "r", "@4"])))
    words = ref.words(SAID)

    referred = ref.Referred(drafts, words.rows, {"of": pl.Series(["17", "@4"])})
    ids = pl.DataFrame({"value": ["@4"], "_id": [99]})
    settled = pl.concat(referred.settled(ids))

    assert pl.concat(referred)["of"].to_list() == ["17", None, "@4", "17"]
    assert settled["of"].to_list() == ["17", None, "99", "17"]
    assert settled["name"].to_list() == ["p", "q", "r", "@4"]
    assert [pl.read_parquet(chunk).height for chunk in referred.chunks()] == [3, 1]


def test_what_rows_say_is_told_row_by_row_where_it_matters():
    words = ref.words(SAID)
    verdicts = verdict("of", ("Acme", "", "unresolved"), ("Beta", "3", "resolved"))
    rows = pl.Series("_row", [1, 2, 4], dtype=pl.UInt32)

    found = ref.said_by(rows, words, verdicts, [ref.UNRESOLVED])

    assert found.select("_row", "text").rows() == [(1, "Acme")]
