"""External ids (PRE-3, PRE-5, TYP-11, IDN-2)."""

import json
import unicodedata
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.cell import BLANKS, ZERO_WIDTH
from stocktake.cleaning.draft import clean, keys
from stocktake.cleaning.key import key_texts
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import FieldRule
from stocktake.model.record_type import Field
from stocktake.model.source import Source
from tests.cleaning.table import SOURCE as NINJAONE
from tests.cleaning.table import batch, mapped, record_type

DEVICE = record_type(Field(name="serial", clean=("collapse",)), Field(name="site"), external_id=("serial",))


def source(**more):
    return Source(name="NINJAONE", record_types=("device",), **more)


def key_of(*cells, of=DEVICE, by=None, names=("serial", "site")):
    frame = keys(batch(cells), of, by or source(), mapped(*names[: len(cells)]))
    assert frame.columns == ["_row", "_key", "_key_raw"]
    return frame.row(0)[1:]


@pytest.mark.parametrize(
    ("rules", "cell", "key"),
    [
        ((), "SN-1", ("SN-1", None)),
        ((), " SN\u2002\t1 ", ("SN 1", " SN\u2002\t1 ")),
        ((), "Cafe\u0301", ("Café", "Cafe\u0301")),
        (("casefold",), "STRAẞE 1", ("strasse 1", "STRAẞE 1")),
        (("casefold",), "Straße 1", ("strasse 1", "Straße 1")),
        (("leading-zeros",), "00042", ("42", "00042")),
        (("leading-zeros",), "000", ("0", "000")),
        (("separators",), "00:1A-2b.3_4/5 6", ("001A2b3456", "00:1A-2b.3_4/5 6")),
        (("separators", "leading-zeros", "casefold"), "00:1A", ("1a", "00:1A")),
        ((), "0000E1", ("0000E1", None)),
        ((), "null", ("null", None)),
        ((), "", (None, None)),
        ((), " \u00a0\u200b", (None, None)),
        ((), "<null>", (None, None)),
        ((), "#N/A", (None, None)),
        (("separators",), "---", (None, None)),
        ((), "A\0", (None, None)),
        ((), "x" * 1000, ("x" * 1000, None)),
        ((), "x" * 1001, (None, None)),
    ],
)
def test_a_key_has_one_canonical_form_and_is_kept_as_read(rules, cell, key):
    """IDN-2, PRE-3, reading.md: keys."""
    assert key_of(cell, by=source(key_rules=rules)) == key


@pytest.mark.parametrize(
    ("demand", "cells", "key"),
    [
        ("any", ("A", "B"), '["A","B"]'),
        ("any", ("A", ""), '["A",""]'),
        ("any", ("", " B"), '["","B"]'),
        ("any", ("#N/A", "  "), None),
        ("all", ("A", "B"), '["A","B"]'),
        ("all", ("A", " "), None),
        ("any", ('A"', "\\\n"), '["A\\"","\\\\"]'),
    ],
)
def test_a_key_of_several_parts_is_a_json_array(demand, cells, key):
    """PRE-3, TYP-11."""
    assert key_of(*cells, by=source(external_id=("serial", "site"), key_parts=demand))[0] == key


def test_a_key_of_several_parts_keeps_the_parts_as_read():
    raw = key_of(" A", "B", by=source(external_id=("serial", "site")))[1]
    assert json.loads(raw) == [" A", "B"]


PART = st.text(
    alphabet=st.one_of(st.sampled_from('",\\[]\x1f'), st.characters(codec="utf-8", exclude_characters="\0")),
    max_size=20,
)


@given(st.lists(st.tuples(PART, PART), min_size=1, max_size=20))
def test_distinct_parts_give_distinct_keys(pairs):
    """PRE-3: encoded as a tuple, never joined by a separator that a part may contain."""

    def canonical(part):
        return unicodedata.normalize("NFC", part.strip(BLANKS + ZERO_WIDTH))

    kind = record_type(Field(name="serial"), Field(name="site"), external_id=("serial", "site"))
    found = keys(batch(*pairs), kind, source(), mapped("serial", "site"))["_key"].to_list()
    wanted = [(canonical(first), canonical(second)) for first, second in pairs]
    wanted = [("", "") if set(pair) & {"<null>", "#N/A", "\\N"} else pair for pair in wanted]
    assert [tuple(json.loads(key)) if key else ("", "") for key in found] == wanted


def test_rows_have_no_key_where_no_column_feeds_it():
    """PRE-3."""
    assert key_of("X", names=("site",)) == (None, None)


def test_a_part_without_column_counts_as_blank():
    """TYP-11."""
    assert key_of("A", by=source(external_id=("serial", "site"))) == ('["A",""]', None)
    assert key_of("A", by=source(external_id=("serial", "site"), key_parts="all")) == (None, None)


def test_a_column_mapped_to_the_external_id_goes_before_declared_fields():
    """TYP-5."""
    assert key_of("A", "B", names=("serial", "external_id")) == ("B", None)


def test_a_row_with_a_fault_still_has_its_key():
    """PRE-5."""
    frame = keys(batch(["A", ""], faults={0: "missing-cell"}), DEVICE, source(), mapped("serial", "site"))
    assert frame["_key"].to_list() == ["A"]


def test_a_key_that_is_too_long_is_a_problem_of_its_row():
    outcome = clean(batch(["A"], ["x" * 1001]), DEVICE, source(), mapped("serial"))
    (problem,) = outcome.problems.to_dicts()
    assert (problem["line"], problem["column"], problem["field"], problem["code"]) == (
        3,
        "Serial",
        "serial",
        "key-too-long",
    )
    assert problem["message"] == "The external id has more than 1,000 characters. Shorten it."


def test_parts_that_are_too_long_together_are_a_problem_too():
    by = source(external_id=("serial", "site"))
    outcome = clean(batch(["\x01" * 90, "\x01" * 90]), DEVICE, by, mapped("serial", "site"))
    assert outcome.problems["code"].to_list() == ["key-too-long"]


def test_refuses_an_unknown_key_rule():
    with pytest.raises(InvalidInput) as refusal:
        key_of("A", by=source(key_rules=("soundex",)))
    assert refusal.value.code == "unknown-key-rule"


def test_the_key_is_cleaned_as_the_mapping_says():
    """CLN-2, IDN-2."""
    kind = record_type(Field(name="serial", clean=("upper",)), external_id=("serial",))
    rule = FieldRule(field="serial", clean=('replace("^SN-", "")', "lower"))
    mapping = replace(mapped("serial"), rules=(rule,))

    assert keys(batch(["SN-A1"]), kind, NINJAONE, mapping)["_key"].to_list() == ["a1"]
    source = replace(NINJAONE, clean=(("serial", ("lower",)),))
    assert key_texts(pl.Series(["A1"]), kind, source).to_list() == ["a1"]
