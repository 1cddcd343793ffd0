"""How to read a text file, said on the command line and by settings (REA-2, REA-6)."""

from __future__ import annotations

import json
import zipfile

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


def test_a_member_of_an_archive_is_chosen_as_a_sheet_is(stocktake, samples):
    """REA-1, INT-11: refused with the line to paste, shown by inspect, imported one after the other from one archive."""
    with zipfile.ZipFile(samples / "all.zip", "w") as packed:
        packed.write(samples / "ninjaone-1.csv", "exports/ninjaone-1.csv")
        packed.write(samples / "ninjaone-2.csv", "exports/ninjaone-2.csv")
    refused = stocktake("inspect all.zip --json")
    assert (refused.code, refused.document["error"]["code"]) == (3, "several-members")
    assert "--member exports/ninjaone-1.csv" in refused.document["error"]["hint"]
    shown = stocktake("inspect all.zip --member ninjaone-1.csv --json").document
    assert (shown["compression"], shown["member"]) == ("zip", "exports/ninjaone-1.csv")
    assert shown["members"] == ["exports/ninjaone-1.csv", "exports/ninjaone-2.csv"]
    said = " ".join(stocktake("inspect all.zip --member 2").out.split())
    assert "packed with zip (exports/ninjaone-2.csv; others: exports/ninjaone-1.csv)" in said
    ninja = "--type device --source NINJAONE --strategy snapshot"
    first = stocktake(f"import all.zip {ninja} --member 1 --yes --json").document
    assert first["counts"]["create"] == 24
    second = json.loads(stocktake(f"plan all.zip {ninja} --member 2 --json").out)
    assert second["counts"]["unchanged"] < second["counts"]["rows"]
    unknown = stocktake("inspect all.zip --member 3 --json")
    assert (unknown.code, unknown.document["error"]["code"]) == (1, "unknown-member")


def test_a_row_that_breaks_is_told_with_line_and_character_in_both_faces(stocktake, tmp_path):
    """REA-4, ERR-2: people and programs are told the same."""
    file = tmp_path / "devices.csv"
    file.write_text("Serial Number,Device Name\nA1,x\nA2,y,z\nA3\n" + "".join(f"B{n},x\n" for n in range(9)))
    planned = ["plan", str(file), "--type", "device", "--source", "NINJAONE", "--strategy", "merge"]
    document = stocktake(*planned, "--json", "--reject-limit", "50%").document
    told = {each["row"]: (each["code"], each["message"]) for each in document["errors"]}
    places = {
        3: ("extra-cell", "3 cells instead of 2; cell 3 begins at character 6."),
        4: ("missing-cell", "1 cell instead of 2; cell 2 is missing at character 3."),
    }
    shown = " ".join(stocktake(*planned).out.split())
    for line, (code, place) in places.items():
        assert (told[line][0], place in told[line][1], place in shown) == (code, True, True)
