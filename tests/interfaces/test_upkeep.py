"""The commands that keep a workspace up: health, lineage, pruning."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

METRICS = {
    "flow_based_assets_missing_discovery_flow_id",
    "all_assets_missing_discovery_flow_id",
    "assets_with_orphan_raw_import_ref",
    "raw_records_with_orphan_asset_ref",
    "unprocessed_raw_records",
}


def write(statement: str, *values: object) -> None:
    with sqlite3.connect("stocktake.db") as connection:
        connection.execute(statement, values)
    connection.close()


def aged(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_a_healthy_workspace_says_so(stocked):
    """HEA-2, HEA-6."""
    said = stocked("health wiring")
    assert said.code == 0
    assert said.out.startswith("Workspace default is healthy.")

    found = stocked("health wiring --json").document
    assert found["metrics"].keys() > METRICS
    assert set(found["metrics"].values()) == {0}
    assert (found["health_status"], found["samples"]) == ("healthy", None)
    assert found["tenant"] == {"client_account_id": None, "engagement_id": "default"}
    assert stocked("health wiring --detail --json").document["samples"] == {}


def test_what_is_broken_is_counted_and_sampled(stocked):
    """HEA-3, HEA-6: at most five samples of each failing metric, by id, name and when it was made."""
    write("UPDATE device SET row_number = 500 WHERE id <= 7")

    said = stocked("health wiring")
    assert (said.code, "is unhealthy" in said.out) == (0, True)
    assert "`stocktake health wiring --detail` shows some of each." in said.out
    found = stocked("health wiring --detail --json").document
    assert found["metrics"]["assets_with_orphan_raw_import_ref"] == 7
    (samples,) = found["samples"].values()
    assert [each["id"] for each in samples] == [1, 2, 3, 4, 5]
    assert all(each.keys() == {"id", "name", "created"} for each in samples)
    assert "DT-0204" in stocked("health wiring --detail").out


def test_another_workspace_is_named_and_not_guessed(stocked):
    """HEA-1, SEC-10."""
    assert stocked("health wiring --workspace other").code == 2


def test_health_of_no_database_makes_none(stocktake, folder):
    """PLN-25."""
    assert stocktake("health wiring").code == 2
    assert not (folder / "stocktake.db").exists()


def test_a_record_tells_its_lineage(stocked):
    """LIN-1, LIN-2, LIN-8, LIN-9: runs, file, line, cells, decision, reason, notes, mapping."""
    stocked("import ninjaone-2.csv --type device --source NINJAONE --yes")
    found = stocked("record show device 1 --lineage --json").document["lineage"]
    created, seen = found["runs"]
    (row,) = created["rows"]

    assert (created["run_id"], created["acts"], created["filename"]) == (1, ["created"], "ninjaone-1.csv")
    assert (seen["run_id"], seen["acts"]) == (3, ["seen"])
    assert (row["line"], row["decision"], row["reason"]) == (17, "create", "new in this source")
    assert row["values"]["Display Name"] == "DT-0204"
    assert (row["is_processed"], row["processing_notes"]) == (True, "Linked to: DT-0204")
    assert row["summary"].keys() == {"status", "field_count", "has_critical_fields", "cleansed_at"}
    assert found["mapping_hash"] == created["mapping_hash"]
    said = stocked("record show device 1 --lineage").out
    assert "Run 1: created by ninjaone-1.csv from NINJAONE" in said
    assert "Line 17: create (new in this source). Linked to: DT-0204." in said


def test_a_raw_row_leads_to_its_record(stocked):
    """LIN-2: the other way."""
    first = stocked("run rows 1 --json").document["items"][15]
    shown = stocked(f"record show device {first['record_id']} --json").document

    assert shown["lineage"]["row"] == first
    assert (shown["lineage"]["run_id"], first["is_processed"]) == (1, True)


def test_pruning_is_previewed_asked_for_and_audited(stocked):
    """LIN-5."""
    write("UPDATE st_import_run SET applied_at = ? WHERE run_id = 1", aged(100))

    assert stocked("prune raw-rows --older-than 90d").code == 1
    planned = stocked("prune raw-rows --older-than 90d --dry-run --json").document
    assert (planned["status"], planned["run_id"], planned["counts"]["raw_rows"]) == ("planned", None, 24)
    assert [each["run_id"] for each in planned["runs"]] == [1]
    assert "Nothing was deleted." in stocked("prune raw-rows --older-than 90d --dry-run").out

    said = stocked("prune raw-rows --older-than 90d --yes")
    assert said.out.endswith("Run 3 is applied: 24 raw rows deleted.\n")
    assert "No raw rows are older than 90d." in stocked("prune raw-rows --older-than 90d --yes").out
    assert "pruned 24 raw rows" in stocked("runs").out
    assert "pruned 24 raw rows of 1 run" in stocked("run show 3").out
    assert "The raw rows of run 1 were pruned on " in stocked("run rows 1").out
    assert "The raw rows of that run were pruned on " in stocked("record show device 1").out
    assert stocked("health wiring --json").document["health_status"] == "healthy"


@pytest.mark.parametrize("length", ["90", "0d", "ninety"])
def test_a_length_of_time_has_a_number_and_a_unit(stocked, length):
    said = stocked(f"prune raw-rows --older-than {length} --yes")

    assert (said.code, "Write 30m, 12h, 90d or 13w." in said.err) == (1, True)
