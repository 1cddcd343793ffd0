"""Problems of rows are told by kind, the most frequent first (ERR-2)."""

from __future__ import annotations

import polars as pl

from stocktake.reporting.rejection import problem_groups


def problem(
    line: int, message: str, column: str | None = "Amount", code: str = "type-error", value: str | None = ""
) -> dict[str, object]:
    return {"line": line, "column": column, "value": value, "code": code, "message": message}


def test_the_same_fault_of_a_column_is_one_kind_whatever_the_cells_say():
    """ERR-2"""
    kinds, told = problem_groups(
        pl.DataFrame(
            [
                problem(9, "Name is required and blank. Fill the cell.", "Name", "constraint-error"),
                problem(14, '"1,5 Mio" is not a number. Write 1500000.'),
                problem(17, '"a "quoted" one" is not a number. Write 1.', value='a "quoted" one'),
                problem(30, '"two\nlines" is not a number. Write 1.'),
                problem(41, '"-1" is less than 0. Write 0 or more.', code="constraint-error"),
            ]
        )
    )

    assert kinds.select("what", "rows").rows() == [
        ("Amount is not a number", 3),
        ("Name is required and blank", 1),
        ("Amount is less than 0", 1),
    ]
    assert kinds["lines"][0].to_list() == [14, 17, 30]
    assert told.filter(pl.col("group") == kinds["group"][0])["line"].to_list() == [14, 17, 30]


def test_rows_that_name_each_other_are_one_kind():
    """IDN-3, PLN-21: their messages differ in the lines that they name."""
    kinds, _ = problem_groups(
        pl.DataFrame(
            [
                problem(
                    3, 'Lines 3, 5 all carry "A" and differ. Keep one of them.', "Serial", "duplicate-key"
                ),
                problem(
                    8, 'Lines 8, 9 all carry "B" and differ. Keep one of them.', "Serial", "duplicate-key"
                ),
                problem(4, "The row has more cells than the header. Quote it.", None, "extra-cell"),
            ]
        )
    )

    assert kinds["what"].to_list() == [
        "Serial has the same value on several rows, which differ",
        "The row has more cells than the header",
    ]


def test_where_nothing_is_wrong_there_is_no_kind():
    schema = {"line": pl.UInt32, **dict.fromkeys(("column", "value", "code", "message"), pl.String)}

    kinds, told = problem_groups(pl.DataFrame(schema=schema))

    assert (kinds.height, told.height) == (0, 0)
