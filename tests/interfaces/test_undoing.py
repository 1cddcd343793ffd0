"""Undoing and importing again on the command line (ROL-4, ROL-5, ROL-7, ROL-9, ROL-10)."""

from __future__ import annotations

NINJA = "--type device --source NINJAONE"


def changed(stocked) -> None:
    """Runs 3 and 4: a person and a file change what run 1 made."""
    assert stocked("record", "edit", "device", "3", "location=desk 4", "--yes", "--by", "eve").code == 0


def test_what_stands_in_the_way_is_told_apart_with_the_ways_out(stocked):
    """ROL-4, ROL-5"""
    changed(stocked)

    said = stocked("rollback 1 --yes")

    assert said.code == 6
    assert "Kept: changed again later: 2 records" in said.out
    assert "eve by hand, run 3" in said.out
    for way in ("`stocktake rollback 1 --chain`", "--partial", "--force-edited"):
        assert way in said.err
    assert "2 records have changed since" in said.err


def test_the_rest_is_undone_and_what_stays_is_told(stocked):
    """ROL-5, ROL-10"""
    changed(stocked)

    said = stocked("rollback 1 --partial --yes")

    assert said.code == 0
    assert "22 records deleted, 2 kept. Import rolled back." in said.out
    assert "`stocktake reimport 1 FILE` imports a corrected file in its place." in said.out
    shown = stocked("run show 4").out
    assert "Of 2 records something stayed" in shown


def test_a_chain_is_told_run_by_run(stocked):
    """ROL-5"""
    changed(stocked)

    dry = stocked("rollback 1 --chain --dry-run --json").document
    said = stocked("rollback 1 --chain --yes")

    assert [each["run_id"] for each in dry["chain"]] == [3, 2]
    assert (dry["counts"]["deleted"], dry["blocked_by"], dry["kept"]) == (24, [], [])
    titles = [line for line in said.out.splitlines() if line.startswith("Rolling back run")]
    assert [line.split()[3].rstrip(":") for line in titles] == ["3", "2", "1"]
    assert "24 records deleted. Import rolled back. Before it: run 3, run 2." in said.out
    assert stocked("records device --json").document["total"] == 0


def test_values_by_hand_that_are_given_up_are_listed(stocked):
    """ROL-5"""
    stocked("rollback 2 --yes")
    changed_by = stocked("record", "edit", "device", "3", "location=desk 4", "--yes", "--by", "eve")
    assert changed_by.code == 0

    dry = stocked("rollback 1 --force-edited --dry-run")
    told = stocked("rollback 1 --force-edited --dry-run --json").document

    assert "Given up: 1 value that people wrote by hand" in dry.out
    assert (told["given_up"][0]["field"], told["given_up"][0]["by"]) == ("location", "eve")
    assert stocked("rollback 1 --force-edited --yes").code == 0


def test_a_chain_beside_another_way_is_refused(stocked):
    """ROL-5"""
    said = stocked("rollback 1 --chain --partial --yes")

    assert (said.code, "[bad-option]" in said.err) == (1, True)


def test_the_days_come_from_the_environment(stocked, monkeypatch):
    """ROL-3"""
    monkeypatch.setenv("STOCKTAKE_ROLLBACK_DAYS", "0")

    said = stocked("rollback 2 --yes")

    assert said.code == 6
    assert "runs can be rolled back for 0 days" in said.err


def test_another_file_takes_the_place_of_a_run(stocked):
    """ROL-7, ROL-9: said by both runs, in the list and on their own pages."""
    refused = stocked("reimport 2 telus.csv --dry-run")
    assert (refused.code, "`stocktake rollback 2`" in refused.err) == (1, True)
    stocked("rollback 2 --yes")
    assert "`stocktake reimport 2 FILE` imports another file in its place" in stocked("run show 2").out

    dry = stocked("reimport 2 telus.csv --dry-run")
    said = stocked("reimport 2 telus.csv --yes")

    assert (dry.code, said.code) == (0, 0)
    assert "In the place of run 2, which was rolled back." in dry.out
    assert "Run 4 is applied: 8 created, 1 updated." in said.out
    listed = stocked("runs").out
    assert "telus.csv (replaces run 2)" in listed
    assert "replaced by run 4" in listed
    assert "`stocktake reimport RUN FILE`" in listed
    assert ["replaces", "run", "2"] in [line.split() for line in stocked("run show 4").out.splitlines()]
    shown = stocked("run show 2 --json").document
    assert (shown["replaced_by"], stocked("run show 4 --json").document["replaces_run"]) == ([4], 2)


def test_without_a_terminal_another_file_needs_yes(stocked):
    """INT-11"""
    said = stocked("reimport 2 telus.csv")

    assert (said.code, "[confirmation-needed]" in said.err) == (1, True)
