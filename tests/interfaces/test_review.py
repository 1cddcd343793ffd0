"""Held retirements, acknowledgements and closing a source from the command line (PRE-16, PRE-22, PRE-23)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

NINJA = "--type device --source NINJAONE"


def export(path: Path, numbers: range) -> None:
    rows = [f"S{number:03},PC-{number:03},WINDOWS_LAPTOP" for number in numbers]
    path.write_text("\n".join(["Serial Number,Display Name,Role", *rows, ""]), encoding="utf-8")


def six_held(stocktake):
    export(Path("one.csv"), range(1, 21))
    export(Path("two.csv"), range(7, 21))
    assert stocktake(f"import one.csv {NINJA} --yes").code == 0
    assert stocktake(f"import two.csv {NINJA} --on-guard hold --yes").code == 0


@pytest.fixture
def held(prepared):
    """Twenty devices, of which six are held for review."""
    return prepared(six_held)


def test_an_empty_queue_says_so(stocktake, folder):
    export(folder / "one.csv", range(1, 21))
    stocktake(f"import one.csv {NINJA} --yes")

    assert stocktake("held").out == "Nothing is held for review.\n"
    assert stocktake("held --json").document["items"] == []


def test_the_queue_is_listed_with_why_and_what_to_do(held):
    """PRE-16"""
    said = held("held --source NINJAONE")

    assert said.out.count("NINJAONE") >= 6
    assert (
        "Run 2: 6 of the 20 records that NINJAONE has would be retired (30%; the limit is 20%)." in said.out
    )
    assert "held retire ID" in said.out
    assert [each["external_id"] for each in held("held list --json").document["items"]][:2] == [
        "S001",
        "S002",
    ]


def test_records_are_retired_and_kept_by_number(held):
    """PRE-16"""
    assert held("held retire 1 2 --yes").out == "Run 3 is applied: 2 retired, 0 kept.\n"
    kept = held("held", "keep", "3", "--reason", "lent out", "--yes")
    assert kept.out == "Run 4 is applied: 0 retired, 1 kept.\n"
    assert held("held --json").document["total"] == 3
    assert held("rollback 3 --yes").code == 0
    assert held("held --json").document["total"] == 5
    assert "review" in held("runs").out


@pytest.mark.parametrize(
    ("command", "code", "name"),
    [
        ("held retire --yes", 1, "bad-arguments"),
        ("held retire 1 --all --yes", 1, "bad-arguments"),
        ("held retire 99 --yes", 2, "not-held"),
        ("held retire 1", 1, "confirmation-needed"),
        ("held keep 1 --yes", 1, "bad-arguments"),
        ("held --source FROB", 2, "unknown-source"),
        ("acknowledge device 20 --source NINJAONE --reason x", 2, "not-missing"),
        ("acknowledge device 1 --source NINJAONE --reason x --until soon", 1, "bad-option"),
        ("source close FROB --yes", 2, "unknown-source"),
        ("source close NINJAONE", 1, "confirmation-needed"),
        ("source set NINJAONE", 1, "bad-arguments"),
        ("import two.csv --type device --source NINJAONE --as-of yesterday --yes", 1, "bad-option"),
        ("import two.csv --type device --source NINJAONE --as-of 2020-01-01 --yes", 4, "older-snapshot"),
    ],
)
def test_what_is_refused_says_why(held, command, code, name):
    said = held(f"{command} --json")

    assert (said.code, said.document["error"]["code"]) == (code, name)


def test_a_missing_record_is_acknowledged(held):
    """PRE-22, PRE-29"""
    said = held(
        "acknowledge", "device", "1", "--source", "NINJAONE", "--reason", "in repair", "--until", "2026-12-31"
    )

    assert said.out == "Acknowledged (run 3). It ends when NINJAONE has the record again, or on 2026-12-31.\n"


def test_what_is_acknowledged_is_listed_only_when_asked_for(held):
    """PRE-22, PRE-29: and a record says who knows that it is missing."""
    held("acknowledge", "device", "1", "--source", "NINJAONE", "--reason", "in repair")

    assert "in repair" not in held("missing").out
    assert held("missing --json").document["total"] == 5
    assert "acknowledged by" in held("missing --acknowledged").out
    listed = held("missing --acknowledged --json").document["items"]
    assert [each["acknowledged"]["reason"] for each in listed if each["acknowledged"]] == ["in repair"]
    assert "in repair" in held("record show device 1").out
    links = held("record show device 1 --json").document["links"]
    assert [(each["acknowledged"]["reason"], each["held"]) for each in links] == [("in repair", True)]


def test_a_hold_that_has_expired_is_flagged(held, folder):
    """PRE-16, PRE-32"""
    with sqlite3.connect(folder / "stocktake.db") as database:
        database.execute(
            "UPDATE st_import_run SET applied_at = '2026-01-01T09:00:00.000000Z' WHERE run_id = 2"
        )

    said = held("held")
    assert said.out.count("2026-01-31, expired: kept") == 6
    assert {each["state"] for each in held("held --json").document["items"]} == {"expired"}
    assert "kept, hold expired" in held("missing").out
    assert "hold expired: kept" in held("record show device 1").out
    refused = held("held retire 1 --yes --json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "not-held")
    assert held("held", "keep", "1", "--reason", "lent out", "--yes").code == 0
    assert held("held --json").document["total"] == 5


def test_a_record_that_flaps_is_shown_as_such(stocktake, folder):
    """PRE-8: in the preview, in what is missing, and on the record's own page."""
    (folder / "feed.toml").write_text(
        'name = "FEED"\nrecord_types = ["device"]\ntracks_presence = true\nexternal_id = ["serial_number"]\n'
        "[guards]\nbudget_share = 1.0\n",
        encoding="utf-8",
    )
    assert stocktake("source add --file feed.toml").code == 0
    export(folder / "with.csv", range(1, 21))
    export(folder / "without.csv", range(2, 21))
    for name in ("with", "without") * 3:
        assert stocktake(f"import {name}.csv --type device --source FEED --yes").code == 0

    plan = stocktake("plan with.csv --type device --source FEED --json").document
    assert {each["code"]: each["rows"] for each in plan["warnings"]}["flapping-records"] == [2]
    for name in ("with", "without"):
        stocktake(f"import {name}.csv --type device --source FEED --yes")

    assert "flaps" in stocktake("missing").out
    assert [each["flapping"] for each in stocktake("missing --json").document["items"]] == [True]
    assert "Flaps: FEED had it again 3 times or more" in stocktake("record show device 1").out
    assert stocktake("record show device 1 --json").document["links"][0]["flapping"] is True


def test_what_a_source_ignores_carries_no_badge(stocktake, folder):
    """PRE-2, PRE-22"""
    stocktake(
        "source add GENTLE --type device --tracks-presence --external-id serial_number --missing-policy ignore"
    )
    export(folder / "with.csv", range(1, 21))
    export(folder / "without.csv", range(2, 21))
    for name in ("with", "without"):
        assert stocktake(f"import {name}.csv --type device --source GENTLE --yes").code == 0

    assert "Missing from" not in stocktake("records device").out
    shown = stocktake("record show device 1").out
    assert "Missing from" not in shown
    assert "which this source's policy ignores" in shown
    assert stocktake("missing --json").document["total"] == 0
    assert stocktake("missing --source GENTLE --json").document["total"] == 1
    assert stocktake("records device --missing-source GENTLE --json").document["total"] == 1


def test_a_renamed_record_is_not_missing(held, folder):
    """PRE-19, PRE-22"""
    text = (folder / "two.csv").read_text(encoding="utf-8").replace("S007,", "NEW7,")
    (folder / "three.csv").write_text(text, encoding="utf-8")

    assert held(f"import three.csv {NINJA} --rekey all --yes").code == 0

    shown = held("record show device 7").out
    assert "Missing from" not in shown
    assert "it goes by another external id" in shown
    assert "S007" not in held("missing").out


def test_closing_a_source_shows_what_falls_to_the_next(stocktake, folder):
    """PRE-23, PRE-24"""
    (folder / "tool.toml").write_text(
        'name = "tool"\nexternal_id = "serial"\nidentity = [["serial"]]\ndisplay = "serial"\n'
        '[[field]]\nname = "serial"\n[[field]]\nname = "model"\nauthority = ["SCANNER", "SHOP"]\n',
        encoding="utf-8",
    )
    assert stocktake("type add tool.toml").code == 0
    for source, word in (("SHOP", "Drill 18V"), ("SCANNER", "DRL-18")):
        stocktake(f"source add {source} --type tool --tracks-presence")
        (folder / f"{source}.csv").write_text(f"serial,model\nT-1,{word}\n", encoding="utf-8")
        assert stocktake(f"import {source}.csv --type tool --source {source} --yes").code == 0

    looked = stocktake("source close SCANNER --dry-run").out

    assert "1 value would fall to the next source." in looked
    assert "DRL-18" in looked
    assert "Drill 18V" in looked
    closed = stocktake("source close SCANNER --yes --json").document
    assert closed["record_types"][0]["handed_on"] == 1
    assert stocktake("record show tool 1 --json").document["values"]["model"] == "Drill 18V"
    assert stocktake("rollback 3 --yes").code == 0
    assert "closed" not in stocktake("source show SCANNER").out


def test_a_source_is_closed_after_a_look_at_what_that_does(held):
    """PRE-23"""
    looked = held("source close NINJAONE --dry-run")
    assert looked.out == "device: NINJAONE has 14; 14 would be retired, 0 stay.\nNothing was written.\n"

    closed = held("source close NINJAONE --yes --json").document
    assert (closed["status"], closed["runs"], closed["record_types"][0]["retire"]) == ("applied", [3], 14)
    assert held(f"plan one.csv {NINJA} --json").document["error"]["code"] == "source-closed"

    assert held("source set NINJAONE --closed off").code == 0
    assert held(f"plan one.csv {NINJA} --strategy merge").code == 0
