"""Rejected rows go out as a file, are mended, and come in again as part of the run they belong to (ERR-3)."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from stocktake.model.errors import InvalidInput, NotFound
from tests.stories.desk import Desk, device, fleet, refusal_of

BAD = [
    device("S1", "T1", warranty_end="31/02/2026", condition="=1+1"),
    device("S2", "T2", warranty_end="soon", condition="-5"),
    device("S3", "T3", warranty_end="later", condition="+15551234567"),
    device("S4", "T4", warranty_end="2026-05-01", condition="'=quoted"),
]


def rewritten(path: Path, column: str, value: str, to: Path) -> Path:
    """A CSV file with one value in all cells of a column."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    for row in rows:
        row[header.index(column)] = value
    with to.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return to


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_rejected_rows_come_back_exactly_as_they_were(desk: Desk, tmp_path: Path, ending: str):
    """ERR-3: also those that a spreadsheet would run as formulas, in both formats."""
    run = desk.load("EXCEL", BAD, strategy="merge")
    place = tmp_path / f"bad{ending}"
    assert (run.stats["reject"], run.save_rejected(place)) == (3, 3)

    again = desk.book.plan(place, mends=run.run_id)

    assert again.plan.file.header == ("Serial Number", "Asset Tag", "Warranty end", "Condition")
    cells = pl.concat(list(again.plan.frames.cells))
    assert cells["c3"].to_list() == ["=1+1", "-5", "+15551234567"]
    assert again.counts["reject"] == 3
    assert not [each.code for each in again.plan.warnings if each.code == "mended-file"]


def test_the_rows_carry_line_codes_and_every_sentence(desk: Desk):
    """ERR-3, ERR-2: several problems of one row are told one after the other."""
    rows = [device("S1", "T1", status="in the cupboard", warranty_end="soon")]
    run = desk.load("EXCEL", rows, strategy="merge")

    (row,) = run.rejected().to_dicts()

    assert (row["Serial Number"], row["_line"], row["_code"]) == ("S1", 2, "constraint-error type-error")
    assert 'Status: "in the cupboard" is not one of the choices.' in row["_message"]
    assert 'Warranty end: "soon" is not a date.' in row["_message"]


def test_mended_rows_belong_to_the_run_that_rejected_them(desk: Desk, tmp_path: Path):
    """ERR-3: linked, and counted together."""
    run = desk.load("EXCEL", BAD, strategy="merge")
    run.save_rejected(tmp_path / "bad.csv")
    mended = rewritten(tmp_path / "bad.csv", "Warranty end", "2026-02-28", tmp_path / "mended.csv")

    second = desk.book.plan(mended, mends=run.run_id).apply()

    assert (second.run.mends_run, second.stats["create"]) == (run.run_id, 3)
    told = desk.book.run(run.run_id).run.mended
    assert told is not None
    assert (told.rows, told.by) == (3, (second.run_id,))
    assert {each["condition"] for each in desk.records().values()} == {
        "=1+1",
        "-5",
        "+15551234567",
        "'=quoted",
    }
    second.rollback()
    assert desk.book.run(run.run_id).run.mended is None


def test_rows_mended_in_several_steps_count_once(desk: Desk):
    """ERR-3: a run that mends a run that mends; more rows than were rejected are never mended."""
    first = desk.load("EXCEL", BAD, strategy="merge")
    some = first.rejected().with_columns(
        pl.when(pl.col("_line") == 2)
        .then(pl.lit("2026-01-01"))
        .otherwise("Warranty end")
        .alias("Warranty end")
    )
    second = desk.book.plan(some, mends=first.run_id).apply()
    rest = second.rejected().with_columns(pl.lit("2026-01-02").alias("Warranty end"))
    third = desk.book.plan(rest, mends=second.run_id).apply()
    again = desk.book.plan(rest, mends=second.run_id).apply()

    runs = {each.run_id: each.mended for each in desk.book.runs()[0]}

    assert (second.stats["create"], third.stats["create"], again.stats["unchanged"]) == (1, 2, 2)
    told = runs[first.run_id]
    assert told is not None
    assert (told.rows, told.by) == (3, (second.run_id, third.run_id, again.run_id))
    assert runs[third.run_id] is None


def test_a_mended_file_is_read_as_its_run_was(desk: Desk):
    """ERR-3: mapping and words are those of the mended run; what it was told of single lines is not."""
    rows = [{"SN": "S1", "State": "im Schrank", "Till": "x"}, {"SN": "S2", "State": "im Schrank", "Till": ""}]
    run = desk.load(
        "EXCEL",
        rows,
        strategy="merge",
        columns=[("SN", "serial_number"), ("State", "status"), ("Till", "warranty_end")],
        overrides={
            "values": {"status": {"im Schrank": "AVAILABLE"}},
            "edits": [{"line": 3, "column": "Till", "value": "2026-01-01"}],
        },
    )

    plan = desk.book.plan(run.rejected().with_columns(pl.lit("2026-02-01").alias("Till")), mends=run.run_id)

    assert (plan.counts["create"], plan.counts["reject"]) == (1, 0)
    assert plan.plan.mapping.version == desk.book.plan(run.rejected(), mends=run.run_id).plan.mapping.version
    plan.apply()
    assert desk.status("S1") == "AVAILABLE"


def test_mended_rows_of_a_snapshot_are_merged_and_take_nothing_away(desk: Desk):
    """ERR-3, PRE-4: the source's other records stay present."""
    desk.load("NINJAONE", fleet(20))
    rows = [*fleet(20)[:19], device("S020", "T020", warranty_end="soon")]
    run = desk.load("NINJAONE", rows, on_error="reject-rows")

    second = desk.book.plan(
        run.rejected().with_columns(pl.lit("2026-02-28").alias("Warranty end")), mends=run.run_id
    ).apply()

    assert (second.run.strategy, second.run.is_full_snapshot) == ("merge", False)
    assert (second.stats["update"], second.stats["missing"], second.stats["retire"]) == (1, 0, 0)
    assert desk.is_present("NINJAONE", "S001")


@pytest.mark.parametrize("strategy", ["snapshot", "replace"])
def test_a_few_rejected_rows_are_never_taken_for_all_there_is(desk: Desk, strategy: str):
    """ERR-3: with --mends, and without it where the file carries the marks."""
    source = "NINJAONE" if strategy == "snapshot" else "EXCEL"
    rows = [*fleet(20)[:19], device("S020", "T020", warranty_end="soon")]
    run = desk.load(source, rows, strategy="merge")

    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(run.rejected(), mends=run.run_id, strategy=strategy)
    assert (refused.value.code, refused.value.hint) == (
        "mended-rows-are-few",
        "Leave --strategy away: mended rows are merged.",
    )
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(run.rejected(), record_type="device", source=source, strategy=strategy)
    assert refused.value.code == "mended-rows-are-few"
    assert "--mends RUN" in refused.value.hint


def test_rows_appended_are_appended_when_they_are_mended(desk: Desk):
    """ERR-3, PLN-4"""
    run = desk.load("EXCEL", [device("S1", "T1", warranty_end="soon")], strategy="append")

    plan = desk.book.plan(
        run.rejected().with_columns(pl.lit("2026-02-28").alias("Warranty end")), mends=run.run_id
    )

    assert plan.plan.strategy == "append"


def test_a_file_with_the_marks_names_the_run_it_may_mend(desk: Desk):
    """ERR-3: the newest run of that source that rejected rows under the same headers."""
    desk.load("EXCEL", [{"Serial Number": "S9", "Warranty end": "never"}], strategy="merge")
    run = desk.load("EXCEL", BAD, strategy="merge")
    desk.load("EXCEL", fleet(3), strategy="merge")

    plan = desk.book.plan(run.rejected(), record_type="device", source="EXCEL", strategy="merge")

    (told,) = [each for each in plan.plan.warnings if each.code == "mended-file"]
    assert f"--mends {run.run_id}" in told.message
    assert [column for _, column in plan.plan.mapping.unmapped] == []


def test_what_cannot_be_mended_is_refused(desk: Desk):
    """ERR-3"""
    good = desk.load("EXCEL", fleet(3), strategy="merge")
    bad = desk.load("EXCEL", BAD, strategy="merge")
    rows = bad.rejected()
    undone = bad.rollback()
    with pytest.raises(NotFound) as unknown:
        desk.book.plan(rows, mends=99)
    assert unknown.value.code == "unknown-run"
    for each in (good, bad, undone):
        with pytest.raises(InvalidInput) as refused:
            desk.book.plan(rows, mends=each.run_id)
        assert refused.value.code == "nothing-to-mend"
    other = desk.load("EXCEL", BAD, strategy="merge")
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(rows, mends=other.run_id, source="NINJAONE")
    assert refused.value.code == "mends-other-source"


def test_rows_that_were_mended_and_rejected_again_keep_their_own_columns(desk: Desk, tmp_path: Path):
    """ERR-3: no marks upon marks."""
    first = desk.load("EXCEL", BAD, strategy="merge")
    first.save_rejected(tmp_path / "bad.csv")

    second = desk.book.plan(tmp_path / "bad.csv", mends=first.run_id).apply()

    assert second.rejected().columns == first.rejected().columns


def test_repeated_headers_are_written_as_they_were(desk: Desk, tmp_path: Path):
    """ERR-3: so that the file is mapped as its run's was."""
    path = tmp_path / "twice.csv"
    path.write_text("Serial Number,Warranty end,Note,Note\nS1,soon,a,b\n")
    run = desk.book.plan(path, record_type="device", source="EXCEL", strategy="merge").apply()

    run.save_rejected(tmp_path / "bad.csv")

    head = (tmp_path / "bad.csv").read_text().splitlines()[0]
    assert head == "Serial Number,Warranty end,Note,Note,_line,_code,_message"
    assert run.rejected().columns[2:4] == ["Note", "Note (4)"]


def test_a_file_that_cannot_be_written_is_refused(desk: Desk, tmp_path: Path):
    """ERR-3"""
    run = desk.load("EXCEL", BAD, strategy="merge")

    for name, code in (
        ("bad.ods", "bad-file-name"),
        ("none/bad.csv", "cannot-write"),
        ("none/bad.xlsx", "cannot-write"),
    ):
        with pytest.raises(InvalidInput) as refused:
            run.save_rejected(tmp_path / name)
        assert refused.value.code == code


def test_a_cell_that_no_sheet_holds_is_left_to_csv(desk: Desk, tmp_path: Path):
    """ERR-3"""
    run = desk.load("EXCEL", [device("S1", "T1", warranty_end="x" * 40_000)], strategy="merge")

    with pytest.raises(InvalidInput) as refused:
        run.save_rejected(tmp_path / "bad.xlsx")

    assert refused.value.code == "sheet-too-small"
    assert run.save_rejected(tmp_path / "bad.csv") == 1


def test_the_limit_is_decided_when_the_plan_is_made(desk: Desk):
    """ERR-1: more than 5 % and more than ten rows; then nothing is written."""
    rows = [*fleet(100), *(device(f"B{n}", f"X{n}", warranty_end="soon") for n in range(11))]

    plan = desk.plan("EXCEL", rows, strategy="merge")

    refused = refusal_of(plan)
    assert (refused.code, refused.details["limit"]) == ("too-many-rejects", 10)
    assert desk.plan("EXCEL", rows, strategy="merge", reject_limit="10%").refusal is None
    assert desk.plan("EXCEL", rows, strategy="merge", reject_limit="11").refusal is None
    with pytest.raises(InvalidInput):
        plan.apply()
    assert desk.count() == 0
