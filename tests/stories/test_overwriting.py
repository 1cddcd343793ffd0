"""A row that means two records: left for review, or given the lower identity of the other one (PACK-1, IDN-1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stocktake.model.errors import InvalidInput, StalePlan
from tests.stories.desk import Desk, device, fleet

OVERWRITE: dict[str, Any] = {"strategy": "merge", "on_conflict": "overwrite"}

LADDER = """
name = "device"
title = "Device"
plural = "Devices"
display = "serial_number"
external_id = "serial_number"
identity = [["serial_number"], ["asset_tag"], ["name", "model"]]
tracked = ["asset_tag"]

[[field]]
name = "serial_number"
[[field]]
name = "asset_tag"
max_length = 6
{tag}
[[field]]
name = "name"
[[field]]
name = "model"
"""


def tags(desk: Desk) -> dict[str | None, str]:
    """Serial number → asset tag."""
    return {serial: record["asset_tag"] for serial, record in desk.records().items()}


@pytest.fixture
def two(desk: Desk) -> Desk:
    """S1 with T1 and S2 with T2, entered by hand."""
    desk.load("MANUAL", [device("S1", "T1"), device("S2", "T2")])
    return desk


def test_a_conflict_waits_for_review_unless_told_otherwise(two: Desk):
    """PACK-1, IDN-6: the default."""
    plan = two.plan("NINJAONE", [device("S1", "T2")], strategy="merge")

    assert (plan.counts["conflict"], plan.counts["displaced"]) == (1, 0)
    assert plan.displaced().is_empty()


def test_the_record_of_the_serial_gets_the_tag_and_the_other_a_suffix(two: Desk):
    """PACK-1: both changes are in the plan, and both are written."""
    second = two.record("S2")["id"]

    plan = two.plan("NINJAONE", [device("S1", "T2", model="X")], **OVERWRITE)

    assert (plan.counts["update"], plan.counts["conflict"], plan.counts["displaced"]) == (1, 0, 1)
    assert plan.displaced().to_dicts() == [
        {
            "record_id": second,
            "name": "T2",
            "field": "asset_tag",
            "before": "T2",
            "after": f"T2~{second}",
            "line": 2,
            "to_record": two.record("S1")["id"],
        }
    ]
    run = plan.apply()
    assert tags(two) == {"S1": "T2", "S2": f"T2~{second}"}
    assert run.stats["displaced"] == 1
    assert two.record("S2")["changed_run"] == run.run_id


def test_what_gave_way_is_audited_and_undone_with_the_run(two: Desk):
    """PACK-1, ROL-2"""
    before = two.state()
    run = two.load("NINJAONE", [device("S1", "T2")], **OVERWRITE)

    (entry,) = two.audit(run, "displace")
    second, first = two.record("S2")["id"], two.record("S1")["id"]
    assert entry["sentence"] == (
        f'Asset tag "T2" of device {second} became "T2~{second}": line 2 of file-2.csv gives it to device {first}.'
    )
    assert (entry["record_id"], entry["before"], entry["after"]) == (second, "T2", f"T2~{second}")
    run.rollback()
    assert two.state() == before


def test_a_tag_is_never_imported_twice(two: Desk):
    """PACK-1: two rows of one file that both say it are both left for review."""
    plan = two.plan("NINJAONE", [device("S1", "T2"), device("S9", "T2")], **OVERWRITE)

    assert (plan.counts["conflict"], plan.counts["displaced"]) == (2, 0)


def test_a_tag_that_the_file_leaves_with_the_other_record_stays_there(two: Desk):
    """PACK-1: also where that row says what it said last time, and is not looked at again."""
    two.load("NINJAONE", [device("S1", "T1"), device("S2", "T2")], strategy="merge")

    plan = two.plan("NINJAONE", [device("S1", "T2"), device("S2", "T2")], **OVERWRITE)

    assert (plan.counts["conflict"], plan.counts["unchanged"], plan.counts["displaced"]) == (1, 1, 0)


def test_tags_that_change_places_need_no_suffix(two: Desk):
    """PACK-1: each record is moved off its tag by its own row."""
    run = two.load("NINJAONE", [device("S1", "T2"), device("S2", "T1")], **OVERWRITE)

    assert (run.stats["update"], run.stats["displaced"]) == (2, 0)
    assert tags(two) == {"S1": "T2", "S2": "T1"}


def test_a_chain_ends_with_the_record_that_no_row_moves(desk: Desk):
    """PACK-1"""
    desk.load("MANUAL", fleet(4))
    last = desk.record("S004")["id"]
    rows = [device(f"S00{n}", f"T00{n + 1}") for n in (1, 2, 3)]

    desk.load("NINJAONE", rows, **OVERWRITE)

    assert tags(desk) == {"S001": "T002", "S002": "T003", "S003": "T004", "S004": f"T004~{last}"}


def test_a_record_whose_row_says_nothing_of_its_tag_gives_way_in_one_write(two: Desk):
    """PACK-1, ROL-2: its own row changes it too."""
    before = two.state()
    second = two.record("S2")["id"]

    run = two.load("NINJAONE", [device("S1", "T2"), device("S2", "", model="Y")], **OVERWRITE)

    assert (run.stats["update"], run.stats["displaced"]) == (2, 1)
    assert (tags(two)["S2"], two.record("S2")["model"]) == (f"T2~{second}", "Y")
    run.rollback()
    assert two.state() == before


def test_a_source_does_not_take_the_tag_back_by_saying_what_it_always_said(two: Desk):
    """PACK-1, PLN-15, PLN-19: the links of the record that gave way remember what their sources said."""
    two.load("NINJAONE", [device("S1", "T2")], **OVERWRITE)

    again = two.load("MANUAL", [device("S1", "T1"), device("S2", "T2")], strategy="merge")

    assert (again.stats["unchanged"], again.stats["conflict"]) == (2, 0)
    assert tags(two)["S1"] == "T2"


def test_a_record_that_a_blank_row_left_its_tag_gives_it_up_and_its_source_remembers(desk: Desk):
    """PACK-1, PLN-19: the source that says so had given the tag itself."""
    desk.load("NINJAONE", [device("S1", "T1"), device("S2", "T2")], strategy="merge")
    second = desk.record("S2")["id"]

    desk.load("NINJAONE", [device("S1", "T2"), device("S2", "")], **OVERWRITE)
    assert tags(desk) == {"S1": "T2", "S2": f"T2~{second}"}

    assert '"asset_tag":"T2"' in desk.link_said("NINJAONE", "S2")


def test_a_device_that_goes_gives_up_its_tag_as_well(desk: Desk):
    """PACK-1: retired by the same snapshot that gives its tag to another."""
    desk.load("NINJAONE", fleet(10))
    before = desk.state()
    gone = desk.record("S010")["id"]

    run = desk.load("NINJAONE", [device("S001", "T010"), *fleet(9)[1:]], on_conflict="overwrite")

    assert (run.stats["retire"], run.stats["displaced"]) == (1, 1)
    assert (tags(desk)["S001"], tags(desk)["S010"]) == ("T010", f"T010~{gone}")
    assert desk.status("S010") == "RETIRED"
    run.rollback()
    assert desk.state() == before


def test_a_record_that_is_deleted_needs_no_suffix(desk: Desk):
    """PACK-1, PLN-2"""
    desk.load("EXCEL", fleet(10), strategy="replace")

    run = desk.load(
        "EXCEL", [device("S001", "T010"), *fleet(9)[1:]], strategy="replace", on_conflict="overwrite"
    )

    assert (run.stats["delete"], run.stats["displaced"]) == (1, 0)
    assert tags(desk)["S001"] == "T010"


def test_a_serial_that_leads_nowhere_takes_no_tag(two: Desk):
    """PACK-1: overwriting updates the record of the serial; here there is none."""
    plan = two.plan("NINJAONE", [device("S9", "T2")], **OVERWRITE)

    assert (plan.counts["conflict"], plan.counts["create"]) == (1, 0)


def test_a_plan_is_stale_once_the_other_record_has_changed(two: Desk):
    """PACK-1, PLN-9"""
    plan = two.plan("NINJAONE", [device("S1", "T2")], **OVERWRITE)
    two.load("MANUAL", [device("S2", "T2", model="changed")], strategy="merge")

    with pytest.raises(StalePlan) as refused:
        plan.apply()

    assert refused.value.code == "stale-plan"
    assert [each["record_id"] for each in refused.value.details["rows"]] == [two.record("S2")["id"]]


def test_what_happens_elsewhere_makes_no_such_plan_stale(desk: Desk):
    """PACK-1, PLN-9, PLN-19: also where the record that gives way has a row of its own that says what it always said."""
    desk.load("MANUAL", fleet(4))
    blank = device("S002", "")
    desk.load("NINJAONE", [device("S001", "T001"), blank], strategy="merge")
    plan = desk.plan("NINJAONE", [device("S001", "T002"), blank], **OVERWRITE)
    assert (plan.counts["unchanged"], plan.counts["displaced"]) == (1, 1)
    desk.load("MANUAL", [device("S004", "T004", model="elsewhere")], strategy="merge")

    run = plan.apply()

    assert run.stats["displaced"] == 1
    assert tags(desk)["S002"].startswith("T002~")


def test_fields_are_counted_of_the_records_that_are_counted_as_updated(two: Desk):
    """PLN-6, PACK-1: who gives way is counted as such; so does who comes back, and its status is no field of an update."""
    two.load("NINJAONE", [device("S3", "T3"), device("S4", "T4")], strategy="merge")
    two.load("NINJAONE", [device("S4", "T4")], allow_retire=1)

    alone = two.plan("NINJAONE", [device("S9", "T2")], **OVERWRITE, new=["S9"])
    back = two.plan("NINJAONE", [device("S3", "T3")], strategy="merge")
    both = two.plan("NINJAONE", [device("S1", "T2", model="X"), device("S3", "T3")], **OVERWRITE)

    assert [(each.counts["update"], each.counts["fields"]) for each in (alone, back, both)] == [
        (0, 0),
        (0, 0),
        (1, 2),
    ]
    assert [(each.counts["reactivate"], each.counts["displaced"]) for each in (alone, back, both)] == [
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def test_a_saved_plan_writes_the_same(two: Desk, tmp_path: Path):
    """PACK-1, PLN-24"""
    plan = two.plan("NINJAONE", [device("S1", "T2")], **OVERWRITE)

    two.book.load_plan(plan.save(tmp_path / "plan.json")).apply()

    assert tags(two)["S1"] == "T2"
    assert tags(two)["S2"].startswith("T2~")


def test_another_word_is_refused(two: Desk):
    with pytest.raises(InvalidInput) as refused:
        two.plan("NINJAONE", [device("S1", "T2")], on_conflict="guess")

    assert refused.value.hint == "Write review or overwrite."


def test_a_tracked_tag_that_gave_way_in_a_record_that_went_comes_back(
    ready_database_url: str, tmp_path: Path
):
    """PACK-1, ROL-2, HIS-2: its history tells both, and the way back once."""
    desk = declared(ready_database_url, tmp_path)
    rows = [{"Serial Number": f"S{n}", "Asset Tag": f"T{n}"} for n in range(10)]
    desk.load("NINJAONE", rows)
    before, gone = desk.state(), desk.record("S9")["id"]
    run = desk.load(
        "NINJAONE", [{"Serial Number": "S0", "Asset Tag": "T9"}, *rows[1:9]], on_conflict="overwrite"
    )
    assert (run.stats["retire"], run.stats["displaced"]) == (1, 1)

    run.rollback()

    assert desk.state() == before
    told = desk.book.history_of("device", gone, field="asset_tag").to_dicts()
    assert [(each["kind"], each["to"]) for each in told if each["kind"] == "rollback"] == [("rollback", "T9")]
    desk.book.close()


# ---------------------------------------------------------------- other ladders


def declared(url: str, folder: Path, tag: str = "") -> Desk:
    desk = Desk(url, folder)
    desk.book.add_record_type(LADDER.format(tag=tag))
    return desk


@pytest.fixture
def three(ready_database_url: str, tmp_path: Path):
    """A type with a ladder of three, whose tags have six characters and are tracked."""
    desk = declared(ready_database_url, tmp_path)
    yield desk
    desk.book.close()


def test_every_rung_below_the_deciding_one_may_be_taken(three: Desk):
    """PACK-1: of an identity of several parts, the first text gets the suffix."""
    rows = [
        {"Serial Number": "S1", "Asset Tag": "T1", "Name": "a", "Model": "m"},
        {"Serial Number": "S2", "Asset Tag": "T2", "Name": "b", "Model": "m"},
        {"Serial Number": "S3", "Asset Tag": "T3", "Name": "c", "Model": "m"},
    ]
    three.load("MANUAL", rows)
    row = {"Serial Number": "S1", "Asset Tag": "T2", "Name": "c", "Model": "m"}

    run = three.load("NINJAONE", [row], **OVERWRITE)

    records = three.records()
    second, third = records["S2"], records["S3"]
    assert run.stats["displaced"] == 2
    assert (second["asset_tag"], second["name"]) == (f"T2~{second['id']}", "b")
    assert (third["asset_tag"], third["name"], third["model"]) == ("T3", f"c~{third['id']}", "m")
    assert (records["S1"]["asset_tag"], records["S1"]["name"]) == ("T2", "c")
    changes = three.book.history_of("device", second["id"], field="asset_tag")
    assert changes["to"].to_list()[-1] == f"T2~{second['id']}"


def test_a_tag_without_room_for_a_suffix_stays_for_review(three: Desk):
    """PACK-1"""
    three.load(
        "MANUAL",
        [
            {"Serial Number": "S1", "Asset Tag": "T1", "Name": "a", "Model": "m"},
            {"Serial Number": "S2", "Asset Tag": "T23456", "Name": "b", "Model": "m"},
        ],
    )

    plan = three.plan("NINJAONE", [{"Serial Number": "S1", "Asset Tag": "T23456"}], **OVERWRITE)

    assert (plan.counts["conflict"], plan.counts["displaced"]) == (1, 0)


@pytest.mark.parametrize(
    ("tag", "source", "conflicts"),
    [
        ("locked = true", "NINJAONE", 1),
        ('authority = ["MANUAL"]', "NINJAONE", 1),
        ('authority = ["NINJAONE"]', "NINJAONE", 0),
        ('pattern = "T[0-9]+"', "NINJAONE", 1),
        ("initialise = true", "NINJAONE", 1),
    ],
)
def test_what_a_field_declares_is_heeded(
    ready_database_url: str, tmp_path: Path, tag: str, source: str, conflicts: int
):
    """PACK-1, PRE-24: what a person locked, what another source is believed in, what has a form of its own."""
    desk = declared(ready_database_url, tmp_path, tag)
    rows = [
        {"Serial Number": "S1", "Asset Tag": "T1", "Name": "a", "Model": "m"},
        {"Serial Number": "S2", "Asset Tag": "T2", "Name": "b", "Model": "m"},
    ]
    desk.load("MANUAL", rows)
    if "locked" in tag:
        desk.book.edit_record("device", desk.record("S2")["id"], {"asset_tag": "T8"})
        desk.book.edit_record("device", desk.record("S2")["id"], {"asset_tag": "T2"})

    plan = desk.plan(source, [{"Serial Number": "S1", "Asset Tag": "T2"}], **OVERWRITE)

    assert plan.counts["conflict"] == conflicts
    desk.book.close()


def test_a_tag_that_its_own_record_does_not_take_is_left_where_it_is(ready_database_url: str, tmp_path: Path):
    """PACK-1, PRE-24: S1's tag is a person's; the row changes nothing, so nobody gives way."""
    desk = declared(ready_database_url, tmp_path, "locked = true")
    desk.load(
        "MANUAL",
        [
            {"Serial Number": "S1", "Asset Tag": "T0", "Name": "a", "Model": "m"},
            {"Serial Number": "S2", "Asset Tag": "T2", "Name": "b", "Model": "m"},
        ],
    )
    desk.book.edit_record("device", desk.record("S1")["id"], {"asset_tag": "T1"})

    run = desk.load("NINJAONE", [{"Serial Number": "S1", "Asset Tag": "T2"}], **OVERWRITE)

    assert (run.stats["displaced"], run.stats["conflict"]) == (0, 0)
    assert {each["asset_tag"] for each in desk.records().values()} == {"T1", "T2"}
    desk.book.close()
