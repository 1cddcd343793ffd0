"""How a file is read, in the words of pages, and back (REA-2)."""

from __future__ import annotations

import pytest

from stocktake.interfaces.web.reading import reading_of, sentence_of
from stocktake.model.errors import InvalidInput
from stocktake.ports.reader import Layout


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            {"format": "csv", "encoding": "utf-8", "delimiter": ";", "header_line": 3, "header_lines": 1},
            "UTF-8, “;” separated, header on line 3",
        ),
        (
            {
                "format": "tsv",
                "encoding": "utf-8-sig",
                "delimiter": "\t",
                "header_line": None,
                "header_lines": 0,
            },
            "UTF-8 with a byte order mark, tab separated, no header",
        ),
        (
            {
                "format": "xlsx",
                "header_line": 8,
                "header_lines": 2,
                "sheet": "Deals",
                "sheets": ("Deals", "Notes", "Old"),
            },
            "Excel workbook, header on lines 8 to 9, sheet “Deals” (2 others)",
        ),
        (
            {
                "format": "csv",
                "encoding": "cp1252",
                "delimiter": ",",
                "header_line": 1,
                "compression": "zip",
                "member": "a.csv",
                "members": ("a.csv", "b.csv"),
            },
            "packed as zip, file “a.csv” (1 other), Windows-1252 (Western Europe), “,” separated, header on line 1",
        ),
        ({"format": "ndjson", "encoding": "utf-8"}, "JSON, one record a line"),
    ],
)
def test_a_layout_is_told_in_a_sentence(told, sentence):
    assert sentence_of(Layout(header=("a",), **told)) == sentence


def test_what_a_form_leaves_open_is_not_said():
    assert reading_of({"encoding": "", "delimiter": "\t", "header_line": " 4 ", "other": "x"}) == {
        "delimiter": "\t",
        "header_line": 4,
    }
    assert reading_of({"header_line": "none", "sheet": "Deals"}) == {"header_lines": 0, "sheet": "Deals"}


@pytest.mark.parametrize("line", ["0", "x", "-1", "1.5", "9999999999"])
def test_a_line_that_no_file_has_is_refused(line):
    with pytest.raises(InvalidInput, match=r"^Header line: “.+” is no whole number from 1"):
        reading_of({"header_line": line})
