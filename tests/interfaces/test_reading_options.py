"""How to read a text file, said on the command line and by settings (REA-2, REA-6)."""

from __future__ import annotations

import pytest

TEXT = "Report of 2024\n\nSerial Number;Device Name\nA1;'x'\nA2;y\nTotal;2\n"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("", {"header_line": 3, "rows": 3, "quote": '"', "header_lines": 1}),
        ("--footer-lines 1", {"rows": 2}),
        ("--quote ' --escape none", {"quote": "'"}),
        ("--header-lines 0", {"header_line": None, "header_lines": 0}),
        ("--plain", {"header_line": 1}),
        ("--line-end lf --on-undecodable replace", {"rows": 3}),
    ],
)
def test_an_inspection_reads_as_it_is_told(stocktake, tmp_path, words, shown):
    file = tmp_path / "devices.csv"
    file.write_text(TEXT)
    document = stocktake("inspect", str(file), "--json", *words.split()).document
    assert {name: document[name] for name in shown} == shown


def test_a_limit_of_the_environment_is_named_where_it_is_passed(stocktake, tmp_path, monkeypatch):
    """REA-6."""
    file = tmp_path / "devices.csv"
    file.write_text("Serial Number\nA1\nA2\n")
    monkeypatch.setenv("STOCKTAKE_MAX_ROWS", "1")
    refused = stocktake("inspect", str(file), "--json")
    assert (refused.code, refused.document["error"]["code"]) == (3, "too-many-rows")
    monkeypatch.setenv("STOCKTAKE_MAX_ROWS", "many")
    refused = stocktake("inspect", str(file), "--json")
    assert (refused.code, refused.document["error"]["code"]) == (1, "bad-setting")
