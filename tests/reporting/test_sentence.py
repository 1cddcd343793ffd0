"""A number and what it counts stand together."""

from __future__ import annotations

from collections import defaultdict

from stocktake.reporting.sentence import review


def told(**counts: int) -> str:
    return review(defaultdict(int, counts))


def test_fields_are_told_of_updates_and_of_nothing_else():
    """PLN-6"""
    assert "update 0, retire" in told(rows=1, create=1, displaced=1)
    assert "update 2 (3 fields), retire" in told(rows=2, update=2, fields=3)


def test_records_that_no_row_updates_are_told_where_there_are_any():
    """PLN-6, PACK-1, PRE-24, IDN-4"""
    assert "reactivate 0. " in told(rows=1)
    assert "reactivate 0, displace 1 record, relink 2 references, hand on 1 value. " in told(
        rows=1, displaced=1, relinked=2, handed_on=1
    )


def test_fields_that_become_blank_are_told():
    """BLK-1"""
    assert "reactivate 1. 1 field becomes blank. " in told(rows=1, reactivate=1, cleared=1)
    assert "update 1 (3 fields, 2 cleared), retire 0" in told(rows=1, update=1, fields=3, cleared=2)
    assert "update 1 (1 field), " in told(rows=2, update=1, fields=1, cleared=2)
    assert "2 fields become blank. " in told(rows=2, update=1, fields=1, cleared=2)
