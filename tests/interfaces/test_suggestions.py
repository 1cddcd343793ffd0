"""Suggestions, recognition and the key's facts on the screen and as JSON (MAP, INT-11)."""

from __future__ import annotations

import pytest

TYPOS = (
    "Serail Number,Asset Tag,Manufcturer,Email,Notes\n"
    "S1,T1,Dell,a@example.com,x\nS2,T2,HP,b@example.com,\nS2,T3,HP,c@example.com,z\n,T4,HP,d@example.com,z\n"
)
EXCEL = "--type device --source EXCEL"


@pytest.fixture
def typos(write):
    write("typos.csv", TYPOS)


def test_an_inspection_shows_a_row_per_column_and_what_to_paste_int_11(stocktake, typos):
    said = stocktake(f"inspect typos.csv {EXCEL}")

    assert said.code == 0
    rows = {line.split("  ")[1].strip(): line for line in said.out.splitlines() if line.startswith("  ")}
    assert "serial_number? (fuzzy" in rows["Serail Number"]
    assert "asset_tag (alias)" in rows["Asset Tag"]
    assert "75%" in rows["Serail Number"]
    assert "email" in rows["Email"]
    assert "--map 'Serail Number=serial_number'" in said.out
    assert "4 columns without a field, kept beside the record (--extra drop: left out)" in said.out
    assert "stocktake plan typos.csv --type device --source EXCEL" in said.out


def test_the_key_stands_before_the_columns_map_5(stocktake, typos):
    out = stocktake("inspect", "typos.csv", *EXCEL.split(), "--map", "Serail Number=serial_number").out

    facts = 'Key "Serail Number": 2 distinct of 3 filled, in 4 rows.'
    assert facts in out
    assert "1 row has no key (line 5)." in out
    assert '1 key stands in several rows: "S2" (lines 3, 4).' in out
    assert out.index(facts) < out.index("distinct  reads as")


def test_required_fields_without_a_column_stand_out_map_3(stocktake, typos):
    out = stocktake("inspect typos.csv --type device --source NINJAONE").out

    assert "Required, and without a column: serial_number" in out


def test_json_says_the_same_int_11(stocktake, typos):
    shape = stocktake(f"inspect typos.csv {EXCEL} --json").document

    assert shape["columns"][3]["looks_like"] == "email"
    mapping = shape["suggested"]["mapping"]
    assert [(each["column"], each["field"], each["how"]) for each in mapping["suggestions"]] == [
        ("Serail Number", "serial_number", "fuzzy"),
        ("Manufcturer", "make", "fuzzy"),
    ]
    assert mapping["drift"] is None
    assert shape["suggested"]["clear"] is False
    assert shape["suggested"]["candidates"] == []
    assert mapping["key"] is None


def test_a_file_of_very_many_columns_is_no_wall_of_text(stocktake, write):
    write(
        "wide.csv",
        ",".join(["Serial Number", *(f"Reading {each}" for each in range(300))]) + "\nS1" + "," * 300 + "\n",
    )

    out = stocktake(f"inspect wide.csv {EXCEL}").out

    assert "… and 300 more columns without a field: --json lists all" in out
    assert len(out.splitlines()) < 30


def test_the_preview_begins_with_the_key_and_tells_what_may_be_meant(stocktake, write):
    write("some.csv", TYPOS.replace("Serail", "Serial"))

    said = stocktake(f"plan some.csv {EXCEL} --on-error reject-rows")
    shape = stocktake(f"plan some.csv {EXCEL} --on-error reject-rows --json").document

    assert said.out.splitlines()[2] == 'Key "Serial Number": 2 distinct of 3 filled, in 4 rows.'
    assert "--map Manufcturer=make" in said.out
    assert shape["mapping"]["key"]["repeated"]["examples"] == ["S2"]
    assert [each["column"] for each in shape["mapping"]["suggestions"]] == ["Manufcturer"]


def test_suggestions_are_taken_on_demand_and_columns_dropped(stocktake, typos):
    shape = stocktake(
        f"import typos.csv {EXCEL} --accept-suggestions 0.85 --extra drop --duplicates first --yes --json"
    ).document

    assert {each["field"]: each["how"] for each in shape["mapping"]["columns"]} == {
        "serial_number": "fuzzy",
        "asset_tag": "alias",
        "make": "fuzzy",
    }
    shown = stocktake("record show device 1 --json").document
    assert "Notes" not in str(shown["values"])


def test_a_file_nobody_names_is_imported_as_what_its_header_says_map_2(samples, stocktake):
    said = stocktake("import telus.csv --yes")

    assert said.code == 0
    assert "Nobody said what this file is; by its header it is device from TELUS" in said.out
    assert stocktake("runs --json").document["items"][0]["source"] == "TELUS"


def test_where_the_header_does_not_tell_it_asks_with_the_candidates_map_2(samples, stocktake):
    said = stocktake("import ninjaone-1.csv --yes --json")

    assert said.code == 1
    error = said.document["error"]
    assert error["code"] == "bad-arguments"
    assert "device from NINJAONE (" in error["message"]
    assert "device from NINJAONE_SERVERS (" in error["message"]
    assert "--type device --source NINJAONE" in error["hint"]


def test_a_mapping_saved_anew_is_another_version_map_4(stocktake, write):
    versions = []
    for word in ("won", "lost", "won"):
        write("own.toml", f'[values.stage_normalized]\n"In" = "{word}"\n')
        stocktake("mapping add own own.toml --type deal --source HUBSPOT")
        versions.append(stocktake("mapping show own --json").document["version"])

    assert versions[0] == versions[2] != versions[1]
    assert versions[0][:12] in stocktake("mapping show own").out
