"""How a column is read is decided once; what later files say against it is told and never guessed around (PLN-21, CLN-1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stories.desk import Desk

MAPPING = '[formats]\nwarranty_end = ["%d/%m/%Y"]\n'


def rows(*dates: str) -> list[dict[str, str]]:
    return [{"Serial Number": f"S{n}", "Warranty End Date": date} for n, date in enumerate(dates, 1)]


@pytest.fixture
def dated(desk: Desk) -> Desk:
    """Run 1 was read day first, by a saved mapping, and its file said so."""
    desk.book.add_mapping("ours", MAPPING, record_type="device", source="EXCEL")
    desk.load("EXCEL", rows("31/01/2026", "03/04/2026"), strategy="merge", mapping="ours")
    return desk


def plan(desk: Desk, *dates: str, **options: Any):
    return desk.plan("EXCEL", rows(*dates), **{"strategy": "merge", "mapping": "ours", **options})


def told(planned) -> list[str]:
    return [each.message for each in planned.plan.warnings if each.code == "column-contradicts-mapping"]


def test_the_decision_is_part_of_the_mappings_version(dated: Desk, tmp_path: Path):
    """PLN-21, LIN-7"""
    other = tmp_path / "other.toml"
    other.write_text(MAPPING.replace("%d/%m", "%m/%d"))

    first, second = plan(dated, "31/01/2026"), plan(dated, "01/31/2026", mapping=other)

    assert first.plan.mapping.version != second.plan.mapping.version
    assert dated.record("S1")["warranty_end"] is not None


def test_a_file_that_is_written_the_other_way_round_is_not_misread(dated: Desk):
    """PLN-21: days that could be months are left out, not taken for other days."""
    planned = plan(dated, "01/31/2026", "12/24/2026", "03/04/2026", "05/05/2026")

    (said,) = told(planned)
    assert said.startswith(
        "Warranty End Date is read as DD/MM/YYYY, but 2 cells fit only if read as MM/DD/YYYY, such as "
        '"01/31/2026" (line 2); 0 only as it is read. 1 that may be either are left out.'
    )
    assert "--read 'Warranty End Date=%m/%d/%Y'" in said
    assert 'warranty_end = ["%m/%d/%Y"]' in said
    problems = {each["row"]: each["code"] for each in planned.problems().to_dicts()}
    assert problems == {2: "type-error", 3: "type-error", 4: "column-contradicts-mapping"}
    assert planned.counts["reject"] == 3


def test_one_slip_among_many_is_told_and_changes_nothing_else(dated: Desk):
    """PLN-21: the column still speaks for its reading."""
    planned = plan(dated, "01/31/2026", "30/04/2026", "28/02/2026", "03/04/2026")

    (said,) = told(planned)
    assert "1 cell fits only if read as MM/DD/YYYY" in said
    assert "1 that may be either are read as DD/MM/YYYY." in said
    assert planned.counts["reject"] == 1


def test_a_file_that_agrees_is_told_nothing(dated: Desk):
    """PLN-21"""
    assert told(plan(dated, "31/01/2026", "03/04/2026", "", "soon")) == []


def test_the_way_out_is_a_mapping_that_names_the_other_way_or_both(dated: Desk, tmp_path: Path):
    """PLN-21"""
    mapping = tmp_path / "both.toml"
    mapping.write_text(MAPPING.replace('["%d/%m/%Y"]', '["%m/%d/%Y", "%d/%m/%Y"]'))

    planned = plan(dated, "01/31/2026", "31/01/2026", "03/04/2026", mapping=mapping)

    assert (told(planned), planned.counts["reject"]) == ([], 0)


def test_rows_that_say_what_they_said_are_not_judged_again(dated: Desk):
    """PLN-21, PLN-20: a stored value was read by the same decision, and stays."""
    planned = plan(dated, "31/01/2026", "03/04/2026", "01/31/2026")

    assert planned.counts["unchanged"] == 2


def test_numbers_with_a_decimal_comma_are_not_read_a_thousand_times_too_small(
    ready_database_url: str, tmp_path: Path
):
    """PLN-21, CLN-1: 1.000 in a column of 1.234,56 is a thousand, and no thousand for a source that writes 12.50."""
    desk = Desk(ready_database_url, tmp_path, "deal")
    deals = [
        {"Record ID": "1", "Deal Name": "a", "Amount": "1.234,56"},
        {"Record ID": "2", "Deal Name": "b", "Amount": "1.000"},
        {"Record ID": "3", "Deal Name": "c", "Amount": "250"},
    ]

    planned = desk.plan("HUBSPOT", deals, strategy="merge")

    assert [(each.formats, each.value) for each in planned.plan.decisions] == [(("1.234,56",), "1234.56")]
    assert planned.counts["reject"] == 0

    desk.load("HUBSPOT", [{**deals[2], "Amount": "12.50"}], strategy="merge")
    planned = desk.plan("HUBSPOT", deals, strategy="merge")

    (said,) = told(planned)
    assert said.startswith("Amount is read with a point before decimals, but 1 cell fits only")
    assert "--read Amount=1.234,56" in said
    assert {each["row"]: each["code"] for each in planned.problems().to_dicts()} == {
        2: "type-error",
        3: "column-contradicts-mapping",
    }
    desk.book.close()


# ---------------------------------------------------------------- unique values


def test_a_value_that_must_be_unique_is_checked_while_planning(desk: Desk):
    """PLN-21: against the file and the database, by lines and records; no constraint of the database is needed."""
    desk.load("MANUAL", [{"Serial Number": "S1", "Asset Tag": "T1"}])
    file = [
        {"Serial Number": "", "Asset Tag": "", "Name": "no keys"},
        {"Serial Number": "S2", "Asset Tag": "T2"},
        {"Serial Number": "S3", "Asset Tag": "t2"},
        {"Serial Number": "S4", "Asset Tag": "T4"},
    ]

    planned = desk.plan("EXCEL", file, strategy="merge")

    assert planned.problems().select("row", "column", "value", "code", "message").rows() == [
        (
            line,
            "Asset Tag",
            "T2",
            "unique-error",
            'Asset tag "T2" must be unique, and lines 3, 4 all have it. Correct the one that is wrong.',
        )
        for line in (3, 4)
    ]
    assert (planned.counts["create"], planned.counts["reject"]) == (2, 2)
