"""Bad rows, duplicates and conflicts on the command line: what is said, and that it says what to do (ERR, IDN, PACK-1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.interfaces.conftest import Command

THING = """
name = "thing"
title = "Thing"
plural = "Things"
external_id = "code"
[[field]]
name = "code"
required = true
max_length = 5
[[field]]
name = "qty"
type = "integer"
minimum = "1"
maximum = "9"
[[field]]
name = "price"
type = "decimal"
[[field]]
name = "ok"
type = "boolean"
[[field]]
name = "day"
type = "date"
formats = ["%d/%m/%Y"]
[[field]]
name = "at"
type = "datetime"
[[field]]
name = "kind"
type = "choice"
choices = ["red", "green"]
[[field]]
name = "mail"
type = "email"
[[field]]
name = "tel"
type = "phone"
[[field]]
name = "web"
type = "url"
[[field]]
name = "data"
type = "json"
"""
SHOP = "--type thing --source SHOP"
DEVICES = "--type device --source MANUAL"


@pytest.fixture
def shop(stocktake: Command, write) -> Command:
    write("thing.toml", THING)
    assert stocktake("type add thing.toml").code == 0
    assert stocktake("source add SHOP --type thing").code == 0
    return stocktake


@pytest.mark.parametrize(
    ("column", "cell", "code", "said"),
    [
        ("Code", "", "constraint-error", "Code is required and blank. Fill the cell."),
        ("Code", "toolong", "constraint-error", '"toolong" is longer than 5 characters. Shorten it.'),
        ("Qty", "0", "constraint-error", '"0" is less than 1. Write 1 or more.'),
        ("Qty", "10", "constraint-error", '"10" is more than 9. Write 9 or less.'),
        ("Qty", "1.5", "type-error", '"1.5" is not a whole number. Write it in digits alone, such as 1500.'),
        (
            "Price",
            "1.5 Mio",
            "type-error",
            '"1.5 Mio" is not a number. Write it in digits with a point before decimals, such as 1500000 or 12.5.',
        ),
        (
            "Price",
            "1e6",
            "type-error",
            '"1e6" has an exponent. Write the number in full, such as 1500000 for 1.5e6.',
        ),
        ("OK", "perhaps", "type-error", '"perhaps" is neither true nor false. Write true or false.'),
        ("Day", "31/02/2026", "type-error", '"31/02/2026" is not a date. Write it as DD/MM/YYYY.'),
        ("At", "soon", "type-error", '"soon" is not a date and time. Write it as 2024-02-29T14:30:00Z.'),
        (
            "Kind",
            "blue",
            "constraint-error",
            '"blue" is not one of the choices. Write red, green, or map the word to one of them.',
        ),
        (
            "Mail",
            "a@b",
            "type-error",
            '"a@b" is not an e-mail address. Write one address, such as anna@example.com.',
        ),
        (
            "Tel",
            "12",
            "type-error",
            '"12" is not a phone number. Write 5 to 20 digits, such as +16045550199.',
        ),
        (
            "Web",
            "x.y",
            "type-error",
            '"x.y" is not a web address. Write it with its scheme, such as https://example.com.',
        ),
        (
            "Data",
            "{",
            "type-error",
            '"{" is not JSON that can be stored. Write it such as {"size": 2} or ["a", "b"].',
        ),
    ],
)
def test_a_bad_cell_names_line_column_value_and_what_to_do(
    shop: Command, write, column: str, cell: str, code: str, said: str
):
    """ERR-2: line and header as a person sees them in the file."""
    write(
        "rows.csv", f"Code,{column}\nA0,\nA1,{cell}\n" if column != "Code" else f"Qty,Code\n1,A0\n2,{cell}\n"
    )

    planned = shop(f"plan rows.csv {SHOP}")

    assert f"  Line 3, {column}: {said}" in planned.out
    (error,) = shop(f"plan rows.csv {SHOP} --json").document["errors"]
    assert (error["row"], error["column"], error["value"], error["code"]) == (3, column, cell, code)


def test_a_file_that_is_no_table_is_refused_before_anything_is_planned(shop: Command, write):
    """ERR-4: no run, nothing written, and each says what to do."""
    for name, content, code, exit_code in (
        ("lacks.csv", "Qty,Price\n1,2\n", "missing-column", 1),
        ("blank.csv", "", "file-empty", 3),
        ("header.csv", "Code,Qty\n", "no-rows", 3),
        ("cut.json", '{"a": [1,', "not-json", 3),
        ("picture.csv", b"\x89PNG\r\n\x1a\nxxxx", "unknown-format", 3),
    ):
        said = shop(f"import {write(name, content)} {SHOP} --yes --json")
        assert (said.code, said.document["error"]["code"]) == (exit_code, code)
        assert said.document["error"]["hint"]
    assert shop("runs --json").document["total"] == 0


def test_rows_of_one_key_that_differ_name_their_lines_and_the_ways_out(shop: Command, write):
    """IDN-3"""
    write("twice.csv", "Code,Qty,Day\nA1,1,01/02/2026\nA1,2,02/01/2026\nA2,3,\nA2,3,\n")

    out = shop(f"plan twice.csv {SHOP}").out

    assert (
        'Line 2, Code: Lines 2, 3 all carry "A1" and differ. Keep one of them, or say which counts with '
        "--duplicates first, last or latest:COLUMN."
    ) in out
    assert "same record as another row of this file (line 4)" in out


@pytest.mark.parametrize(
    ("choice", "kept", "lost"), [("first", "1", 3), ("last", "2", 2), ("latest:Seen", "1", 3)]
)
def test_the_operator_says_which_row_counts_and_sees_which_gives_way(
    shop: Command, write, choice: str, kept: str, lost: int
):
    """IDN-3"""
    write("twice.csv", "Code,Qty,Seen\nA1,1,2026-02-01\nA1,2,2026-01-01\n")

    planned = shop(f"import twice.csv {SHOP} --duplicates {choice} --yes")

    other = 2 if lost == 3 else 3
    assert f"{lost}  same record as another row of this file (line {other})" in planned.out
    assert shop("records thing --json").document["items"][0]["values"]["qty"] == kept


@pytest.mark.parametrize(
    ("choice", "code", "said"),
    [
        ("newest", "unknown-duplicates-choice", "Choose one of reject, first, last, latest:COLUMN."),
        ("latest:Nope", "unknown-column", "It has: Code, Qty."),
        (
            "latest:",
            "unknown-duplicates-choice",
            "Write --duplicates latest:COLUMN; the file has: Code, Qty.",
        ),
    ],
)
def test_another_choice_is_refused(shop: Command, write, choice: str, code: str, said: str):
    """IDN-3"""
    write("once.csv", "Code,Qty\nA1,1\n")

    refused = shop(f"plan once.csv {SHOP} --duplicates {choice}")

    assert (refused.code, f"[{code}]" in refused.err, said in refused.err) == (1, True, True)


def test_words_that_are_no_choice_are_given_back_to_be_pasted(shop: Command, write, folder: Path):
    """PLN-8"""
    write("words.csv", "Code,Kind\nA1,gren\nA2,blue\nA3,blue\n")
    out = shop(f"plan words.csv {SHOP}").out
    line = next(each for each in out.splitlines() if "none of the choices red, green" in each)
    assert '"blue" (2 rows), "gren" (1 row; green?)' in line

    words = json.loads(line[line.index("{") : line.rindex("}") + 1])
    words["values"]["kind"]["blue"] = "red"
    (folder / "words.json").write_text(json.dumps(words))

    assert shop(f"plan words.csv {SHOP} --overrides words.json --json").document["counts"]["create"] == 3


def test_a_column_that_contradicts_its_declaration_is_told_before_it_is_misread(shop: Command, write):
    """PLN-21"""
    write("days.csv", "Code,Day\nA1,01/31/2026\nA2,03/04/2026\n")

    out = shop(f"plan days.csv {SHOP}").out

    assert "Day is read as DD/MM/YYYY, but 1 cell fits only if read as MM/DD/YYYY" in out
    assert 'Line 3, Day: "03/04/2026" may be read as DD/MM/YYYY or as MM/DD/YYYY' in out


# ---------------------------------------------------------------- conflicts


@pytest.fixture
def tagged(stocktake: Command, write) -> Command:
    """S1 with T1 is record 1, S2 with T2 record 2."""
    write("tags.csv", "Serial Number,Asset Tag\nS1,T1\nS2,T2\n")
    write("moved.csv", "Serial Number,Asset Tag\nS1,T2\n")
    assert stocktake(f"import tags.csv {DEVICES} --yes").code == 0
    return stocktake


def test_a_conflict_names_both_records_and_the_way_out(tagged: Command):
    """PLN-6, ERR-2, PACK-1"""
    planned = tagged(f"plan moved.csv {DEVICES}")

    assert (
        'Line 2, Asset Tag: "T2" leads to record 2, and what stands above it to record 1. Correct the one that is wrong, or '
        "let record 1 have it with --on-conflict overwrite."
    ) in planned.out
    (error,) = tagged(f"plan moved.csv {DEVICES} --json").document["errors"]
    assert (error["row"], error["value"], error["code"]) == (2, "T2", "conflict")
    tagged(f"import moved.csv {DEVICES} --yes")
    (row,) = tagged("run errors 2 --json").document["items"]
    assert '"T2" leads to record 2' in row["reason"]


def test_overwriting_shows_both_changes_before_it_makes_them(tagged: Command):
    """PACK-1"""
    planned = tagged(f"plan moved.csv {DEVICES} --on-conflict overwrite")

    assert "Give way: 1" in planned.out
    assert "T2 → T2~2  line 2 gives it to record 1" in planned.out
    shape = tagged(f"import moved.csv {DEVICES} --on-conflict overwrite --yes --json").document
    assert (shape["counts"]["update"], shape["counts"]["displaced"], shape["counts"]["conflict"]) == (1, 1, 0)
    assert shape["records"]["displaced"] == [
        {
            "record_id": 2,
            "name": "T2",
            "external_id": None,
            "reason": 'asset_tag "T2" becomes "T2~2": line 2 gives it to record 1',
        }
    ]
    assert (
        'Asset tag "T2" of device 2 became "T2~2": line 2 of moved.csv gives it to device 1.'
        in tagged("run show 2").out
    )
    assert tagged("rollback 2 --yes").code == 0
    found = tagged("records device --json").document["items"]
    assert sorted(each["values"]["asset_tag"] for each in found) == ["T1", "T2"]


def test_rows_that_lead_to_several_records_or_to_anothers_are_told_apart(tagged: Command, write):
    """PLN-6, ERR-2"""
    write("odd.csv", "Serial Number,Asset Tag\nS9,T1\n")

    assert (
        'Line 2, Asset Tag: "T1" leads to record 1, which goes by another Serial number. Correct the one that is wrong.'
        in tagged(f"plan odd.csv {DEVICES}").out
    )
