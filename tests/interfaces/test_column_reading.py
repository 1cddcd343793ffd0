"""How columns are read, on the command line: shown, asked for, said (CLN-1, PLN-21)."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys

import pytest

DEALS = "--type deal --source HUBSPOT"
DOUBTFUL = "Record ID,Deal Name,Close Date,Amount\n1,Roof,03/04/2026,1.000\n2,Door,05/06/2026,250\n"
SURE = "Record ID,Deal Name,Close Date,Amount\n1,Roof,03/04/2026,\n2,Door,31/03/2026,\n"


@pytest.fixture
def doubtful(stocktake, write):
    write("deals.csv", DOUBTFUL)
    write("sure.csv", SURE)
    return stocktake


def test_what_was_decided_is_shown_with_its_cell(doubtful):
    """CLN-1: in the preview, its JSON, and by the run."""
    shown = "Close Date is read day first: 31/03/2026 → 2026-03-31 (line 3); 1 of 2 values allows only that."
    planned = doubtful(f"plan sure.csv {DEALS}")
    done = doubtful(f"import sure.csv {DEALS} --strategy merge --yes --json").document

    assert "How columns are read" in planned.out
    assert shown in planned.out
    assert [each["message"] for each in done["column_decisions"]] == [shown]
    assert shown in doubtful("run show 1").out
    assert doubtful("run show 1 --json").document["column_decisions"] == done["column_decisions"]


def test_what_is_open_is_refused_with_what_to_say(doubtful):
    """CLN-1, INT-10: nobody can be asked here."""
    said = doubtful(f"plan deals.csv {DEALS}")
    error = doubtful(f"plan deals.csv {DEALS} --json").document["error"]

    assert said.code == 1
    assert "--read 'Close Date=dmy' or --read 'Close Date=mdy'" in said.err
    assert error["code"] == "column-ambiguous"
    assert [each["choices"][0]["read"] for each in error["details"]["columns"]] == ["dmy", "1,234.56"]


def test_read_says_it(doubtful):
    """CLN-1"""
    options = ["--read", "Close Date=mdy", "--read", "amount=1.234,56"]
    done = doubtful("import", "deals.csv", *DEALS.split(), *options, "--strategy", "merge", "--yes", "--json")

    assert done.code == 0, done.err
    roof, _ = doubtful("records deal --json").document["items"]
    assert (roof["values"]["close_date"], roof["values"]["amount"]) == ("2026-03-04", "1000")


def test_ways_that_do_not_exist_are_refused(doubtful):
    """CLN-1"""
    for words, code in (
        (["Close Date"], "bad-option"),
        (["Close=dmy"], "unknown-column"),
        (["Amount=1.234"], "bad-option"),
    ):
        said = doubtful("plan", "deals.csv", *DEALS.split(), "--read", *words)
        assert (said.code, f"[{code}]" in said.err) == (1, True)


def test_a_mapping_with_a_way_that_does_not_exist_is_refused_with_its_line(stocktake, write):
    """MAP-4, CLN-1"""
    write(
        "own.toml",
        '[formats]\namount = ["1.234"]\nclose_date = ["dym"]\n\n[time_zones]\nclose_date = "Mars/North"\n',
    )

    said = stocktake(f"mapping add own own.toml {DEALS}")

    assert said.code == 1
    assert "write 1234.56 as the file would" in said.err
    assert "name one of iso, dmy, mdy" in said.err
    assert 'there is no time zone "Mars/North"' in said.err


def test_a_person_at_a_terminal_is_asked(doubtful, folder):
    """CLN-1: a number chooses; the preview follows."""
    assert "column-ambiguous" in doubtful(f"plan deals.csv {DEALS}").err
    here, there = pty.openpty()
    command = [sys.executable, "-m", "stocktake", "plan", "deals.csv", *DEALS.split()]
    process = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, cwd=folder)
    os.close(there)
    heard = ""
    for answer in ("2\n", "1\n", None):
        while answer is None or "nothing to stop:" not in heard:
            if not select.select([here], [], [], 60)[0]:
                break
            try:
                heard += os.read(here, 65536).decode(errors="replace")
            except OSError:
                break
        if answer:
            heard = ""
            os.write(here, answer.encode())
    os.close(here)

    assert process.wait(60) == 0
    assert "month first" in heard
