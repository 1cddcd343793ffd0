"""Where the header is and what it says (REA-2, REA-4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.readers.header import Header, find_header

PATH = Path("devices.csv")


def header(text: str, line: int | None = None) -> Header:
    return find_header(PATH, text, ReadOptions(header_line=line), whole=True)


@pytest.mark.parametrize("before", ["", "\n", " \n\t\n\n", ",,\n", '"",\n', "sep=,\n", "sep=,\n\n"])
def test_the_header_is_the_first_line_with_something_in_it(before: str) -> None:
    found = header(before + "id,name\n1,2\n")
    assert (found.labels, found.line) == (("id", "name"), before.count("\n") + 1)
    assert (found.rows_at, found.rows_line) == (len(before) + 8, found.line + 1)


def test_the_operator_may_name_the_header_line() -> None:
    found = header("Report, of; 2024\nid;name\n1;2\n", line=2)
    assert (found.labels, found.delimiter, found.rows_line) == (("id", "name"), ";", 3)


@pytest.mark.parametrize("line", [0, -1, 4])
def test_refuses_a_header_line_that_is_not_there(line: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        header("a\nb\nc\n", line=line)
    assert refusal.value.code == "header-line-missing"


def test_labels_lose_surrounding_blanks_and_quotes_and_nothing_else() -> None:
    assert header('" id ", Größe ,"a ""b"", c",\n').labels == ("id", "Größe", 'a "b", c', "")


def test_a_label_may_hold_line_ends() -> None:
    found = header('id,"first\r\nname"\r\n1,2\r\n')
    assert (found.labels, found.rows_line, found.rows_at) == (("id", "first\r\nname"), 3, 18)


def test_blank_and_repeated_labels_are_stated() -> None:
    warnings = header("id,,name,name,\n").warnings()
    assert [(w.code, w.count, w.rows) for w in warnings] == [
        ("blank-label", 2, (1,)),
        ("duplicate-label", 1, (1,)),
    ]
    assert "column 2, 5" in warnings[0].message
    assert "'name'" in warnings[1].message


@pytest.mark.parametrize(
    ("text", "code"),
    [('id,na"me\n1,2\n', "bare-quote"), ('id,"name\n1,2\n', "unclosed-quote"), (",,\n\n", "file-empty")],
)
def test_refuses_a_header_that_cannot_be_read_and_says_why(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        header(text)
    assert refusal.value.code == code
    assert refusal.value.hint


def test_refuses_a_first_line_without_end() -> None:
    """REA-6."""
    with pytest.raises(Refusal) as refusal:
        find_header(PATH, "x" * 2_000_000, ReadOptions(), whole=False)
    assert refusal.value.code == "header-too-long"
