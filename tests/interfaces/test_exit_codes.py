"""Exit codes are promises to scripts (interfaces.md); whatever refuses leaves the records as they were."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from stocktake.interfaces.cli import main as entry
from stocktake.interfaces.cli.failure import exit_code
from stocktake.model import errors

NINJA = "--type device --source NINJAONE"


def records_of(path="stocktake.db"):
    """What an import is about: records, links, changes and history; runs and audit may tell of a refusal."""
    tables = ("device", "st_source_link", "st_record_change", "st_field_history", "st_raw_chunk")
    connection = sqlite3.connect(path)
    try:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.InvalidInput, 1),
        (errors.NotFound, 2),
        (errors.Unreadable, 3),
        (errors.GuardRefused, 4),
        (errors.StalePlan, 5),
        (errors.Busy, 5),
        (errors.RollbackBlocked, 6),
        (errors.NotAllowed, 7),
    ],
)
def test_each_kind_of_refusal_has_its_exit_code(kind, code):
    assert exit_code(kind("some-code", "Some message.")) == code


REFUSED = [
    ("none.csv", "", 2, "file-not-found"),
    ("zero.csv", "", 3, "file-empty"),
    ("header.csv", "", 4, "empty-snapshot"),
    ("header.csv", "--strategy merge", 3, "no-rows"),
    ("few.csv", "", 4, "mass-retire"),
    ("few.csv", "--allow-retire 2", 4, "mass-retire"),
    ("no-key.csv", "", 1, "missing-column"),
    ("latin.csv", "--encoding utf-8", 3, "encoding-error"),
    ("latin.csv", "--encoding klingon", 1, None),
    ("bad-date.csv", "--strategy merge --on-error fail", 1, "rows-rejected"),
    ("few.csv", "--strategy frob", 1, "unknown-strategy"),
    ("few.csv", "--map Nothing=imei", 1, "unknown-column"),
    ("few.csv", "--map nonsense", 1, "bad-option"),
    ("few.csv", "--duplicates maybe", 1, "unknown-duplicates-choice"),
    ("few.csv", "--reject-limit lots", 1, "bad-option"),
    ("few.csv", "--on-error maybe", 1, "bad-arguments"),
    ("few.csv", "--frob", 1, "bad-arguments"),
    ("few.csv", "extra", 1, "bad-arguments"),
]


@pytest.fixture
def files(write):
    write("zero.csv", "")
    write("header.csv", "Serial Number,Display Name\n")
    write("few.csv", "Serial Number,Display Name\n5CG3120QPD,LT-0101\n")
    write("no-key.csv", "Display Name,Foo\nLT-1,x\n")
    write("latin.csv", b"Serial Number,Display Name\nA1,M\xfcller\n")
    write("bad-date.csv", "Serial Number,Display Name,Warranty End Date\nA1,X1,31/02/2026\n")


@pytest.mark.parametrize(("file", "more", "code", "name"), REFUSED)
def test_a_refused_import_writes_no_record(stocked, files, file, more, code, name):
    """ERR-4, PRE-35"""
    before = records_of()

    said = stocked(f"import {file} {NINJA} --yes --json {more}")

    assert said.code == code
    assert name is None or said.document["error"]["code"] == name
    assert records_of() == before


@pytest.mark.parametrize(("file", "more", "code", "name"), REFUSED)
def test_a_preview_ends_as_the_import_would(stocked, files, file, more, code, name):
    """PRE-35."""
    assert stocked(f"plan {file} {NINJA} {more}").code == code
    assert stocked(f"import --dry-run {file} {NINJA} {more}").code == code


@pytest.mark.parametrize(
    ("command", "code", "name"),
    [
        ("plan few.csv --type devise --source NINJAONE", 2, "unknown-record-type"),
        ("plan few.csv --type device --source NINJA", 2, "unknown-source"),
        ("plan few.csv --type device", 1, "bad-arguments"),
        ("plan", 1, "bad-arguments"),
        ("frob", 1, "bad-arguments"),
        ("runs --page 0", 1, "bad-arguments"),
        ("runs --workspace elsewhere", 2, "unknown-workspace"),
        ("runs --db nonsense", 1, "bad-database-url"),
        ("run show 99", 2, "unknown-run"),
        ("run rows 99", 2, "unknown-run"),
        ("record show device 99999", 2, "unknown-record"),
        ("records frob", 2, "unknown-record-type"),
        ("records device --where frob=1", 1, "unknown-field"),
        ("records device --where frob~=1", 1, "unknown-field"),
        ("records device --missing-source FROB", 2, "unknown-source"),
        ("missing --since yesterday", 1, "bad-option"),
        ("rollback 99 --yes", 2, "unknown-run"),
        ("type show frob", 2, "unknown-record-type"),
        ("type add none.toml", 2, "file-not-found"),
        ("source show FROB", 2, "unknown-source"),
        ("source add JAMF", 1, "bad-arguments"),
        ("source add JAMF --type frob", 2, "unknown-record-type"),
        ("source add JAMF --type device --time-zone Nowhere", 1, "invalid-declaration"),
    ],
)
def test_a_refused_command_says_why(stocked, files, command, code, name):
    said = stocked(f"{command} --json")

    assert (said.code, said.document["error"]["code"]) == (code, name)


def test_allow_retire_lets_the_import_through(stocked, write):
    """PRE-33."""
    file = write("few.csv", "Serial Number,Display Name\n5CG3120QPD,LT-0101\n")

    said = stocked(f"import {file} {NINJA} --yes --json --allow-retire 23")

    assert (said.code, said.document["counts"]["retire"]) == (0, 23)


def test_yes_never_answers_a_guard(stocked, write):
    file = write("few.csv", "Serial Number,Display Name\n5CG3120QPD,LT-0101\n")

    assert stocked(f"import {file} {NINJA} --yes").code == 4


def test_a_refused_import_leaves_a_blocked_run_and_a_dry_run_leaves_none(stocked, files):
    """APP-8, APP-11."""
    stocked(f"import few.csv {NINJA} --dry-run")
    assert stocked("runs --json").document["total"] == 2

    stocked(f"import few.csv {NINJA} --yes")
    assert stocked("runs --json").document["items"][0]["status"] == "blocked"


@pytest.mark.parametrize("command", [f"import ninjaone-1.csv {NINJA}", "rollback 1"])
@pytest.mark.parametrize("json", ["", " --json"])
def test_without_a_terminal_a_missing_yes_is_confirmation_needed(stocked, command, json):
    """INT-11."""
    before = records_of()

    said = stocked(command + json)

    assert said.code == 1
    assert "confirmation-needed" in said.out + said.err
    assert records_of() == before


def test_a_second_rollback_is_refused(stocked):
    """ROL-6."""
    assert stocked("rollback 2 --yes").code == 0

    said = stocked("rollback 2 --yes")

    assert said.code == 6
    assert "already-rolled-back" in said.err


def test_a_plan_on_a_missing_database_plans_against_nothing_and_makes_no_file(samples, stocktake):
    """PLN-25."""
    said = stocktake(f"plan ninjaone-1.csv {NINJA} --json")

    assert (said.code, said.document["counts"]["create"]) == (0, 24)
    assert not (samples / "stocktake.db").exists()
    assert stocktake(f"import ninjaone-1.csv {NINJA} --dry-run").code == 0
    assert not (samples / "stocktake.db").exists()


@pytest.mark.parametrize(
    "command",
    [
        "runs",
        "run show 1",
        "run rows 1",
        "run errors 1",
        "records device",
        "record show device 1",
        "missing",
        "history device 1",
        "freshness",
        "rollback 1 --yes",
    ],
)
def test_a_reading_command_on_a_missing_database_says_how_to_start(folder, stocktake, command):
    """PLN-25."""
    said = stocktake(command)

    assert said.code == 2
    assert "[no-database]" in said.err
    assert "stocktake demo" in said.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["types", "sources", "type show device", "source show NINJAONE"])
def test_what_ships_can_be_listed_without_a_database(folder, stocktake, command):
    said = stocktake(command)

    assert (said.code, said.err) == (0, "")
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_database_cannot_be_opened(samples, stocktake):
    shutil.copy(samples / "telus.csv", samples / "not.db")

    said = stocktake("runs --db sqlite:///not.db")

    assert said.code == 3
    assert "database-unreadable" in said.err


def test_a_fault_of_ours_keeps_its_traceback_to_itself(folder, stocktake, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def fail(tokens):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(entry, "_run", fail)

    said = stocktake("runs")

    assert said.code == 70
    assert "Traceback" not in said.out + said.err
    assert "reference" in said.err
    said = stocktake("runs --json")
    log = Path(said.document["error"]["details"]["log"])
    assert log.parent == folder
    assert "a secret detail" in log.read_text()


def test_ctrl_c_says_that_nothing_was_written(stocked, monkeypatch):
    from stocktake.book import Book

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Book, "plan", stop)
    before = records_of()

    said = stocked(f"import ninjaone-2.csv {NINJA} --yes")

    assert said.code == 130
    assert "Interrupted. Nothing was written." in said.err
    assert records_of() == before


def test_ctrl_c_after_the_commit_says_that_the_run_was_applied(stocked, monkeypatch):
    """REL-3: the database is asked, not hoped."""
    from stocktake.book import Book

    apply = Book.apply

    def stop(*arguments, **options):
        apply(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(Book, "apply", stop)

    said = stocked(f"import ninjaone-2.csv {NINJA} --yes")

    assert said.code == 130
    assert "Run 3 was applied before that." in said.err
