"""``history``: one record's changes, page by page, also when the record is gone (HIS-6, HIS-7)."""

from __future__ import annotations

from pathlib import Path

import pytest


def csv(*rows: str) -> str:
    return "\n".join(["Deal ID,Deal Name,Stage,Amount", *rows]) + "\n"


FILLERS = [f"F{number},Filler {number},Prospecting,{number}" for number in range(20)]
IMPORT = "--type deal --source csv_import --strategy replace --yes"


def moved(stocktake):
    for name, rows in (
        ("1.csv", ["D1,Roof,Prospecting,100", *FILLERS]),
        ("2.csv", ["D1,Roof,Negotiation,120", *FILLERS]),
        ("3.csv", FILLERS),
    ):
        Path(name).write_text(csv(*rows), encoding="utf-8")
        assert stocktake(f"import {name} {IMPORT}").code == 0


@pytest.fixture
def pipeline(prepared):
    """A deal that came (run 1), moved (run 2) and was deleted (run 3)."""
    return prepared(moved)


def test_a_deleted_record_keeps_its_history(pipeline):
    said = pipeline("history deal 1 --json").document

    assert said["total"] == 6
    assert [(each["run_id"], each["field"], each["to"], each["kind"]) for each in said["items"]] == [
        (1, "stage", "Prospecting", "file_import_new"),
        (1, "amount", "100", "file_import_new"),
        (2, "amount", "120", "file_import_diff"),
        (2, "stage", "Negotiation", "file_import_diff"),
        (3, "amount", "removed_from_export", "file_import_removed"),
        (3, "stage", "removed_from_export", "file_import_removed"),
    ]
    assert all(each["changed_at"] for each in said["items"])
    assert pipeline("record show deal 1").code == 2


def test_field_and_page_narrow_it(pipeline):
    said = pipeline("history deal 1 --field stage --page 2 --page-size 2 --json").document

    assert (said["total"], said["page"], said["page_size"]) == (3, 2, 2)
    assert [each["run_id"] for each in said["items"]] == [3]


def test_people_read_from_and_to(pipeline):
    said = pipeline("history deal 1 --field stage --page-size 2").out

    assert "Prospecting" in said
    assert "Shown: 1 to 2 of 3." in said
    assert "(not in the export)" in pipeline("history deal 1").out


def test_a_field_that_is_not_tracked_says_which_are(pipeline):
    assert "it tracks stage, amount, owner, close_date" in pipeline("history deal 1 --field name").out
    assert pipeline("history deal 1 --field colour").code == 1
    assert pipeline("history deal 999").code == 2


def test_the_outcome_of_an_import_tells_its_history(pipeline, write):
    """HIS-5, HIS-7."""
    write("4.csv", csv("F0,Filler 0,Won,0", *FILLERS[1:19], "N1,New,Lead,1"))
    for command, options in (("plan", ""), ("import", " --yes")):
        told = pipeline(f"{command} 4.csv --type deal --source csv_import --strategy replace{options} --json")
        history = told.document["history"]
        assert {name: history[name] for name in ("changes", "changes_by_field", "new", "removed")} == {
            "changes": 1,
            "changes_by_field": {"stage": 1},
            "new": 1,
            "removed": 1,
        }
        assert history["details"][0] == {
            "record": 2,
            "name": "Filler 0",
            "field": "stage",
            "from": "Prospecting",
            "to": "Won",
        }
