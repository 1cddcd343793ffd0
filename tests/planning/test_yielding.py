"""What tells records apart does not come back to one while another has it by now (ROL-5, IDN-1)."""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import Field, RecordType
from stocktake.planning.yielding import exclusive_keys, shared, yielded

THING = RecordType(
    name="thing",
    title="Thing",
    plural="Things",
    fields=(
        Field(name="serial"),
        Field(name="tag", unique=True),
        Field(name="label"),
        Field(name="size"),
        Field(name="code", unique=True),
    ),
    external_id=("serial",),
    identity=(("serial",), ("tag",), ("label", "size")),
)
KEYS = exclusive_keys(THING)


def told(*rows: tuple[int, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["_record_id", "_key", "_text"], orient="row")


def back(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"_record_id": pl.Int64, "field": pl.String}, orient="row")


def since(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"record_id": pl.Int64, "field": pl.String}, orient="row")


def made(*ids: int) -> pl.Series:
    return pl.Series(ids, dtype=pl.Int64)


def test_two_records_may_have_one_name_and_one_size():
    """PRE-20: unique fields and the external id are what no two may share."""
    assert KEYS == (("serial",), ("tag",), ("code",))


def test_what_another_record_got_since_stays_with_it():
    """ROL-5"""
    restored = back((1, "serial"))
    found = shared(told((1, "0", "s1"), (2, "0", "s1"), (3, "0", "s3")), restored, KEYS)

    by_change = yielded(found, since((2, "serial")), made(), restored, KEYS)
    by_birth = yielded(found, since(), made(2), restored, KEYS)

    assert by_change.rows() == by_birth.rows() == [(1, "serial", 2)]


def test_what_another_record_had_before_may_be_shared_again():
    """ROL-5: another field of it was written since."""
    restored = back((1, "serial"))
    found = shared(told((1, "0", "s1"), (2, "0", "s1")), restored, KEYS)

    assert yielded(found, since((2, "label")), made(), restored, KEYS).is_empty()


def test_two_records_to_which_the_same_comes_back_had_it_both():
    """ROL-5"""
    found = shared(told((1, "0", "s1"), (2, "0", "s1")), back((1, "serial"), (2, "serial")), KEYS)

    assert found.is_empty()


def test_another_key_with_the_same_text_is_another_key():
    """IDN-2"""
    assert shared(told((1, "0", "x"), (2, "1", "x")), back((1, "serial")), KEYS).is_empty()
