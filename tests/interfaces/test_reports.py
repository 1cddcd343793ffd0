"""Waterfalls, sync runs, freshness and what is missing, as people and programs read them (HIS-6, PRE-22, FRE-2, FRE-3)."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

NINJA = "--type device --source NINJAONE"
IMPORT = "--type deal --source csv_import --strategy replace --yes --allow-retire 9"


def csv(*rows: str) -> str:
    return "\n".join(["Deal ID,Deal Name,Stage,Amount", *rows]) + "\n"


def moved(stocktake):
    for name, rows in (
        ("1.csv", ("D1,Roof,Lead,0.1", "D2,Doors,Lead,20", "D3,Lamps,Won & <b>,5")),
        ("2.csv", ("D1,Roof,Won & <b>,0.1", "D2,Doors,Lead,1234.56", "D4,Gate,Lead,1")),
    ):
        Path(name).write_text(csv(*rows), encoding="utf-8")
        assert stocktake(f"import {name} {IMPORT}").code == 0


@pytest.fixture
def pipeline(prepared):
    """Three deals in run 1; in run 2 one has moved, one is gone, one has grown and one is new."""
    return prepared(moved)


def test_a_waterfall_is_a_table_that_adds_up(pipeline):
    """HIS-6."""
    lines = pipeline("waterfall deal --from 1 --amount amount").out.splitlines()

    assert lines[0].startswith("Deals by stage, from run 1 (20")
    table = {line.split("  ")[0]: line.split()[-6:] for line in lines[3:6]}
    assert table == {
        "Lead": ["2", "1", "0", "1", "0", "2"],
        "Won & <b>": ["1", "0", "1", "0", "1", "1"],
        "all": ["3", "1", "1", "1", "1", "3"],
    }
    assert "1,235.56" in "\n".join(lines)
    assert "  1 from Lead to Won & <b>" in lines


def test_a_waterfall_for_programs_has_exact_amounts(pipeline):
    """HIS-6: amounts are text, so that nothing rounds them."""
    shape = pipeline("waterfall deal --by run --amount amount --json").document

    assert list(shape) == ["record_type", "field", "amount", "by", "periods"]
    first, second = shape["periods"]
    assert list(second) == ["label", "from", "to", "stages", "total", "moves"]
    assert (first["label"], first["from"], second["from"]["run_id"]) == (
        "run 1",
        {"run_id": None, "at": None},
        1,
    )
    assert second["stages"][1] == {
        "stage": "Won & <b>",
        "begin": 1,
        "entered": 0,
        "moved_in": 1,
        "moved_out": 0,
        "left": 1,
        "end": 1,
        "amounts": {
            "begin": "5",
            "entered": "0",
            "moved_in": "0.1",
            "moved_out": "0",
            "left": "5",
            "revalued": "0",
            "end": "0.1",
        },
    }
    assert second["moves"] == [{"from": "Lead", "to": "Won & <b>", "count": 1, "amount": "0.1"}]


@pytest.mark.parametrize("more", ["", "--amount amount", "--by run", "--by month --amount amount"])
def test_a_waterfall_is_drawn(pipeline, folder, more):
    """HIS-6: well-formed, with words for who cannot see it, every number beside its bar, and no text that is markup."""
    said = pipeline(f"waterfall deal --svg out.svg {more}")
    text = (folder / "out.svg").read_text(encoding="utf-8")
    drawn = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"

    assert "The picture was written to out.svg." in said.out
    assert drawn.get("role") == "img"
    assert (drawn.findtext(f"{space}title") or "").startswith("Deals by stage")
    words = [each.text for each in drawn.iter(f"{space}text")]
    assert "Won & <b>" in words
    assert {"begin", "entered", "moved in", "moved out", "left", "end"} <= set(words)
    bars = list(drawn.iter(f"{space}rect"))
    for each in bars:
        left, top, width, height = (float(each.get(name, "0")) for name in ("x", "y", "width", "height"))
        assert left >= 0 <= top
        assert height >= 0
        assert left + width <= float(drawn.get("width", "0"))
    assert {each.get("class") for each in bars} >= {"stock", "in", "out"}


def test_control_characters_do_not_spoil_a_picture(stocktake, write, folder):
    """HIS-6: what XML cannot carry is shown as a sign."""
    write("1.csv", csv('D1,Roof,"Le\x07ad"" onload=""x",1'))
    stocktake(f"import 1.csv {IMPORT}")
    assert stocktake("waterfall deal --svg out.svg").code == 0
    assert "�" in (folder / "out.svg").read_text(encoding="utf-8")
    ElementTree.parse(folder / "out.svg")


def test_a_picture_that_cannot_be_written_is_refused(pipeline):
    said = pipeline("waterfall deal --svg none/out.svg")
    assert (said.code, "[cannot-write]" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ("--from 9", 2, "There is no run 9 that was applied."),
        ("--from 2 --to 1", 1, "The end of the waterfall lies before its beginning."),
        ("--field name", 1, "Deal does not track name, so nobody knows what it was before."),
        ("--amount owner", 1, "Owner is no number that could be added up."),
        ("--to soon", 1, '--to "soon" is neither a run nor a day.'),
        ("--by day", 1, "run"),
    ],
)
def test_a_question_that_has_no_answer_says_why(pipeline, options, code, says):
    said = pipeline(f"waterfall deal {options}")
    assert said.code == code
    assert says in said.err


def test_time_in_a_stage_counts_visits(pipeline):
    """HIS-6."""
    shape = pipeline("time-in-stage deal --json").document
    lead, won = shape["stages"]

    assert (shape["record_type"], shape["field"]) == ("deal", "stage")
    assert (lead["stage"], lead["visits"], lead["ended"], lead["open"]) == ("Lead", 3, 1, 2)
    assert (won["visits"], won["ended"], won["open"]) == (2, 1, 1)
    assert lead["median_days"] < 1
    assert pipeline("time-in-stage deal").out.splitlines()[0].split()[:3] == ["stage", "visits", "ended"]


def test_a_run_tells_what_it_added_to_the_history(pipeline):
    """HIS-5, HIS-8."""
    shape = pipeline("run history 2 --json").document

    assert shape["total"] == 4
    assert shape["items"][0] == {
        "record_id": 1,
        "name": "Roof",
        "field": "stage",
        "from": "Lead",
        "to": "Won & <b>",
        "kind": "file_import_diff",
    }
    said = pipeline("run history 2").out
    assert "(not in the export)" in said
    assert "Amount" in said
    assert "added nothing" in pipeline("run history 1").out


def test_the_sync_runs_of_a_source_have_their_counts(stocked):
    """PRE-22."""
    stocked(f"import ninjaone-2.csv {NINJA} --yes")
    stocked(f"import ninjaone-1.csv {NINJA} --strategy merge --yes --by ana")

    lines = stocked("runs --source NINJAONE --type device").out.splitlines()
    assert lines[0].split() == [
        "run",
        "when",
        "type",
        "how",
        "created",
        "updated",
        "retired",
        "reappeared",
        "missing",
        "failed",
        "by",
        "status",
    ]
    assert [line.split()[5] for line in lines[1:4]] == ["partial", "full", "full"]
    assert lines[2].split()[6:11] == ["2", "3", "1", "0", "1"]
    assert lines[1].split()[9] == "2"
    assert stocked("runs --source NINJAONE --full --json").document["total"] == 2
    assert stocked("runs --source TELUS --type deal").out == "No runs like that.\n"
    assert stocked("runs --source NOBODY").code == 2


def test_the_rows_of_a_run_include_the_records_its_file_lacked(stocked):
    """PRE-22."""
    stocked(f"import ninjaone-2.csv {NINJA} --yes")

    (retired,) = stocked("run rows 3 --decision retire --json").document["items"]
    assert (retired["line"], retired["name"], retired["values"]) == (None, "DT-0207", {})
    assert retired["reason"] == "no source has it any more"
    missing = stocked("run rows 3 --decision missing").out
    assert "still present in another source: TELUS" in missing
    whole = stocked("run rows 3 --json --page-size 10 --page 3").document
    assert (whole["total"], [each["decision"] for each in whole["items"]][-2:]) == (26, ["missing", "retire"])
    stocked(f"import ninjaone-1.csv {NINJA} --yes --allow-retire 5")
    back = stocked("run rows 4 --decision reappeared --json").document
    assert [each["name"] for each in back["items"]] == ["LT-0101", "DT-0207"]


def test_what_is_missing_is_told_with_what_keeps_it(stocked):
    """PRE-22."""
    stocked(f"import ninjaone-2.csv {NINJA} --yes")

    kept, retired = stocked("missing --json").document["items"]
    assert [each["source"] for each in kept["elsewhere"]] == ["TELUS"]
    assert (kept["elsewhere"][0]["overdue"], kept["kept_alive_by"], retired["elsewhere"]) == (False, None, [])
    assert "still in TELUS" in stocked("missing").out


def test_a_record_shows_who_misses_it_and_what_alone_keeps_it(stocked, monkeypatch):
    """PRE-22."""
    from datetime import UTC, datetime, timedelta

    from stocktake.book import book as module

    stocked(f"import ninjaone-2.csv {NINJA} --yes")
    number = stocked("missing --json").document["items"][0]["record_id"]
    assert "  Missing from NINJAONE since 20" in stocked(f"record show device {number}").out

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) + timedelta(days=400)

    monkeypatch.setattr(module, "datetime", Later)
    out = stocked(f"record show device {number}").out
    assert "  Kept alive only by TELUS, last read 400 days ago.\n" in out
    assert "kept alive only by TELUS, last read 400 days ago" in stocked("missing").out
    shape = stocked(f"record show device {number} --json").document
    assert shape["kept_alive_by"] == "kept alive only by TELUS, last read 400 days ago"
    assert [each["source"] for each in shape["missing_from"]] == ["NINJAONE"]
    assert {each["state"] for each in stocked("freshness --json").document["items"]} == {"stale"}


def test_freshness_is_told_in_words_and_ends_well(stocked):
    """FRE-2, FRE-3."""
    stocked("source add LATER --type device")

    said = stocked("freshness")
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in said.out.splitlines()[1:]}
    assert said.code == 0
    assert rows["NINJAONE"].startswith("fresh every 7 days device ")
    assert rows["LATER"] == "never imported"
    shape = stocked("freshness --json").document
    ninja = next(each for each in shape["items"] if each["source"] == "NINJAONE")
    assert list(ninja) == ["source", "last_sync_at", "age", "state", "expected_every", "last_imports"]
    assert list(ninja["last_imports"]["device"]) == ["imported_at", "record_count", "filename", "run_id"]
    assert shape["items"][0]["state"] == "never"
