"""What was decided on one page of a wizard stands beside what was decided on others (PLN-8, INT-3)."""

from __future__ import annotations

from stocktake.interfaces.web.draft import edited, refused


def test_a_page_decides_about_what_it_showed_and_about_nothing_else():
    """INT-3"""
    assert refused([1, 2, 9], shown=[1, 2, 3, 4], chosen=[1, 4]) == [9, 2, 3]
    assert refused([], shown=[5, 5], chosen=[]) == [5]
    assert refused([7], shown=[], chosen=[]) == [7]


def test_cells_and_dropped_rows_of_a_page_join_those_of_others():
    """PLN-8: a cell is written once, the newest counts; meanings of words and other rows stay."""
    before = {
        "values": {"stage": {"Closed": "won"}},
        "edits": [{"line": 4, "column": "Amount", "value": "1"}],
        "skip_lines": [8, 14],
    }

    told = edited(before, {(4, "Amount"): "2", (5, "Amount"): "3"}, shown=[4, 5, 14], dropped=[5, 99])

    assert told == {
        "values": {"stage": {"Closed": "won"}},
        "edits": [
            {"line": 4, "column": "Amount", "value": "2"},
            {"line": 5, "column": "Amount", "value": "3"},
        ],
        "skip_lines": [8, 5],
    }
    assert edited({}, {}, shown=[1], dropped=[]) == {}
