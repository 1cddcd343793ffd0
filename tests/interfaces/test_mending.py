"""``run errors --out`` and ``import --mends``: rejected rows out and in again (ERR-3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.conftest import Command

FILE = "Serial Number,Display Name,Warranty End Date\nA1,X1,31/02/2026\nA2,X2,2026-01-01\nA3,X3,soon\n"
NINJA = "--type device --source NINJAONE"


@pytest.fixture
def rejecting(stocked: Command, write) -> Command:
    """A database whose run 3 rejected two rows."""
    write("export.csv", FILE)
    assert stocked(f"import export.csv {NINJA} --strategy merge --yes").code == 0
    return stocked


def test_rejected_rows_are_saved_mended_and_imported_by_the_number_of_their_run(
    rejecting: Command, folder: Path
):
    """ERR-3: type, source and strategy need not be said again."""
    said = rejecting("run errors 3 --out bad.csv").out
    assert "2 rejected rows written to bad.csv." in said
    assert "`stocktake import bad.csv --mends 3`" in said
    text = (folder / "bad.csv").read_text()
    (folder / "mended.csv").write_text(text.replace("A1,X1,31/02/2026", "A1,X1,2026-02-28"))

    shape = rejecting("import mended.csv --mends 3 --yes --json").document

    assert (shape["strategy"], shape["counts"]["create"], shape["counts"]["reject"]) == ("merge", 1, 1)
    assert shape["warnings"] == []
    assert shape["mapping"]["unmapped"] == []
    runs = rejecting("runs").out
    assert "mended.csv, mends run 3" in runs
    assert "2 (1 mended)" in runs
    assert "applied, mended by 4" in runs
    assert "2 rows rejected, 1 of them mended by run 4" in rejecting("run show 3").out
    assert rejecting("run show 3 --json").document["mended"] == {"rows": 1, "by": [4]}
    assert rejecting("run show 4 --json").document["mends_run"] == 3
    assert "mends" in rejecting("run show 4").out


def test_a_workbook_does_as_well(rejecting: Command):
    """ERR-3"""
    assert rejecting("run errors 3 --out bad.xlsx --json").document == {"file": "bad.xlsx", "rows": 2}

    shape = rejecting("plan bad.xlsx --mends 3 --json").document

    assert (shape["file"]["format"], shape["counts"]["reject"], shape["record_type"]) == ("xlsx", 2, "device")


def test_a_mended_file_is_no_snapshot(rejecting: Command):
    """ERR-3: NINJAONE would sweep by default."""
    rejecting("run errors 3 --out bad.csv")

    with_run = rejecting("import bad.csv --mends 3 --strategy snapshot --yes")
    without = rejecting(f"import bad.csv {NINJA} --yes")

    assert (with_run.code, without.code) == (1, 1)
    assert "bad.csv holds only the rows that run 3 rejected" in with_run.err
    assert "Say which run it mends with --mends RUN" in without.err


def test_the_screen_says_what_a_file_mends_or_may_mend(rejecting: Command):
    """ERR-3"""
    rejecting("run errors 3 --out bad.csv")

    assert "It mends what run 3 rejected." in rejecting("plan bad.csv --mends 3").out
    assert "say so with --mends 3" in rejecting(f"plan bad.csv {NINJA} --strategy merge").out
    assert "Say whose with --mends RUN" in rejecting("inspect bad.csv").out


def test_without_a_run_to_mend_type_and_source_must_be_said(stocktake: Command, write):
    write("export.csv", FILE)

    for words, lacking in (("", "--type"), ("--type device", "--source")):
        said = stocktake(f"plan export.csv {words}".strip())
        assert (said.code, f"{lacking} is missing." in said.err) == (1, True)
