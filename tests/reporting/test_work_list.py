"""Which rows that imports left out still wait (ERR-3)."""

from __future__ import annotations

from stocktake.model.run import Mended, Run, RunKind, RunStatus
from stocktake.reporting.work_list import left_out


def run(run_id: int, rejected: int, *, mends: int | None = None, mended: int = 0, **stats: int) -> Run:
    return Run(
        run_id=run_id,
        kind=RunKind.IMPORT,
        status=RunStatus.APPLIED,
        source="EXCEL",
        record_type="device",
        stats={"errors": rejected, **stats},
        mends_run=mends,
        mended=Mended(rows=mended, by=(99,)) if mended else None,
    )


def waiting(*runs: Run) -> dict[int, int]:
    return {each.run.run_id: each.waiting for each in left_out(runs)}


def test_rows_wait_until_all_of_them_are_in():
    """ERR-3"""
    assert waiting(run(3, 5), run(2, 5, mended=3), run(1, 5, mended=5)) == {3: 5, 2: 2}


def test_rows_that_are_left_out_again_wait_where_they_were_seen_last():
    """ERR-3: of five rows three came in, and two were rejected again; they are not told twice."""
    assert waiting(run(2, 2, mends=1), run(1, 5, mended=3)) == {2: 2}
    assert waiting(run(2, 2, mends=1), run(1, 5, mended=2)) == {2: 2, 1: 1}


def test_a_run_says_how_many_rows_are_in_conflict_and_how_many_faulty():
    """PRE-20, ERR-2"""
    (found,) = left_out([run(1, 6, conflict=2, ambiguous=1, reject=3)])

    assert (found.undecided, found.faulty) == (3, 3)
