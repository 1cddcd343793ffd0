"""The twenty cases in which importers go wrong, one after the other, as an operator meets them.

Each is proved in depth elsewhere (docs/reference/rules.md); here they stand together, with a fleet of a hundred.
"""

from __future__ import annotations

import pytest

from stocktake.model.errors import GuardRefused, Refusal, RollbackBlocked, StalePlan
from stocktake.model.source import Guards
from tests.stories.desk import Desk, Row, device, fleet
from tests.stories.fields import minding


@pytest.fixture
def hundred(desk: Desk) -> Desk:
    """A hundred devices that NinjaOne has."""
    desk.load("NINJAONE", fleet(100))
    return desk


def refused(desk: Desk, rows: list[Row], **options: object) -> Refusal:
    """Why a snapshot of NinjaOne is refused; nothing is written."""
    before = desk.state()
    plan = desk.plan("NINJAONE", rows, strategy="snapshot", **options)
    with pytest.raises(GuardRefused) as told:
        plan.apply()
    assert desk.state() == before
    return told.value


def test_01_an_empty_snapshot(hundred: Desk):
    """PRE-11"""
    assert refused(hundred, []).code == "empty-snapshot"


def test_02_nineteen_percent_missing(hundred: Desk):
    """PRE-12"""
    run = hundred.load("NINJAONE", fleet(81))

    assert (run.stats["retire"], hundred.status("S100"), hundred.status("S001")) == (
        19,
        "RETIRED",
        "AVAILABLE",
    )


def test_03_twentyone_percent_missing(hundred: Desk):
    """PRE-12, PRE-15: what, how much, the limit, and the way out."""
    told = refused(hundred, fleet(79))

    assert told.code == "mass-retire"
    assert "21 of the 100 records" in told.message
    assert "--allow-retire 21" in (told.hint or "")


def test_04_all_missing(hundred: Desk):
    """PRE-12: also for a source that may lose as much as it likes."""
    hundred.declare("NINJAONE", guards=Guards(retire_share=1.0, retire_count=1000))

    assert refused(hundred, [device("X001", "TX01")]).code == "mass-retire"


def test_05_a_truncated_file(hundred: Desk):
    """PRE-6: the text ends within a quoted cell; what follows is not known to be gone, whatever becomes of that row."""
    path = hundred.file(fleet(100))
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("S096")] + '"S096', encoding="utf-8")
    before = hundred.state()

    codes = []
    for on_error in ("fail", "reject-rows"):
        plan = hundred.book.plan(
            path, record_type="device", source="NINJAONE", strategy="snapshot", on_error=on_error
        )
        with pytest.raises(Refusal) as told:
            plan.apply()
        codes.append(told.value.code)

    assert codes == ["rows-rejected", "incomplete-snapshot"]
    assert hundred.state() == before


def test_06_the_file_of_another_tenant(hundred: Desk):
    """PRE-14"""
    theirs = [device(f"B{number:03}", f"TB{number:03}") for number in range(1, 101)]
    told = refused(hundred, [*fleet(5), *theirs])

    codes = {guard.code for guard in hundred.plan("NINJAONE", [*fleet(5), *theirs]).plan.guards}
    assert told.code in codes
    assert "low-overlap" in codes


def test_07_a_slow_bleed_over_ten_runs(hundred: Desk):
    """PRE-13: four a day are let through for a week; at 30 % in 30 days somebody must look."""
    left = 100
    for _ in range(7):
        left -= 4
        hundred.load("NINJAONE", fleet(left))

    told = [refused(hundred, fleet(left - 4 * each)).code for each in (1, 2, 3)]

    assert told == ["retire-budget"] * 3
    assert left == 72


def test_08_a_changed_mapping(hundred: Desk):
    """PRE-14: the keys come from another column now; nothing is retired unreviewed."""
    rows = [{"Asset Tag": each["Serial Number"], "Serial Number": each["Asset Tag"]} for each in fleet(100)]

    codes = {
        guard.code
        for guard in hundred.plan("NINJAONE", rows, strategy="snapshot").plan.guards
        if guard.blocked
    }

    assert "low-overlap" in codes


def test_09_two_sources_and_one_drops_it(hundred: Desk):
    """PRE-7"""
    hundred.load("TELUS", fleet(100))
    run = hundred.load("NINJAONE", fleet(99))

    assert (run.stats["missing"], run.stats["retire"], hundred.status("S100")) == (1, 0, "AVAILABLE")
    (shown,) = run.rows("missing").to_dicts()
    assert "TELUS" in str(shown)


def test_10_what_a_person_retired_comes_back(hundred: Desk):
    """PRE-17, PRE-26"""
    record = hundred.record("S007")
    hundred.book.edit_record("device", record["id"], {"status": "RETIRED"})

    run = hundred.load("NINJAONE", fleet(100))

    assert (run.stats["suppressed"], hundred.status("S007")) == (1, "RETIRED")


def test_11_a_key_is_renamed(hundred: Desk):
    """PRE-19: proposed; once confirmed, the record keeps its id and its history."""
    record = hundred.record("S100")["id"]
    renamed = [*fleet(99), device("S100-NEW", "T100")]

    assert hundred.plan("NINJAONE", renamed, strategy="snapshot").counts["conflict"] == 1
    hundred.load("NINJAONE", renamed, rekey="all")

    assert hundred.record("S100-NEW")["id"] == record


def test_12_a_serial_is_used_again(hundred: Desk):
    """PRE-20: the same serial with the tag of another device is a conflict, not a silent change of either."""
    before = hundred.state()
    plan = hundred.plan("NINJAONE", [device("S001", "T002")], strategy="merge")

    assert plan.counts["conflict"] == 1
    plan.apply()
    assert hundred.state()["device"] == before["device"]


def test_13_keys_that_repeat(desk: Desk):
    """IDN-3: twice the same is once; twice differently is nobody's guess."""
    same, differing = [device("S1", "T1")] * 2, [device("S2", "T2"), device("S2", "T2", model="Other")]

    counts = desk.plan("NINJAONE", [*same, *differing], strategy="merge").counts

    assert (counts["create"], counts["duplicate"], counts["reject"]) == (1, 1, 2)


def test_14_a_key_that_differs_by_case_and_blanks(hundred: Desk):
    """IDN-2, PRE-2"""
    run = hundred.load("NINJAONE", [device("  s001 ", "T001"), *fleet(100)[1:]])

    assert (run.stats["create"], run.stats["retire"], hundred.count()) == (0, 0, 100)


def test_15_a_rejected_row_proves_presence(hundred: Desk):
    """PRE-5, PRE-34"""
    rows = [*fleet(99), device("S100", "T100", warranty_end_date="the day after tomorrow")]

    run = hundred.load("NINJAONE", rows, on_error="reject-rows")

    assert (run.stats["reject"], run.stats["retire"], hundred.is_present("NINJAONE", "S100")) == (1, 0, True)


def test_16_a_blank_an_absent_column_and_a_null_word(desk: Desk):
    """BLK-1: a blank keeps, an absent column touches nothing, ``<null>`` clears."""
    desk.load("NINJAONE", [device("S1", "T1", model="A")])

    desk.load("NINJAONE", [device("S1", "T1", model="")])
    blank = desk.record("S1")["model"]
    desk.load("NINJAONE", [device("S1", "T1")])
    absent = desk.record("S1")["model"]
    desk.load("NINJAONE", [device("S1", "T1", model="<null>")])

    assert (blank, absent, desk.record("S1")["model"]) == ("A", "A", None)


def test_17_a_field_that_a_person_wrote(desk: Desk):
    """PRE-24: a locked field stays as the person left it, and the preview says so."""
    minding(desk, model="locked = true")
    desk.load("NINJAONE", [device("S1", "T1", model="A")])
    desk.book.edit_record("device", desk.record("S1")["id"], {"model": "Mine"})

    plan = desk.plan("NINJAONE", [device("S1", "T1", model="B")])

    assert plan.kept()["why"].to_list() == ["kept by hand"]
    plan.apply()
    assert desk.record("S1")["model"] == "Mine"


def test_18_an_older_file_after_a_newer_one(hundred: Desk):
    """PRE-10"""
    hundred.load("NINJAONE", fleet(100), as_of="2026-11-10T00:00:00Z")

    assert refused(hundred, fleet(95), as_of="2026-11-09T00:00:00Z").code == "older-snapshot"


def test_19_a_plan_that_the_world_has_overtaken(hundred: Desk):
    """PLN-9: where it touches a changed record; not where the change is elsewhere."""
    plan = hundred.plan("NINJAONE", [device("S001", "T001", model="B")], strategy="merge")
    elsewhere = hundred.plan("NINJAONE", [device("S002", "T002", model="B")], strategy="merge")
    hundred.book.edit_record("device", hundred.record("S001")["id"], {"model": "C"})

    with pytest.raises(StalePlan) as told:
        plan.apply()
    assert [row["record_id"] for row in told.value.details["rows"]] == [hundred.record("S001")["id"]]

    elsewhere.apply()
    assert (hundred.record("S001")["model"], hundred.record("S002")["model"]) == ("C", "B")


def test_20_undoing_after_a_later_run_and_after_an_edit(hundred: Desk):
    """ROL-5: refused with what stands in the way; once that is undone, exact."""
    before = hundred.state()
    run = hundred.load("NINJAONE", fleet(100, model="A"))
    later = hundred.load("NINJAONE", fleet(100, model="B"))
    edit = hundred.book.edit_record("device", hundred.record("S001")["id"], {"model": "Mine"})

    for blocked, by in ((run, later.run_id), (later, edit.run_id)):
        with pytest.raises(RollbackBlocked) as told:
            blocked.rollback()
        assert by in told.value.details["later_runs"]

    for each in (edit, later, run):
        each.rollback()
    assert hundred.state() == before
