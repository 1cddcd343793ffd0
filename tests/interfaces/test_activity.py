"""``stocktake activity``: output, JSON, refusals (SEC-8)."""

from __future__ import annotations


def test_the_log_reads_newest_first(stocked):
    said = stocked("activity")

    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].split() == ["when", "who", "act", "run", "what", "happened"]
    assert [" import " in each for each in lines[1:]] == [True, True, False]
    assert "imported telus.csv from TELUS as a full snapshot" in lines[1]
    assert "declared the record type Device (device)" in lines[3]


def test_the_log_is_narrowed(stocked):
    stocked("record edit device 3 model=X --by bob --yes")

    found = stocked("activity --type device --id 3 --json").document

    assert (found["total"], found["page"], found["page_size"]) == (1, 1, 50)
    (entry,) = found["items"]
    assert (entry["act"], entry["actor"], entry["run_id"], entry["record_id"]) == ("edit", "bob", 3, 3)
    assert entry["sentence"].startswith("bob edited ")
    assert stocked("activity --actor bob --since 2020-01-01 --json").document["items"] == [entry]
    assert stocked("activity --act declare-type --json").document["items"][0]["run_id"] is None


def test_pages_say_what_part_they_are(stocked):
    """INT-1"""
    said = stocked("activity --page-size 2")

    assert said.out.splitlines()[-1] == "Shown: 1 to 2 of 3. `--page 2` shows the next."


def test_an_empty_log_says_what_to_do(stocktake):
    stocktake("source add MDM --type device")

    assert "declared the source MDM" in stocktake("activity").out
    nothing = stocktake("activity --act import")
    assert nothing.code == 0
    assert (
        nothing.out
        == "Nothing like that has happened. `stocktake activity` shows everything, newest first.\n"
    )


def test_what_cannot_be_asked_is_refused(stocked):
    for words, code, said in (
        ("activity --id 3", 1, "Add its type"),
        ("activity --act steal", 1, "Acts are: import, upload, cancel, refuse"),
        ("activity --run 99", 2, "There is no run 99."),
        ("activity --source NOBODY", 2, "There is no source"),
    ):
        answer = stocked(words)
        assert (answer.code, said in answer.err) == (code, True), answer
