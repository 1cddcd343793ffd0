"""``--json`` prints exactly one document of the promised shape (interfaces.md, INT-2, INT-10, PRE-35)."""

from __future__ import annotations

NINJA = "--type device --source NINJAONE --json"

KEYS = [
    "status",
    "dry_run",
    "run_id",
    "plan_id",
    "workspace",
    "record_type",
    "source",
    "strategy",
    "file",
    "mapping",
    "column_decisions",
    "statistics",
    "counts",
    "deduplication",
    "guards",
    "warnings",
    "errors",
    "history",
    "timings",
    "records",
]
COUNTS = [
    "rows",
    "create",
    "update",
    "unchanged",
    "reactivate",
    "reject",
    "duplicate",
    "conflict",
    "ambiguous",
    "skip",
    "missing",
    "retire",
    "delete",
    "held",
    "suppressed",
    "without_external_id",
    "reappeared",
    "relinked",
    "stubs",
    "kept_by_hand",
    "outranked",
    "handed_on",
    "displaced",
    "settled",
]
ROW_COUNTS = COUNTS[1:10]


def test_a_plan_has_the_promised_keys_and_no_others(samples, stocktake):
    shape = stocktake(f"plan ninjaone-1.csv {NINJA}").document

    assert list(shape) == KEYS
    assert list(shape["counts"]) == COUNTS
    assert list(shape["file"]) == ["name", "sha256", "format", "encoding", "delimiter", "sheet", "rows"]
    assert list(shape["mapping"]) == ["columns", "unmapped", "hash", "suggestions", "drift", "key"]
    assert list(shape["mapping"]["columns"][0]) == ["column", "field", "confidence", "how"]
    assert set(shape["deduplication"]) == {
        "strategy",
        "existing_records",
        "matching_records",
        "new_records",
        "deleted_if_replace",
        "recommendation",
        "reason",
    }
    assert set(shape["history"]) == {"changes", "changes_by_field", "new", "removed", "details"}
    assert list(shape["timings"]) == ["read", "clean", "stage", "plan", "apply"]
    assert shape["status"] == "planned"
    assert shape["dry_run"] is True
    assert shape["run_id"] is None


def test_the_row_decisions_add_up_to_the_rows_read(stocked):
    counts = stocked(f"plan ninjaone-2.csv {NINJA}").document["counts"]

    assert sum(counts[name] for name in ROW_COUNTS) == counts["rows"] == 24


def test_an_applied_import_says_so_with_its_run(samples, stocktake):
    shape = stocktake(f"import ninjaone-1.csv --yes {NINJA}").document

    assert list(shape) == KEYS
    assert (shape["status"], shape["dry_run"], shape["run_id"]) == ("applied", False, 1)
    assert shape["timings"]["apply"] > 0


def test_created_records_carry_the_ids_the_database_gave_them(samples, stocktake):
    created = stocktake(f"import ninjaone-1.csv --yes {NINJA}").document["records"]["create"]

    assert len(created) == 24
    one = created[0]
    shown = stocktake(f"record show device {one['record_id']} --json").document
    assert (shown["name"], shown["external_id"]) == (one["name"], one["external_id"])


def test_the_outcome_equals_the_preview(stocked):
    planned = stocked(f"plan ninjaone-2.csv {NINJA}").document
    applied = stocked(f"import ninjaone-2.csv --yes {NINJA}").document

    assert applied["counts"] == planned["counts"]
    assert applied["history"] == planned["history"]
    run = stocked("run show 3 --json").document
    assert run["counts"] == planned["counts"]


def test_history_counts_field_changes_and_records_that_come_and_go(stocked):
    """HIS-4, HIS-8: created records are new; the retired one and the missing one are removed."""
    history = stocked(f"plan ninjaone-2.csv {NINJA}").document["history"]

    assert (history["changes"], history["new"], history["removed"]) == (1, 2, 2)
    assert history["changes_by_field"] == {"assigned_to": 1}
    moved = [each for each in history["details"] if each["to"] != "removed_from_export"]
    assert moved == [
        {"record": moved[0]["record"], "name": "LT-0112", "field": "assigned_to", "from": None, "to": "bosei"}
    ]


def test_records_of_each_decision_are_listed(stocked):
    """INT-2."""
    records = stocked(f"plan ninjaone-2.csv {NINJA}").document["records"]

    assert set(records) == {*ROW_COUNTS, "missing", "retire", "delete", "held", "suppressed", "displaced"}
    assert [each["name"] for each in records["create"]] == ["LT-0113", "LT-0114"]
    assert [each["name"] for each in records["retire"]] == ["DT-0207"]
    assert list(records["missing"][0]) == ["record_id", "name", "external_id", "reason"]
    assert records["missing"][0]["reason"] == "still present in another source: TELUS"


def test_lists_hold_at_most_a_hundred_entries(stocktake, write):
    rows = "".join(f"S{place},N{place},not a date\n" for place in range(150))
    file = write("many.csv", f"Serial Number,Display Name,Warranty End Date\n{rows}")

    shape = stocktake(f"plan {file} {NINJA} --strategy merge").document

    assert shape["counts"]["reject"] == 150
    assert len(shape["errors"]) == len(shape["records"]["reject"]) == 100


def test_an_error_names_line_column_value_code_and_remedy(stocktake, write):
    """ERR-2."""
    file = write(
        "bad.csv", "Serial Number,Display Name,Warranty End Date\nA1,X1,2026-01-01\nA2,X2,31/02/2026\n"
    )

    errors = stocktake(f"plan {file} {NINJA}").document["errors"]

    assert len(errors) == 1
    assert errors[0].pop("message").startswith('"31/02/2026" is not a date. Write')
    assert errors[0] == {
        "row": 3,
        "column": "Warranty End Date",
        "value": "31/02/2026",
        "code": "type-error",
    }


def test_a_blocked_plan_prints_the_whole_document_and_the_error(stocked, write):
    """INT-10, PRE-35."""
    file = write("few.csv", "Serial Number,Display Name\n5CG3120QPD,LT-0101\n")

    said = stocked(f"plan {file} {NINJA}")

    assert said.code == 4
    shape = said.document
    assert list(shape) == [*KEYS, "error"]
    assert shape["status"] == "blocked"
    assert list(shape["error"]) == ["code", "message", "hint", "details"]
    assert shape["error"]["code"] == shape["guards"][0]["code"] == "mass-retire"
    assert list(shape["guards"][0]) == ["code", "blocked", "message", "numbers"]


def test_a_failure_without_a_plan_is_one_document_too(stocktake):
    said = stocktake(f"plan none.csv {NINJA}")

    assert said.document == {
        "status": "failed",
        "error": {
            "code": "file-not-found",
            "message": "There is no file none.csv.",
            "hint": "Check the name and the folder.",
            "details": {"path": "none.csv"},
        },
    }
    assert said.err == ""


def test_a_mistake_in_the_arguments_is_one_document_too(stocktake):
    said = stocktake("plan x.csv --json --frob")

    assert said.code == 1
    assert said.document["error"]["code"] == "bad-arguments"


def test_logs_go_to_standard_error_as_lines_of_json(samples, stocktake):
    """APP-9: one INFO line per run, shown with -v."""
    import json

    said = stocktake(f"import ninjaone-1.csv --yes {NINJA} -v --log-format json")

    assert said.document["status"] == "applied"
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert [each["message"].split(":")[0] for each in lines] == ["run 1, import of NINJAONE device"]


def test_a_rollback_prints_status_run_counts_and_what_blocks(stocked):
    dry = stocked("rollback 2 --dry-run --json").document
    parts = ["kept", "blocked", "gone", "given_up", "cascaded", "chain"]
    assert list(dry) == ["status", "run_id", "counts", "blocked_by", *parts]
    assert (dry["status"], dry["run_id"], dry["blocked_by"]) == ("planned", 2, [])

    blocked = stocked("rollback 1 --yes --json")
    assert blocked.code == 6
    assert list(blocked.document) == [*dry, "error"]
    assert blocked.document["blocked_by"][0]["by_run"] == 2

    done = stocked("rollback 2 --yes --json").document
    assert (done["status"], done["counts"]) == ("rolled_back", dry["counts"])


def test_lists_say_their_total_their_page_and_the_size_that_was_given(stocked):
    """INT-1."""
    for command in ("runs", "records device", "missing", "freshness", "types", "sources", "run rows 1"):
        shape = stocked(f"{command} --json --page-size 1000").document
        assert list(shape) == ["items", "total", "page", "page_size"], command
        assert shape["page_size"] == 200
    assert len(stocked("records device --json --page-size 5 --page 2").document["items"]) == 5


def test_an_inspection_has_the_promised_keys(samples, stocktake):
    """INT-11."""
    shape = stocktake("inspect telus.csv --json").document

    assert list(shape) == [
        "format",
        "compression",
        "member",
        "members",
        "encoding",
        "delimiter",
        "quote",
        "sheet",
        "sheets",
        "hidden_sheets",
        "header_line",
        "header_lines",
        "escape",
        "rows",
        "complete",
        "columns",
        "suggested",
        "warnings",
        "errors",
    ]
    assert list(shape["columns"][0]) == ["name", "type", "filled", "distinct", "samples", "looks_like"]
    assert (shape["suggested"]["record_type"], shape["suggested"]["source"]) == ("device", "TELUS")
    types = {each["name"]: each["type"] for each in shape["columns"]}
    assert types["Contract end date"] == "date"
    assert types["IMEI"] == "integer"
    assert types["Subscriber Name"] == "text"


def test_a_plan_that_went_stale_is_told_with_what_is_known(stocked, monkeypatch):
    """INT-10, PLN-9."""
    from stocktake.book import Book
    from stocktake.model.errors import StalePlan

    def refuse(*_, **__):
        raise StalePlan("stale-plan", "Records have changed.", details={"rows": [{"record_id": 4}]})

    monkeypatch.setattr(Book, "apply", refuse)

    said = stocked(f"import ninjaone-2.csv --yes {NINJA}")

    assert said.code == 5
    assert list(said.document) == [*KEYS, "error"]
    assert (said.document["status"], said.document["run_id"]) == ("failed", None)
    assert said.document["error"]["details"] == {"rows": [{"record_id": 4}]}


def test_the_operator_keeps_a_record(stocked):
    """PRE-18."""
    gone = stocked(f"plan ninjaone-2.csv {NINJA}").document["records"]["retire"][0]["record_id"]

    shape = stocked(f"plan ninjaone-2.csv {NINJA} --keep {gone}").document

    assert shape["counts"]["retire"] == 0
    assert [each["record_id"] for each in shape["records"]["suppressed"]] == [gone]


def test_the_run_says_who_imported(samples, stocktake):
    stocktake(f"import ninjaone-1.csv --yes --by ana {NINJA}")

    assert stocktake("run show 1 --json").document["initiated_by"] == "ana"
