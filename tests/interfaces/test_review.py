"""Held retirements, acknowledgements and closing a source from the command line (PRE-16, PRE-22, PRE-23)."""

from __future__ import annotations

from pathlib import Path

import pytest

NINJA = "--type device --source NINJAONE"


def export(path: Path, numbers: range) -> None:
    rows = [f"S{number:03},PC-{number:03},WINDOWS_LAPTOP" for number in numbers]
    path.write_text("\n".join(["Serial Number,Display Name,Role", *rows, ""]), encoding="utf-8")


@pytest.fixture
def held(stocktake, folder):
    """Twenty devices, of which six are held for review."""
    export(folder / "one.csv", range(1, 21))
    export(folder / "two.csv", range(7, 21))
    assert stocktake(f"import one.csv {NINJA} --yes").code == 0
    assert stocktake(f"import two.csv {NINJA} --on-guard hold --yes").code == 0
    return stocktake


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


def test_a_source_is_closed_after_a_look_at_what_that_does(held):
    """PRE-23"""
    looked = held("source close NINJAONE --dry-run")
    assert looked.out == "device: NINJAONE has 14; 14 would be retired, 0 stay.\nNothing was written.\n"

    closed = held("source close NINJAONE --yes --json").document
    assert (closed["status"], closed["runs"], closed["record_types"][0]["retire"]) == ("applied", [3], 14)
    assert held(f"plan one.csv {NINJA} --json").document["error"]["code"] == "source-closed"

    assert held("source set NINJAONE --closed off").code == 0
    assert held(f"plan one.csv {NINJA} --strategy merge").code == 0
