"""The digest of a file's rows (PLN-16, PLN-22)."""

from __future__ import annotations

import polars as pl

from stocktake.planning.repetition import row_digest

ONE, OTHER, THIRD = b"1" * 8 + b"a" * 8, b"2" * 8 + b"b" * 8, b"1" * 8 + b"b" * 8


def digest(*rows: bytes) -> str:
    return row_digest(pl.Series("_hash", rows, dtype=pl.Binary))


def test_the_same_rows_in_any_order_have_one_digest():
    """PLN-16"""
    assert digest(ONE, OTHER, THIRD) == digest(THIRD, ONE, OTHER)


def test_other_rows_have_another_digest():
    """PLN-22: one row more, one less, one twice, one of which a half differs."""
    found = [digest(), digest(ONE), digest(ONE, ONE), digest(ONE, OTHER), digest(ONE, THIRD), digest(THIRD)]

    assert len(set(found)) == len(found)
    assert {len(each) for each in found} == {64}
