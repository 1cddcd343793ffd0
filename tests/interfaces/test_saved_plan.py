"""``plan --out``, ``apply`` and ``compare``: what people read, and exit codes for scripts (PLN-24, INT-10, INT-11)."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.interfaces.test_exit_codes import records_of

NINJA = "--type device --source NINJAONE"


@pytest.fixture
def planned(stocked):
    """The command line over a stock in which ``plan.json`` waits to be applied."""
    assert stocked(f"plan ninjaone-2.csv {NINJA} --out plan.json").code == 0
    return stocked


def test_a_plan_says_where_it_is_saved_and_how_to_apply_it(stocked, samples):
    said = stocked(f"plan ninjaone-2.csv {NINJA} --out plan.json")

    assert said.out.splitlines()[-1] == (
        "Nothing was written to the database. The plan is saved in plan.json; `stocktake apply plan.json` applies it."
    )
    assert (samples / "plan.parquet").exists()


def test_a_dry_run_saves_a_plan_too_and_an_import_does_not(stocked, samples):
    shape = stocked(f"import ninjaone-2.csv {NINJA} --dry-run --out plan.json --json").document
    assert shape["plan_file"] == "plan.json"
    assert json.loads((samples / "plan.json").read_text())["plan_id"] == shape["plan_id"]

    said = stocked(f"import ninjaone-2.csv {NINJA} --yes --out other.json")

    assert (said.code, "[bad-option]" in said.err) == (1, True)
    assert not (samples / "other.json").exists()


def test_apply_shows_the_plan_as_it_was_shown_and_does_it(planned):
    shown = planned(f"plan ninjaone-2.csv {NINJA}").out.splitlines()

    said = planned("apply plan.json --yes")

    assert said.code == 0
    assert said.out.splitlines()[: len(shown) - 2] == shown[:-2]
    assert "Run 3 is applied: 2 created, 3 updated, 1 retired" in said.out


def test_apply_prints_the_document_of_an_import(planned):
    """INT-10"""
    saved = planned(f"plan ninjaone-2.csv {NINJA} --json").document

    shape = planned("apply plan.json --yes --json").document

    assert list(shape) == list(saved)
    assert (shape["status"], shape["dry_run"], shape["run_id"]) == ("applied", False, 3)
    assert shape["counts"] == saved["counts"]
    assert shape["guards"] == saved["guards"]
    assert planned("run show 3 --json").document["plan_id"] == shape["plan_id"]


def test_apply_can_look_only(planned, samples):
    before = records_of()

    said = planned("apply plan.json --dry-run --rows all.csv")

    assert said.code == 0
    assert said.out.splitlines()[-1] == "Nothing was written. `stocktake apply plan.json` applies this."
    assert len((samples / "all.csv").read_text().splitlines()) > 20
    assert records_of() == before
    assert planned("apply plan.json --yes").code == 0


@pytest.mark.parametrize("json_", ["", " --json"])
def test_without_a_terminal_apply_needs_yes(planned, json_):
    """INT-11"""
    said = planned(f"apply plan.json{json_}")

    assert said.code == 1
    assert "confirmation-needed" in said.out + said.err


def test_a_plan_is_applied_once(planned):
    assert planned("apply plan.json --yes").code == 0
    before = records_of()

    said = planned("apply plan.json --yes --json")

    assert (said.code, said.document["error"]["code"]) == (5, "plan-used")
    assert records_of() == before


def test_a_stale_plan_lists_what_moved(planned, write):
    """PLN-9"""
    write("other.csv", "Serial Number,Model\n8ZK4WN3,Another\n")
    assert planned("import other.csv --type device --source MANUAL --strategy merge --yes").code == 0

    said = planned("apply plan.json --yes")

    assert said.code == 5
    assert "[stale-plan]" in said.err
    _, _, moved = said.out.partition("Moved since the plan was made: 1\n")
    assert moved.splitlines()[1].split() == ["4", "8ZK4WN3", "10", "record", "was", "changed", "3"]


def test_at_most_ten_that_moved_are_shown_and_all_are_counted(planned, samples):
    """PLN-9"""
    text = (samples / "ninjaone-1.csv").read_text()
    for name, build in (("one", "11111"), ("two", "22222")):
        (samples / f"{name}.csv").write_text(text.replace("22631", build).replace("26100", build))
    assert planned(f"plan one.csv {NINJA} --out one.json").code == 0
    touched = planned(f"import two.csv {NINJA} --yes --json").document["counts"]["update"]
    assert touched > 12

    out = planned("apply one.json --yes").out

    _, _, moved = out.partition(f"Moved since the plan was made: {touched}\n")
    assert moved.count("record was changed") == 10
    assert moved.splitlines()[-2] == f"  … and {touched - 10} more"


@pytest.mark.parametrize(
    ("damage", "command", "code", "name"),
    [
        ("", "apply none.json --yes", 2, "file-not-found"),
        ("", "apply ninjaone-1.csv --yes", 3, "not-a-plan"),
        ("", "apply plan.json ninjaone-1.csv --yes", 5, "plan-of-other-file"),
        ("", "apply plan.json none.csv --yes", 2, "file-not-found"),
        ("", "apply plan.json --yes --workspace elsewhere", 1, "plan-of-other-workspace"),
        ("", "apply plan.json --yes --db sqlite:///other.db", 1, "plan-of-other-database"),
        ("rows", "apply plan.json --yes", 3, "plan-damaged"),
        ("header", "apply plan.json --yes", 3, "plan-damaged"),
        ("no rows", "apply plan.json --yes", 2, "file-not-found"),
        ("file", "apply plan.json --yes", 2, "file-not-found"),
        ("", "compare plan.json none.json", 2, "file-not-found"),
        ("rows", "compare plan.json plan.json", 3, "plan-damaged"),
        ("", f"plan ninjaone-2.csv {NINJA} --out plan.txt", 1, "bad-plan-name"),
        ("", f"plan ninjaone-2.csv {NINJA} --out nowhere/plan.json", 1, "cannot-write"),
        ("", "apply", 1, "bad-arguments"),
    ],
)
def test_what_is_refused_says_why_and_writes_nothing(planned, samples, damage, command, code, name):
    before = records_of()
    if damage == "rows":
        (samples / "plan.parquet").write_bytes(b"PAR1")
    elif damage == "header":
        text = (samples / "plan.json").read_text()
        (samples / "plan.json").write_text(text.replace('"retire": 1', '"retire": 0'))
    elif damage == "no rows":
        (samples / "plan.parquet").unlink()
    elif damage == "file":
        (samples / "ninjaone-2.csv").unlink()

    said = planned(f"{command} --json")

    assert (said.code, said.document["error"]["code"]) == (code, name)
    assert records_of() == before
    assert not (samples / "other.db").exists()


def test_yes_does_not_answer_for_a_strategy_nobody_named(samples, stocktake, write):
    """PLN-18: a saved plan is applied without questions only where its strategy was named, if it deletes."""
    file = write("deals.csv", "Deal ID,Deal Name\n1,A\n2,B\n")
    options = "--type deal --source csv_import"
    assert stocktake(f"plan {file} {options} --out unnamed.json").code == 0
    assert stocktake(f"plan {file} {options} --strategy replace --out named.json").code == 0

    said = stocktake("apply unnamed.json --yes --json")

    assert (said.code, said.document["error"]["code"]) == (1, "confirmation-needed")
    assert stocktake("apply named.json --yes").code == 0


def test_plans_are_compared_without_their_files_and_database(planned, samples, tmp_path):
    assert planned(f"plan ninjaone-2.csv {NINJA} --strategy merge --out merge.json").code == 0
    for name in ("ninjaone-2.csv", "stocktake.db"):
        (samples / name).unlink()

    said = planned("compare plan.json merge.json")

    assert said.code == 0
    assert "Decided otherwise: " in said.out
    assert "retire" in said.out
    shape = planned("compare plan.json merge.json --json").document
    assert shape["same"] is False
    assert shape["counts"]["retire"] == {"first": 1, "second": 0}
    assert shape["rows"]["total"] == len(shape["rows"]["items"])
    assert planned("compare plan.json plan.json --json").document["same"] is True
    assert not (samples / "stocktake.db").exists()


def test_values_that_differ_stand_side_by_side(planned, samples):
    text = (samples / "ninjaone-2.csv").read_text()
    shutil.copy(samples / "ninjaone-2.csv", samples / "kept.csv")
    (samples / "later.csv").write_text(text.replace("LT-0102", "LT-0102x"))
    assert planned(f"plan later.csv {NINJA} --out later.json").code == 0

    out = planned("compare plan.json later.json --rows rows.csv").out

    (line,) = [line for line in out.splitlines() if "LT-0102x" in line and "Name" in line]
    assert "(as it is)" in line
    assert (samples / "rows.csv").read_text().splitlines()[0] == (
        "external_id,name,record_id,first_line,second_line,first,second"
    )
