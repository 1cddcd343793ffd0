"""``record edit``: shown, asked, refused, and undone (PRE-24, INT-11)."""

from __future__ import annotations


def test_an_edit_shows_old_and_new_and_names_its_way_back(stocked):
    said = stocked("record", "edit", "device", "1", "location=New York", "condition=", "model=X=1", "--yes")

    assert said.code == 0
    assert "→  New York" in said.out
    assert "→  X=1" in said.out
    assert "`stocktake rollback 3` undoes it." in said.out


def test_a_dry_run_writes_nothing(stocked):
    said = stocked("record", "edit", "device", "1", "model=X", "--dry-run")

    assert (said.code, "Nothing was written." in said.out) == (0, True)
    assert stocked("run show 3").code == 2


def test_without_yes_nobody_is_asked_where_nobody_can_answer(stocked):
    said = stocked("record", "edit", "device", "1", "model=X")

    assert (said.code, "confirmation-needed" in said.err) == (1, True)


def test_programs_read_what_was_changed(stocked):
    said = stocked("record", "edit", "device", "1", "model=X", "--yes", "--json").document

    assert (said["status"], said["run_id"], said["record_id"], said["act"]) == ("applied", 3, 1, "update")
    (change,) = said["changes"]
    assert (change["field"], change["after"]) == ("model", "X")
    run = stocked("run show 3 --json").document
    assert (run["kind"], run["record_id"], run["counts"]) == ("edit", 1, {"fields": 1})
    assert stocked("runs --json").document["items"][0]["kind"] == "edit"


def test_all_that_is_wrong_is_told_at_once(stocked):
    """ERR-2"""
    said = stocked("record", "edit", "device", "1", "warranty_end=soon", "status=LOST", "--yes", "--json")

    error = said.document["error"]
    assert (said.code, error["code"]) == (1, "values-rejected")
    assert [each["field"] for each in error["details"]["errors"]] == ["warranty_end", "status"]


def test_words_that_are_no_field_and_value_are_refused(stocked):
    for words, code in (
        (["model"], "bad-option"),
        (["model=A", "model=B"], "bad-option"),
        (["colour=red"], "unknown-field"),
        ([], "nothing-to-change"),
    ):
        said = stocked("record", "edit", "device", "1", *words, "--yes")
        assert (said.code, code in said.err) == (1, True), words
    assert stocked("record", "edit", "device", "999", "model=A", "--yes").code == 2


def test_the_record_tells_where_each_value_is_from(stocked):
    """PRE-24"""
    stocked("record", "edit", "device", "1", "model=X", "--yes", "--by", "ana")

    shown = stocked("record show device 1").out
    lines = {
        line.split("  ")[1].strip(): line for line in reversed(shown.splitlines()) if line.startswith("  ")
    }
    assert "by ana, run 3; NINJAONE says " in lines["Model"]
    assert lines["Serial number"].endswith("NINJAONE, run 1")
    told = stocked("record show device 1 --json").document["provenance"]
    (model,) = (each for each in told if each["field"] == "model")
    assert (model["how"], model["by"], model["run_id"], model["kept_by_hand"]) == ("edit", "ana", 3, False)
    assert model["differing"][0]["source"] == "NINJAONE"


def test_an_edit_is_listed_and_undone(stocked):
    """ROL-9, ROL-10"""
    stocked("record", "edit", "device", "1", "model=X", "--yes", "--reason", "typo")

    assert "edit of device 1" in stocked("runs").out
    shown = stocked("run show 3").out
    assert "typo" in shown
    assert "by hand: Model" in shown
    undone = stocked("rollback 3 --yes").out
    assert "Rolling back run 3: edit of device 1, applied" in undone
    assert "1 restored. Edit rolled back." in undone
    assert "undid run 3" in stocked("runs").out
    assert "(device by hand)" in stocked("run show 4").out
