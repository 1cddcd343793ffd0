"""A row in conflict is settled by a person before the import: it is a record that it leads to, or a new one (PRE-20)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stocktake.model.errors import InvalidInput, RollbackBlocked, StalePlan
from tests.stories.desk import Desk, Row, device, fleet

#: The first device of a fleet of ten has the tag of the second, which is gone.
SWAPPED: list[Row] = [device("S001", "T002"), *fleet(10)[2:]]


@pytest.fixture
def ten(desk: Desk) -> Desk:
    """Ten devices of NINJAONE."""
    desk.load("NINJAONE", fleet(10))
    return desk


def ids(desk: Desk) -> dict[str | None, int]:
    return {serial: record["id"] for serial, record in desk.records().items()}


def tags(desk: Desk) -> dict[str | None, str]:
    return {serial: record["asset_tag"] for serial, record in desk.records().items()}


def decided(desk: Desk, what: str) -> dict[str, Any]:
    """The row S001 is new, the record of its link, or the other one."""
    if what == "new":
        return {"new": ["S001"]}
    return {"same": {"S001": ids(desk)["S001" if what == "same" else "S002"]}}


def metadata(desk: Desk, key: str) -> dict[str, Any]:
    (found,) = desk.rows(
        "SELECT metadata FROM source_presence WHERE source = :source AND external_id = :key",
        source="NINJAONE",
        key=key,
    )
    told: dict[str, Any] = json.loads(found["metadata"])["settled"]
    return told


# ---------------------------------------------------------------- what is asked


def test_a_conflict_lists_the_records_that_the_row_may_be(ten: Desk):
    """PRE-20, PLN-6: by which identity each was found, beside what the row says."""
    plan = ten.plan("NINJAONE", SWAPPED)

    row, first, second = plan.conflicts().to_dicts()
    assert (row["row"], row["line"], row["action"], row["record_id"]) == ("S001", 2, "conflict", None)
    assert row["values"] == {"serial_number": "S001", "asset_tag": "T002"}
    assert (first["record_id"], first["name"]) == (ids(ten)["S001"], "T001")
    assert first["found_by"] == ["external_id", "serial_number"]
    assert second["values"] == {"serial_number": "S002", "asset_tag": "T002"}
    assert second["found_by"] == ["asset_tag"]


def test_a_file_without_conflicts_asks_nothing(ten: Desk):
    """PRE-20"""
    plan = ten.plan("NINJAONE", fleet(10, model="X"))

    assert plan.conflicts().is_empty()
    assert plan.counts["settled"] == 0


# ---------------------------------------------------------------- the same record


def test_the_row_is_the_record_of_its_link(ten: Desk):
    """PRE-20, PACK-1: it gets the tag; the record that had it keeps it with a suffix."""
    first, second = ids(ten)["S001"], ids(ten)["S002"]

    plan = ten.plan("NINJAONE", SWAPPED, same={"S001": first})
    run = plan.apply()

    assert (run.stats["conflict"], run.stats["settled"], run.stats["update"]) == (0, 1, 1)
    assert plan.decisions("update")["reason"].to_list() == ["this record, as the operator decided"]
    assert (tags(ten)["S001"], tags(ten)["S002"]) == ("T002", f"T002~{second}")
    assert ten.link("NINJAONE", "S001")["record_id"] == first
    assert metadata(ten, "S001") == {"as": "same", "by": "ana", "run": run.run_id}


def test_the_row_is_another_record_than_that_of_its_link(ten: Desk):
    """PRE-20: the link is re-pointed; the record it led to is missing under its id with a suffix, and retired."""
    first, second = ids(ten)["S001"], ids(ten)["S002"]

    run = ten.load("NINJAONE", SWAPPED, same={"S001": second})

    assert ten.link("NINJAONE", "S001")["record_id"] == second
    assert ten.record("S001")["id"] == second
    aside = ten.link("NINJAONE", f"S001~{first}")
    assert (aside["record_id"], aside["is_present"]) == (first, False)
    assert ten.status(f"S001~{first}") == "RETIRED"
    assert run.stats["retire"] == 1
    changes = {
        each["field"]: each
        for each in ten.rows("SELECT * FROM st_record_change WHERE record_id = :id", id=second)
    }
    assert (changes["serial_number"]["before"], changes["serial_number"]["after"]) == ("S002", "S001")


def test_a_taken_tag_under_a_new_serial_is_the_same_device(desk: Desk):
    """PRE-20: a swapped board: the record gets the new serial number as an ordinary change."""
    desk.load("MANUAL", [device("S1", "T1")])
    record = desk.record("S1")["id"]

    run = desk.load("NINJAONE", [device("S2", "T1")], strategy="merge", same={"S2": record})

    assert (run.stats["update"], run.stats["create"], desk.count()) == (1, 0, 1)
    assert desk.record("S2")["id"] == record
    assert desk.link("NINJAONE", "S2")["record_id"] == record


def test_one_of_several_records_is_meant(desk: Desk):
    """PRE-20, IDN-1: a row without an external id is named by its line; the other record gives the tag up."""
    desk.load("MANUAL", [device("S1", "T1"), device("S2", "T2")])
    desk.write("UPDATE device SET asset_tag = 'T1' WHERE serial_number = 'S2'")
    first, second = ids(desk)["S1"], ids(desk)["S2"]
    row = device("", "T1", model="X")

    plan = desk.plan("NINJAONE", [row], strategy="merge")
    assert plan.conflicts()["row"].unique().to_list() == ["line:2"]
    desk.load("NINJAONE", [row], strategy="merge", same={"line:2": second})

    assert (desk.record("S1")["model"], desk.record("S2")["model"]) == (None, "X")
    assert tags(desk) == {"S1": f"T1~{first}", "S2": "T1"}
    again = desk.load("NINJAONE", [row], strategy="merge")
    assert (again.stats["unchanged"], again.stats["ambiguous"]) == (1, 0)


def test_a_new_external_id_may_be_confirmed_either_way(ten: Desk):
    """PRE-19, PRE-20: what looks renamed is settled by --same as by --rekey."""
    rows = [device("NEW1", "T001"), *fleet(10)[1:]]
    record = ids(ten)["S001"]

    run = ten.load("NINJAONE", rows, same={"NEW1": record})

    assert (run.stats["update"], run.stats["create"], run.stats["retire"]) == (1, 0, 0)
    assert ten.record("NEW1")["id"] == record
    assert ten.is_present("NINJAONE", "S001") is False
    assert ten.book.missing() == ([], 0)


# ---------------------------------------------------------------- a new record


def test_a_re_used_serial_is_a_new_record_and_the_old_one_goes_missing(ten: Desk):
    """PRE-20, PRE-7, PACK-1: it keeps its history, and is retired like any record that its source no longer names."""
    first, second = ids(ten)["S001"], ids(ten)["S002"]

    plan = ten.plan("NINJAONE", SWAPPED, new=["S001"])
    run = plan.apply()

    (created,) = plan.decisions("create").to_dicts()
    assert (created["external_id"], created["reason"]) == ("S001", "a new record, as the operator decided")
    records = ten.records()
    new, old = records["S001"], records[f"S001~{first}"]
    assert (old["id"], old["asset_tag"], old["status"]) == (first, "T001", "RETIRED")
    assert (new["asset_tag"], new["status"]) == ("T002", "AVAILABLE")
    assert records["S002"]["asset_tag"] == f"T002~{second}"
    assert ten.link("NINJAONE", "S001")["record_id"] == new["id"]
    assert ten.link("NINJAONE", f"S001~{first}")["record_id"] == first
    assert ten.link("NINJAONE", f"S001~{first}")["missing_since"] is not None
    assert metadata(ten, "S001") == {"as": "new", "by": "ana", "run": run.run_id}
    assert metadata(ten, f"S001~{first}") == {
        "as": "moved",
        "by": "ana",
        "run": run.run_id,
        "was": "S001",
    }
    missing, _ = ten.book.missing()
    assert {each.record_id for each in missing} == {first, second}


def test_the_old_record_of_a_re_used_serial_stays_where_another_source_has_it(ten: Desk):
    """PRE-20, PRE-7: the votes of others hold."""
    first = ids(ten)["S001"]
    ten.load("TELUS", [device("S001", "T001")], strategy="merge")

    run = ten.load("NINJAONE", SWAPPED, new=["S001"])

    assert run.stats["retire"] == 1
    assert ten.status(f"S001~{first}") == "AVAILABLE"
    again = ten.load("TELUS", [device("S001", "T001")], strategy="merge")
    assert (again.stats["unchanged"], again.stats["conflict"]) == (1, 0)
    assert ten.link("TELUS", "S001")["record_id"] == first


def test_a_partial_file_settles_and_retires_nothing(ten: Desk):
    """PRE-20, PRE-9: the next full snapshot says that the old record is gone."""
    first = ids(ten)["S001"]

    run = ten.load("NINJAONE", SWAPPED[:1], strategy="merge", new=["S001"])

    assert (run.stats["create"], run.stats["retire"]) == (1, 0)
    assert ten.status(f"S001~{first}") == "AVAILABLE"
    later = ten.load("NINJAONE", SWAPPED)
    assert (later.stats["conflict"], later.stats["retire"]) == (0, 2)
    assert ten.status(f"S001~{first}") == "RETIRED"


def test_a_file_that_replaces_deletes_the_old_record(desk: Desk):
    """PRE-20, PLN-2: as any record that it lacks; undone, both are as they were."""
    desk.declare("LIST", tracks_presence=False)
    desk.load("LIST", fleet(10), strategy="replace")
    before, first = desk.state(), ids(desk)["S001"]

    run = desk.load("LIST", SWAPPED, strategy="replace", new=["S001"])

    assert (run.stats["create"], run.stats["delete"]) == (1, 2)
    assert first not in ids(desk).values()
    run.rollback()
    assert desk.state() == before


def test_identities_that_may_be_shared_are_left_as_they_are(ready_database_url: str, tmp_path: Path):
    """PRE-20: two deals of one name and amount are two deals; only what must be unique gives way."""
    desk = Desk(ready_database_url, tmp_path, "crate")
    desk.book.add_record_type(
        'name = "crate"\nexternal_id = ["number"]\nidentity = [["number"], ["label", "size"]]\n'
        + "".join(f'[[field]]\nname = "{name}"\n' for name in ("number", "label", "size"))
    )
    desk.declare("STORE", external_id=("number",), tracks_presence=False)
    row = {"number": "N1", "label": "L", "size": "2"}
    desk.load("STORE", [row])

    plan = desk.plan("STORE", [{**row, "number": "N2"}], strategy="merge", new=["N2"])
    plan.apply()

    assert (plan.counts["create"], plan.counts["displaced"]) == (1, 0)
    assert [each["label"] for each in desk.rows("SELECT label FROM crate")] == ["L", "L"]
    again = desk.load("STORE", [row, {**row, "number": "N2"}], strategy="merge")
    assert (again.stats["unchanged"], again.stats["conflict"]) == (2, 0)
    desk.book.close()


def test_two_external_ids_of_one_record_in_one_file_are_told_apart(ten: Desk):
    """PRE-20: after a new id was confirmed, both come; the file cannot mean one record by both."""
    record = ids(ten)["S001"]
    ten.load("NINJAONE", [device("NEW1", "T001")], strategy="merge", same={"NEW1": record})
    rows = [device("NEW1", "T001", model="X"), device("S001", "", model="Y")]

    plan = ten.plan("NINJAONE", rows, strategy="merge")
    assert plan.counts["conflict"] == 2
    assert plan.problems()["message"][0] == (
        f"Its external id leads to record {record}, and so does another row of this file. Correct the one that is wrong."
    )
    ten.load("NINJAONE", rows, strategy="merge", same={"NEW1": record}, new=["S001"])

    assert (ten.record("NEW1")["model"], ten.record("S001")["model"]) == ("X", "Y")
    assert ten.load("NINJAONE", rows, strategy="merge").stats["unchanged"] == 2


# ---------------------------------------------------------------- afterwards


@pytest.mark.parametrize("decision", ["new", "same", "other"])
def test_what_is_settled_is_not_asked_again(ten: Desk, decision: str):
    """PRE-20: the link settles it, also where the row says something new."""
    ten.load("NINJAONE", SWAPPED, **decided(ten, decision))
    record = ten.link("NINJAONE", "S001")["record_id"]

    again = ten.load("NINJAONE", SWAPPED)
    changed = ten.load("NINJAONE", [device("S001", "T002", model="X"), *fleet(10)[2:]])

    assert (again.stats["unchanged"], again.stats["conflict"], again.stats["retire"]) == (9, 0, 0)
    assert (changed.stats["update"], changed.stats["conflict"]) == (1, 0)
    assert ten.record("S001")["id"] == record


@pytest.mark.parametrize("strategy", ["snapshot", "merge"])
@pytest.mark.parametrize("decision", ["new", "same", "other"])
def test_what_is_settled_is_undone_exactly(ten: Desk, decision: str, strategy: str):
    """PRE-20, ROL-2: links, values and records."""
    ten.load("TELUS", [device("S001", "T001"), device("S002", "T002")], strategy="merge")
    before = ten.state()

    run = ten.load("NINJAONE", SWAPPED, strategy=strategy, **decided(ten, decision))
    assert ten.state() != before
    run.rollback()

    assert ten.state() == before
    assert ten.plan("NINJAONE", SWAPPED).counts["conflict"] == 1


def test_a_later_run_stands_in_the_way_and_goes_first(ten: Desk):
    """PRE-20, ROL-5: the old record was brought back since; the chain undoes both."""
    before, first = ten.state(), ids(ten)["S001"]
    run = ten.load("NINJAONE", SWAPPED, new=["S001"])
    later = ten.load("NINJAONE", [*SWAPPED, device(f"S001~{first}", "T001")])
    assert later.stats["reactivate"] == 1

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    assert refused.value.details["later_runs"] == [later.run_id]

    run.rollback(chain=True)
    assert ten.state() == before


def test_of_a_new_record_that_was_changed_since_the_rest_is_undone(ten: Desk):
    """PRE-20, ROL-5: it keeps the id, and the link of the old record its suffix; values go back one by one."""
    first = ids(ten)["S001"]
    run = ten.load("NINJAONE", SWAPPED, new=["S001"])
    new = ten.record("S001")["id"]
    ten.load("NINJAONE", [device("S001", "T002", model="X"), *fleet(10)[2:]])

    with pytest.raises(RollbackBlocked):
        run.rollback()
    run.rollback(partial=True)

    assert ten.link("NINJAONE", "S001")["record_id"] == new
    assert ten.link("NINJAONE", f"S001~{first}")["record_id"] == first
    linked = ten.rows("SELECT record_id FROM source_presence WHERE source = :source", source="NINJAONE")
    assert sorted(each["record_id"] for each in linked) == [*range(1, 11), new]
    (kept,) = ten.rows("SELECT model FROM device WHERE id = :id", id=new)
    assert kept["model"] == "X"


def test_an_id_that_moves_twice_comes_back_step_by_step(ten: Desk):
    """PRE-20, ROL-5: settled as new, and then as the old record after all."""
    first = ids(ten)["S001"]
    states = [ten.state()]
    one = ten.load("NINJAONE", SWAPPED, new=["S001"])
    states.append(ten.state())
    new = ten.record("S001")["id"]
    two = ten.load("NINJAONE", [device("S001", "T001"), *fleet(10)[2:]], same={"S001": first})

    assert ten.link("NINJAONE", "S001")["record_id"] == first
    assert ten.record("S001")["id"] == first
    assert ten.status("S001") == "AVAILABLE"
    assert ten.status(f"S001~{new}") == "RETIRED"
    with pytest.raises(RollbackBlocked):
        one.rollback()
    two.rollback()
    assert ten.state() == states[1]
    one.rollback()
    assert ten.state() == states[0]


def test_an_id_may_move_from_the_same_record_again(ten: Desk):
    """PRE-20: a suffix that is there already is not used a second time."""
    first = ids(ten)["S001"]
    ten.load("NINJAONE", SWAPPED, new=["S001"])
    ten.load("NINJAONE", [device("S001", "T001"), *fleet(10)[2:]], same={"S001": first})
    before = ten.state()

    run = ten.load("NINJAONE", [device("S001", "T003"), *fleet(10)[3:]], new=["S001"], allow_retire=9)

    assert run.stats["create"] == 1
    found = ten.rows("SELECT external_id FROM source_presence WHERE record_id = :id", id=first)
    assert len({each["external_id"] for each in found}) == 2
    run.rollback()
    assert ten.state() == before


def test_both_acts_are_told_in_the_log(ten: Desk):
    """PRE-20, PLN-8, PRE-21: who decided what of which row, and what it means for the record that had the id."""
    first = ids(ten)["S001"]

    run = ten.load("NINJAONE", SWAPPED, new=["S001"])

    new = ten.record("S001")["id"]
    own, old = ten.audit(run, "settle")
    assert own["sentence"] == f'ana decided that "S001" (line 2 of file-2.csv) is a new device {new}.'
    assert (own["record_id"], old["record_id"], old["before"], old["after"]) == (
        new,
        first,
        "S001",
        f"S001~{first}",
    )
    assert old["sentence"] == (
        f'"S001" of NINJAONE is device {new} from now on, as ana decided; device {first} goes by "S001~{first}" there.'
    )
    (decided,) = ten.audit(run, "override")
    assert decided["sentence"] == 'ana settled 1 conflict of file-2.csv: "S001" is a new device.'
    given = {each["sentence"] for each in ten.audit(run, "displace")}
    assert f"line 2 of file-2.csv gives it to device {new}." in " ".join(given)


def test_rows_that_were_left_out_are_settled_when_they_come_again(ten: Desk):
    """PRE-20, ERR-3: a conflict of an applied run is settled with its rejected rows."""
    run = ten.load("NINJAONE", SWAPPED, on_error="reject-rows")
    assert run.stats["conflict"] == 1

    mended = ten.book.plan(run.rejected(), mends=run.run_id, new=["S001"]).apply()

    assert (mended.stats["create"], mended.stats["settled"]) == (1, 1)


# ---------------------------------------------------------------- part of the plan


def test_decisions_come_from_the_overrides_too(ten: Desk, tmp_path: Path):
    """PRE-20, INT-11"""
    path = tmp_path / "overrides.json"
    path.write_text(json.dumps({"same": {"S001": ids(ten)["S001"]}}), encoding="utf-8")

    assert ten.plan("NINJAONE", SWAPPED, overrides=path).counts["settled"] == 1
    assert ten.plan("NINJAONE", SWAPPED, overrides={"new": ["S001"]}).counts["create"] == 1


def test_a_saved_plan_settles_the_same(ten: Desk, tmp_path: Path):
    """PRE-20, PLN-24"""
    plan = ten.plan("NINJAONE", SWAPPED, new=["S001"])
    first = ids(ten)["S001"]

    opened = ten.book.load_plan(plan.save(tmp_path / "plan.json"))
    opened.apply()

    assert opened.plan.options.overrides.rulings[0].row == "S001"
    assert ten.status(f"S001~{first}") == "RETIRED"


def test_a_saved_plan_lists_its_conflicts(ten: Desk, tmp_path: Path):
    """PRE-20, PLN-24"""
    plan = ten.plan("NINJAONE", SWAPPED)

    assert ten.book.load_plan(plan.save(tmp_path / "plan.json")).conflicts().equals(plan.conflicts())


def test_a_plan_is_stale_once_the_old_record_has_changed(ten: Desk):
    """PRE-20, PLN-9"""
    plan = ten.plan("NINJAONE", SWAPPED, new=["S001"])
    ten.book.edit_record("device", ids(ten)["S001"], {"model": "by hand"})

    with pytest.raises(StalePlan):
        plan.apply()


def test_what_happens_elsewhere_makes_no_such_plan_stale(ten: Desk):
    """PRE-20, PLN-9"""
    plan = ten.plan("NINJAONE", SWAPPED, new=["S001"])
    ten.load("MANUAL", [device("S009", "T009", model="elsewhere")], strategy="merge")

    assert plan.apply().stats["create"] == 1


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"same": {"S001": 9}}, "not-a-candidate"),
        ({"same": {"S003": 3}}, "not-in-conflict"),
        ({"new": ["S003"]}, "not-in-conflict"),
        ({"new": ["NOPE"]}, "unknown-row"),
        ({"new": ["line:99"]}, "unknown-row"),
        ({"new": ["S001"], "same": {"S001": 1}}, "decided-twice"),
        ({"new": ["S001", "s001"]}, "decided-twice"),
        ({"new": ["S001", "line:2"]}, "decided-twice"),
        ({"new": ["S001"], "overrides": {"skip_lines": [2]}}, "not-in-conflict"),
        ({"new": ["S001"], "strategy": "append"}, "not-in-conflict"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(ten: Desk, told: dict[str, Any], code: str):
    """PRE-20: with what to do instead, and nothing is written."""
    with pytest.raises(InvalidInput) as refused:
        ten.plan("NINJAONE", SWAPPED, **told)

    assert refused.value.code == code
    assert refused.value.hint


def test_two_rows_are_never_one_record(ten: Desk):
    """PRE-20: also where the other row says what it always said."""
    rows = [device("S001", "T002"), *fleet(10)[1:]]

    with pytest.raises(InvalidInput) as refused:
        ten.plan("NINJAONE", rows, same={"S001": ids(ten)["S002"]})

    assert refused.value.code == "record-has-a-row"
    assert refused.value.details["lines"] == [2, 3]


def test_a_tag_that_another_row_says_too_is_not_given_away(ten: Desk):
    """PRE-20, PACK-1: a taken tag is never imported twice."""
    rows = [device("S001", "T002"), *fleet(10)[1:]]

    with pytest.raises(InvalidInput) as refused:
        ten.plan("NINJAONE", rows, new=["S001"])

    assert refused.value.code == "cannot-give-way"
    assert refused.value.details["record_id"] == ids(ten)["S002"]


def test_a_row_that_is_left_out_after_all_moves_nothing(ten: Desk):
    """PRE-20, PRE-34: its key still says that the record of its link is there."""
    rows = [
        device("S001", "T002", status="in the cupboard"),
        *(dict(each, Status="") for each in fleet(10)[2:]),
    ]

    run = ten.load("NINJAONE", rows, new=["S001"], on_error="reject-rows")

    assert (run.stats["reject"], run.stats["settled"], run.stats["create"]) == (1, 0, 0)
    assert ten.is_present("NINJAONE", "S001")
    assert ten.record("S001")["status"] == "AVAILABLE"
