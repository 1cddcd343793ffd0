"""A record whose external id is new keeps its history, once somebody says that it is the same (PRE-19, PRE-20)."""

from __future__ import annotations

from stocktake.model.record_type import RecordType
from tests.stories.desk import Desk, device, fleet


def renamed(count: int = 10) -> list[dict[str, str]]:
    """A fleet whose first device has a new serial number and its old tag."""
    return [dict(device("NEW1", "T001")), *(dict(each) for each in fleet(count)[1:])]


def test_a_new_external_id_with_a_known_tag_is_proposed_as_the_same_record(desk: Desk):
    """PRE-19: proposed, not applied: nothing is retired and nothing created."""
    desk.load("NINJAONE", fleet(10))
    record = desk.record("S001")["id"]

    plan = desk.plan("NINJAONE", renamed())

    (row,) = plan.decisions("conflict").to_dicts()
    assert row["reason"] == "looks like a known record under a new external id; confirm it with --rekey"
    assert (plan.counts["retire"], plan.counts["create"], plan.counts["conflict"]) == (0, 0, 1)
    assert {each.code: each.message for each in plan.plan.warnings}["rekey-proposed"] == (
        f'1 row looks like a known record under a new external id: "NEW1" (record {record}). Confirm with --rekey ID, or '
        "--rekey all."
    )


def test_a_confirmed_new_external_id_keeps_the_record_and_its_history(desk: Desk):
    """PRE-19"""
    desk.load("NINJAONE", fleet(10))
    record = desk.record("S001")["id"]

    run = desk.load("NINJAONE", renamed(), rekey=[record])

    assert (run.stats["update"], run.stats["create"], run.stats["retire"]) == (1, 0, 0)
    assert desk.record("NEW1")["id"] == record
    assert desk.is_present("NINJAONE", "NEW1")
    again = desk.load("NINJAONE", renamed())
    assert (again.stats["retire"], again.stats["create"], desk.status("NEW1")) == (0, 0, "AVAILABLE")


def test_a_confirmed_new_external_id_is_undone_like_any_change(desk: Desk):
    """PRE-19, ROL-2"""
    desk.load("NINJAONE", fleet(10))
    before = desk.state()

    desk.load("NINJAONE", renamed(), rekey="all").rollback()

    assert desk.state() == before


def test_the_old_external_id_is_gone_at_once(desk: Desk):
    """PRE-19, PRE-32: told in the preview; the record is not missing, for its source has it."""
    desk.load("NINJAONE", fleet(10))
    record = desk.record("S001")["id"]

    plan = desk.plan("NINJAONE", renamed(), rekey=[record])
    run = plan.apply()

    (absent,) = plan.decisions("missing").to_dicts()
    assert (absent["external_id"], absent["record_id"]) == ("S001", record)
    assert absent["reason"] == "this source has it under another external id now"
    assert (run.stats["missing"], run.stats["retire"]) == (1, 0)
    assert plan.plan.guards == ()
    assert (desk.is_present("NINJAONE", "S001"), desk.is_present("NINJAONE", "NEW1")) == (False, True)
    assert desk.book.missing() == ([], 0)
    assert run.history()["kind"].to_list() == []


def test_what_was_renamed_and_leaves_is_retired_at_once(desk: Desk):
    """PRE-19, PRE-7: the old id keeps nothing alive."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", renamed(), rekey="all")

    run = desk.load("NINJAONE", renamed()[1:])

    assert run.stats["retire"] == 1
    assert desk.status("NEW1") == "RETIRED"
    told, _ = desk.book.missing()
    assert {each.external_id for each in told} == {"S001", "NEW1"}


def test_what_goes_by_its_old_id_again_stays_alive(desk: Desk):
    """PRE-19, PRE-7: the file has the record; that a later id of it is gone retires nothing."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", renamed(), rekey="all")

    run = desk.load("NINJAONE", fleet(10))

    assert (run.stats["retire"], run.stats["create"], run.stats["missing"]) == (0, 0, 1)
    assert desk.status("S001") == "AVAILABLE"
    assert (desk.is_present("NINJAONE", "S001"), desk.is_present("NINJAONE", "NEW1")) == (True, False)
    assert desk.book.missing() == ([], 0)


def test_a_key_that_is_still_in_the_file_was_not_renamed(desk: Desk):
    """PRE-20: two rows claim one tag; that is a contradiction, whatever is confirmed."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", [*fleet(10), device("NEW1", "T001")], rekey="all")

    assert "rekey-proposed" not in {each.code for each in plan.plan.warnings}
    assert plan.counts["create"] == 0
    assert plan.counts["conflict"] + plan.counts["reject"] >= 1


def test_a_partial_file_renames_nothing(desk: Desk):
    """PRE-19, PRE-9: it does not say that the old id is gone."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", [device("NEW1", "T001")], strategy="merge", rekey="all")

    assert (plan.counts["conflict"], plan.counts["update"]) == (1, 0)


def test_a_type_may_say_that_such_records_are_the_same(desk: Desk):
    """PRE-19, TYP-9: ``rekey = "auto"``."""
    desk.book.add_record_type(
        """
        name = "crate"
        external_id = ["number"]
        identity = [["label"]]
        rekey = "auto"
        [[field]]
        name = "number"
        [[field]]
        name = "label"
        """
    )
    desk.record_type = "crate"
    desk.declare("STORE", external_id=("number",))
    rows = [{"number": f"N{n}", "label": f"L{n}"} for n in range(10)]
    desk.book.plan(desk.file(rows, header=("number",)), record_type="crate", source="STORE").apply()

    rows[0] = {"number": "M0", "label": "L0"}
    plan = desk.book.plan(desk.file(rows, header=("number",)), record_type="crate", source="STORE")

    assert isinstance(plan.plan.record_type, RecordType)
    assert (plan.counts["update"], plan.counts["create"], plan.counts["retire"]) == (1, 0, 0)
