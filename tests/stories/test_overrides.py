"""What the operator decides row by row is part of the plan and of the audit (PLN-8, PRE-18, INT-3, INT-11)."""

from __future__ import annotations

import json

import pytest

from stocktake.model.errors import InvalidInput, NotFound
from tests.stories.desk import Desk, device, fleet, on_one_store


def test_a_row_is_left_out(desk: Desk):
    """PLN-6: skip."""
    run = desk.load("NINJAONE", fleet(5), overrides={"skip_lines": [3]})

    assert (run.stats["create"], run.stats["skip"]) == (4, 1)
    assert desk.count() == 4


def test_a_row_left_out_still_proves_presence(desk: Desk):
    """PRE-34: any row with a readable key does, whatever its decision."""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10, model="B"), overrides={"skip_lines": [2]})

    assert (run.stats["update"], run.stats["skip"], run.stats["retire"]) == (9, 1, 0)


def test_a_cell_is_written_anew(desk: Desk):
    rows = [device("S1", "T1", status="in the cupboard"), device("S2", "T2", status="ASSIGNED")]

    plan = desk.plan(
        "EXCEL", rows, overrides={"edits": [{"line": 2, "column": "Status", "value": "AVAILABLE"}]}
    )

    assert plan.counts["reject"] == 0
    run = plan.apply()
    assert desk.status("S1") == "AVAILABLE"
    with desk.book.listing() as unit:
        (chunk,) = unit.raw_chunks(run.run_id)
        options = json.loads(desk.last_run()["options"])
    assert "in the cupboard" in chunk.row(0)
    assert options["overrides"]["edits"] == [{"line": 2, "column": "Status", "value": "AVAILABLE"}]


def test_an_edited_key_is_the_key(desk: Desk):
    desk.load(
        "NINJAONE", fleet(3), overrides={"edits": [{"line": 2, "column": "Serial Number", "value": "OTHER"}]}
    )

    assert "OTHER" in desk.records()
    assert desk.is_present("NINJAONE", "OTHER")


def test_a_word_gets_a_meaning(desk: Desk):
    """PLN-8: value mappings."""
    rows = [device("S1", "T1", status="im Schrank"), device("S2", "T2", status="kaputt")]
    words = {"values": {"status": {"im Schrank": "AVAILABLE", "kaputt": "MAINTENANCE"}}}

    desk.load("EXCEL", rows, overrides=words)

    assert (desk.status("S1"), desk.status("S2")) == ("AVAILABLE", "MAINTENANCE")


def test_only_named_records_come_back(desk: Desk):
    """INT-3: reactivate_only_external_ids."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[2:])
    first, second = (each["Serial Number"] for each in fleet(10)[:2])

    run = desk.load("NINJAONE", fleet(10), reactivate_only=[first])

    assert (run.stats["reactivate"], run.stats["suppressed"]) == (1, 1)
    assert desk.status(first) != "RETIRED"
    assert desk.status(second) == "RETIRED"


@pytest.mark.parametrize("model", ["", "X"])
def test_what_a_person_retired_comes_back_where_the_operator_allows_it(desk: Desk, model: str):
    """PRE-17, PRE-26: by its record alone, whether its row has changed or not; the audit says who allowed it."""
    desk.load("NINJAONE", fleet(10))
    for serial in ("S001", "S002"):
        desk.retire_by_hand(serial)
    allowed = desk.record("S001")["id"]

    run = desk.load("NINJAONE", fleet(10, **({"model": model} if model else {})), reactivate=[allowed])

    assert (run.stats["reactivated"], run.stats["suppressed"]) == (1, 1)
    assert (desk.status("S001"), desk.status("S002")) == ("AVAILABLE", "RETIRED")
    assert desk.record("S001")["retired_by"] is None
    (said,) = desk.audit(run, "override")
    assert f"bring back 1 record that people had retired: {allowed}" in said["sentence"]
    run.rollback()
    assert desk.status("S001") == "RETIRED"


@on_one_store
def test_who_is_allowed_to_come_back_need_not_be_named_among_those_alone_that_may(desk: Desk):
    """INT-3, PRE-18: a word about one record goes before the list of those alone, and "not this one" before both."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[3:], allow_retire=3)
    one, two = (desk.record(serial)["id"] for serial in ("S001", "S002"))

    plan = desk.plan(
        "NINJAONE", fleet(10), overrides={"reactivate_only_external_ids": [], "reactivate_ids": [one]}
    )
    assert plan.decisions("reactivate")["record_id"].to_list() == [one]
    refused = desk.plan("NINJAONE", fleet(10), reactivate=[one, two], no_reactivate=[one])
    assert refused.counts["suppressed"] == 1


def test_overrides_come_from_a_file_too(desk: Desk, tmp_path):
    path = tmp_path / "overrides.toml"
    path.write_text("skip_lines = [2]\nretire_skip_ids = [7]\n")

    plan = desk.plan("NINJAONE", fleet(3), overrides=path)

    assert plan.counts["skip"] == 1
    assert plan.plan.options.keep == (7,)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"skip_lines": [99]}, "unknown-line"),
        ({"edits": [{"line": 2, "column": "Nope", "value": ""}]}, "unknown-column"),
        ({"values": {"nope": {"a": "b"}}}, "unknown-field"),
        ({"skip": [2]}, "bad-overrides"),
        ({"skip_lines": ["two"]}, "bad-overrides"),
        ({"edits": [{"line": 2, "column": "Asset Tag", "value": each} for each in "ab"]}, "bad-overrides"),
    ],
)
def test_overrides_that_do_not_fit_are_refused(desk: Desk, overrides, code: str):
    with pytest.raises(InvalidInput) as refused:
        desk.plan("NINJAONE", fleet(3), overrides=overrides)

    assert refused.value.code == code


def test_a_file_that_is_not_there_is_said(desk: Desk, tmp_path):
    with pytest.raises(NotFound):
        desk.plan("NINJAONE", fleet(3), overrides=tmp_path / "none.json")
