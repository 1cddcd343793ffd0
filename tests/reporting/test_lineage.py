"""What is noted on a raw row (LIN-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stocktake.model.lineage import RawRow
from stocktake.reporting.lineage import processing_notes

AT = datetime(2026, 11, 2, tzinfo=UTC)
ROW = RawRow(
    line=2,
    decision="update",
    reason="changed",
    record_id=7,
    external_id="S001",
    name="T001",
    cells=(),
    field_count=2,
    has_critical_fields=True,
    cleansed_at=AT,
    processed_at=AT,
)


def test_a_row_that_led_to_a_record_names_it():
    """LIN-8: by its name, else its external id, else its number."""
    assert processing_notes(ROW, "content changed") == "Linked to: T001"
    assert processing_notes(replace(ROW, name=None), "content changed") == "Linked to: S001"
    assert processing_notes(replace(ROW, name=None, external_id=None), None) == "Linked to: 7"


@pytest.mark.parametrize("decision", ["reject", "conflict", "ambiguous", "skip"])
def test_a_row_that_was_left_out_says_why(decision: str):
    """LIN-8: also where its key is that of a record."""
    for record in (None, 7):
        assert processing_notes(replace(ROW, decision=decision, record_id=record), "because") == "because"


def test_cleaning_alone_processes_nothing():
    """LIN-8: neither a row that is not decided, nor one of a run that was not applied."""
    for row in (replace(ROW, decision=None), replace(ROW, processed_at=None)):
        assert not row.is_processed
        assert processing_notes(row, "content changed") is None
    assert ROW.is_processed
