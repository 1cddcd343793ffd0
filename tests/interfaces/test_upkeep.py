"""The commands that keep a workspace up: health, lineage, pruning."""

from __future__ import annotations

import re
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
    assert found["tenant"] == {"client_account_id": "default", "engagement_id": "default"}
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


@pytest.fixture
def lacking(stocked):
    """Seven devices of NINJAONE have lost their links."""
    write("DELETE FROM st_source_link WHERE record_id <= 7 AND feed_id = 1")
    return stocked


def test_a_backfill_is_looked_at_first(lacking):
    """BAC-3: counts and samples, in words and for programs; nothing is written."""
    said = lacking("backfill presence-links --dry-run")
    assert (said.code, said.out.endswith("Nothing was written.\n")) == (0, True)
    assert ["device", "NINJAONE", "7", "0"] in [line.split() for line in said.out.splitlines()]
    assert "DT-0204" in said.out

    shape = lacking("backfill presence-links --dry-run --json").document
    (part,) = shape["parts"]
    assert (shape["status"], shape["runs"], part["count"], len(part["samples"])) == ("planned", [], 7, 5)
    assert lacking("runs --json").document["total"] == 2


def test_a_backfill_asks_unless_it_is_told_not_to(lacking, monkeypatch):
    """BAC-3, BAC-4, BAC-5: confirmed, audited with the health before and after, and undone."""
    refused = lacking("backfill presence-links")
    assert (refused.code, "[confirmation-needed]" in refused.err) == (1, True)
    assert lacking("runs --json").document["total"] == 2

    done = lacking("backfill presence-links --yes")
    assert "Run 3 is applied: 7 links." in done.out
    shown = lacking("run show 3 --json").document
    assert (shown["kind"], shown["counts"]["links"]) == ("backfill", 7)
    assert shown["wiring"].keys() == {"before", "after"}
    assert shown["timings"]["backfilling"] >= 0
    told = lacking("run show 3").out
    assert "run rows" not in told
    assert "`stocktake rollback 3` undoes it." in told
    assert lacking("backfill presence-links --yes").out == "Nothing is lacking. Nothing was written.\n"
    assert lacking("rollback 3 --yes").code == 0
    assert lacking("backfill presence-links --dry-run --json").document["parts"][0]["count"] == 7


def test_a_backfill_that_is_not_there_is_told_before_anything_else(stocked):
    assert 'There is no backfill "nothing".' in stocked("backfill nothing").err


@pytest.mark.parametrize(
    "command",
    [
        *("waterfall device --field status", "time-in-stage device --field status", "flows", "freshness"),
        *("record show device 1 --lineage", "run rows 1", "history device 1", "run history 1"),
        *("backfill presence-links --dry-run", "prune raw-rows --older-than 90d --dry-run"),
    ],
)
def test_without_a_database_every_question_says_so(stocktake, folder, command):
    """PLN-25."""
    said = stocktake(command)
    assert (said.code, "[no-database]" in said.err) == (2, True)
    assert list(folder.iterdir()) == []


def test_rows_that_were_left_out_are_noted_with_why(stocked, write):
    """LIN-2, LIN-8: each row knows its decision, whether and when it was processed, and its notes."""
    name = write("more.csv", "Serial Number,Status\nQ1,AVAILABLE\nQ1,AVAILABLE\nQ2,nonsense\n")
    stocked(f"import {name} --type device --source EXCEL --strategy merge --yes")
    created, duplicate, rejected = stocked("run rows 3 --json").document["items"]

    assert [each["decision"] for each in (created, duplicate, rejected)] == ["create", "duplicate", "reject"]
    assert all(each["is_processed"] and each["processed_at"] for each in (created, duplicate, rejected))
    assert created["processing_notes"] == duplicate["processing_notes"] == "Linked to: Q1"
    assert rejected["processing_notes"] == rejected["reason"]
    assert "nonsense" in rejected["reason"]


def test_people_read_what_each_run_did_to_a_record(stocked):
    """LIN-1."""
    stocked("import ninjaone-2.csv --type device --source NINJAONE --yes")
    said = stocked("record show device 19 --lineage").out
    assert "Run 3: retired by ninjaone-2.csv from NINJAONE" in said


def test_flows_are_made_named_and_told_by_their_runs(stocktake, write):
    """LIN-10, LIN-6."""
    name = write("servers.csv", "Server ID,Server Name,Environment\n1,web-01,test\n")
    assert (
        "Discovery flow FLOW-1 (Centre), part of M1 is there."
        in stocktake("flow add FLOW-1 --master M1 --name Centre").out
    )
    stocktake(f"import {name} --type server --source discovery_flow --flow FLOW-1 --phase assessment --yes")

    (flow,) = stocktake("flows --json").document["items"]
    assert (flow["flow_id"], flow["master_flow_id"], flow["name"]) == ("FLOW-1", "M1", "Centre")
    shown = stocktake("run show 1 --json").document
    assert (shown["discovery_flow_id"], shown["master_flow_id"], shown["phase"]) == (
        "FLOW-1",
        "M1",
        "assessment",
    )
    assert "FLOW-1, phase assessment" in stocktake("run show 1").out
    asset = stocktake("record show server 1 --json").document
    assert asset["values"]["current_phase"] == "assessment"


def test_a_prune_is_shown_without_a_way_back(stocked):
    """LIN-5: what is gone is gone."""
    write("UPDATE st_import_run SET applied_at = ? WHERE run_id = 1", aged(100))
    stocked("prune raw-rows --older-than 90d --yes")
    assert "rollback" not in stocked("run show 3").out
    assert stocked("run history 3").out == "Run 3 added nothing to the history of tracked fields.\n"


def test_a_run_tells_how_long_each_phase_took(stocked):
    """APP-5."""
    assert re.search(r"took +[0-9.]+ s \(read [0-9.]+, .*apply [0-9.]+\)", stocked("run show 1").out)


def test_an_applied_import_is_told_as_its_run_is(stocked):
    """APP-5: the numbers that the run's row holds."""
    done = stocked("import ninjaone-2.csv --type device --source NINJAONE --yes --json").document
    shown = stocked("run show 3 --json").document
    assert (done["run_id"], done["counts"], done["timings"]) == (3, shown["counts"], shown["timings"])
