"""Which record a row means: never the first that matches, never two at once (IDN, PRE-20, PACK-1, PLN-26)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.desk import Desk, device, fleet, refusal_of


def actions(desk: Desk, source: str, *rows: Any, **options: Any) -> list[str]:
    """What a plan decides about each row of a file."""
    plan = desk.plan(source, rows, strategy="merge", **options)
    decided = plan.decisions().filter(plan.decisions()["line"].is_not_null())
    return list(decided["action"])


# ---------------------------------------------------------------- adoption


def test_a_source_adopts_a_record_by_its_serial_number(desk: Desk):
    """IDN-1: no second record, no change, and a link of its own."""
    desk.load("MANUAL", [device("S1", "T1")])

    run = desk.load("NINJAONE", [device("s1", "T1", model="X")])

    assert (run.stats["create"], run.stats["update"]) == (0, 1)
    assert desk.count() == 1
    assert desk.link("NINJAONE", "s1")["record_id"] == desk.record("S1")["id"]
    assert desk.record("S1")["source"] == "MANUAL"


def test_a_row_with_a_blank_serial_adopts_by_its_tag(desk: Desk):
    """IDN-1: the first rung with all parts non-blank decides."""
    desk.load("MANUAL", [device("S1", "T1")])

    run = desk.load("NINJAONE", [device("", "t1", model="X")], strategy="merge")

    assert run.stats["create"] == 0
    assert (desk.count(), desk.record("S1")["model"]) == (1, "X")


def test_a_record_without_a_serial_gains_one_through_its_tag(desk: Desk):
    """IDN-1: the lower rung leads to a record that says nothing on the higher."""
    desk.load("MANUAL", [device("", "T1")])

    desk.load("NINJAONE", [device("S1", "T1")])

    assert (desk.count(), desk.record("S1")["asset_tag"]) == (1, "T1")


# ---------------------------------------------------------------- conflict and ambiguity


def test_a_serial_and_a_tag_of_different_records_are_a_conflict(desk: Desk):
    """IDN-1, PACK-1"""
    desk.load("MANUAL", [device("S1", "T1"), device("S2", "T2")])

    assert actions(desk, "NINJAONE", device("S1", "T2")) == ["conflict"]


def test_a_taken_tag_is_not_imported_under_another_serial(desk: Desk):
    """PACK-1, PRE-20"""
    desk.load("MANUAL", [device("S1", "T1")])

    assert actions(desk, "NINJAONE", device("S2", "T1")) == ["conflict"]


def test_one_tag_under_two_serials_of_one_file_is_not_imported_twice(desk: Desk):
    """PACK-1: a taken tag is never imported twice."""
    decided = actions(desk, "NINJAONE", device("S1", "T1"), device("S2", "T1"))

    assert decided.count("create") < 2


def test_one_tag_in_two_rows_without_serial_is_not_imported_twice(desk: Desk):
    """PACK-1, PLN-26"""
    decided = actions(desk, "NINJAONE", device("", "T1", model="a"), device("", "T1", model="b"))

    assert decided.count("create") < 2


def test_a_known_row_whose_tag_belongs_to_another_record_is_a_conflict(desk: Desk):
    """IDN-1: also for a row that its link leads to its record."""
    desk.load("NINJAONE", [device("S1", "T1"), device("S2", "T2")])

    assert actions(desk, "NINJAONE", device("S1", "T2")) == ["conflict"]


def test_a_known_row_may_take_a_free_tag(desk: Desk):
    """IDN-1, PRE-20: the external id decides; a lower rung that leads nowhere is news of the record, not a conflict."""
    desk.load("NINJAONE", [device("S1", "T1")])

    run = desk.load("NINJAONE", [device("S1", "T9")])

    assert (run.stats["update"], run.stats["conflict"], desk.count()) == (1, 0, 1)
    assert desk.record("S1")["asset_tag"] == "T9"


@pytest.fixture
def by_tag(desk: Desk) -> Desk:
    """A source that tells devices apart by their tags."""
    desk.declare("BY_TAG", external_id=("asset_tag",), tracks_presence=False)
    desk.load("BY_TAG", [device("S1", "T1")], strategy="merge")
    return desk


def test_an_external_id_that_carries_another_serial_is_a_conflict(by_tag: Desk):
    """PRE-20, PLN-6: a swapped board, or a tag that was used again; a person says which."""
    plan = by_tag.plan("BY_TAG", [device("S9", "T1", model="X")], strategy="merge")

    (told,) = plan.problems().to_dicts()
    assert (plan.counts["conflict"], plan.counts["update"]) == (1, 0)
    assert told["message"] == (
        "Its external id leads to record 1, which goes by another Serial number. Say which record it is with --same or "
        "--new, or correct the one that is wrong."
    )
    assert [each["record_id"] for each in plan.conflicts().to_dicts()] == [None, 1]


def test_it_is_the_same_record_with_another_serial_or_a_new_one(by_tag: Desk):
    """PRE-20"""
    same = by_tag.load("BY_TAG", [device("S9", "T1")], strategy="merge", same={"T1": 1})
    assert (same.stats["update"], by_tag.record("S9")["id"]) == (1, 1)
    same.rollback()

    by_tag.load("BY_TAG", [device("S9", "T1")], strategy="merge", new=["T1"])

    assert {serial: each["asset_tag"] for serial, each in by_tag.records().items()} == {
        "S1": "T1~1",
        "S9": "T1",
    }


def test_an_external_id_whose_record_had_no_serial_brings_one(by_tag: Desk):
    """PRE-20: nothing contradicts."""
    by_tag.load("BY_TAG", [device("", "T2")], strategy="merge")

    run = by_tag.load("BY_TAG", [device("S2", "T2")], strategy="merge")

    assert (run.stats["update"], run.stats["conflict"]) == (1, 0)


def test_a_record_that_the_source_knows_under_another_key_is_a_conflict(desk: Desk):
    """PRE-20"""
    desk.declare("BY_TAG", external_id=("asset_tag",))
    desk.load("BY_TAG", [device("S1", "T1")])

    assert actions(desk, "BY_TAG", device("S1", "T2")) == ["conflict"]


def test_several_records_that_match_are_ambiguous(desk: Desk):
    """IDN-1, PRE-20"""
    desk.load("MANUAL", [device("S1", "T1"), device("S2", "T2")])
    desk.write("UPDATE device SET asset_tag = 'T1' WHERE serial_number = 'S2'")

    assert actions(desk, "NINJAONE", device("", "T1")) == ["ambiguous"]


def test_several_rows_that_claim_one_record_are_conflicts(desk: Desk):
    """PRE-20: a record has one row."""
    desk.load("MANUAL", [device("", "T1")])

    assert actions(desk, "NINJAONE", device("S1", "T1"), device("S2", "T1")) == ["conflict", "conflict"]


def test_conflicts_and_ambiguous_rows_count_as_rejected(desk: Desk):
    """IDN-6, ERR-1: a snapshot with one is refused, unless the operator says otherwise."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", [*fleet(10), device("S011", "T001")])

    assert refusal_of(plan).code == "rows-rejected"
    assert desk.plan("NINJAONE", [*fleet(10), device("S011", "T001")], on_error="reject-rows").refusal is None


# ---------------------------------------------------------------- duplicates in a file

SAME = [device("S1", "T1", model="a"), device("S1", "T1", model="a")]
DIFFERENT = [device("S1", "T1", model="a"), device("S1", "T1", model="b")]


def test_identical_rows_collapse_into_one(desk: Desk):
    """IDN-3"""
    plan = desk.plan("NINJAONE", SAME)
    plan.apply()

    assert (plan.counts["create"], plan.counts["duplicate"], plan.counts["rows"]) == (1, 1, 2)
    assert plan.decisions("duplicate")["reason"].to_list() == [
        "same record as another row of this file (line 2)"
    ]
    assert desk.count() == 1


def test_different_rows_with_one_key_are_all_rejected_and_their_lines_named(desk: Desk):
    """IDN-3"""
    plan = desk.plan("NINJAONE", DIFFERENT, strategy="merge")

    assert plan.counts["reject"] == 2
    problems = plan.plan.frames.problems.filter(plan.plan.frames.problems["code"] == "duplicate-key")
    assert problems["line"].to_list() == [2, 3]
    assert all("2, 3" in each for each in problems["message"])


def test_the_lines_of_a_repeated_key_are_named_in_their_order(desk: Desk):
    """IDN-3, ERR-2"""
    rows = [DIFFERENT[0], *fleet(7), *DIFFERENT]

    plan = desk.plan("NINJAONE", rows, strategy="merge")

    assert "Lines 2, 10, 11 all carry" in plan.plan.frames.problems["message"][0]


@pytest.mark.parametrize(("choice", "model"), [("first", "a"), ("last", "b"), ("latest:Seen", "a")])
def test_the_operator_may_say_which_of_different_rows_counts(desk: Desk, choice: str, model: str):
    """IDN-3: --duplicates"""
    rows = [{**DIFFERENT[0], "Seen": "2026-02-01"}, {**DIFFERENT[1], "Seen": "2026-01-01"}]

    run = desk.load("NINJAONE", rows, duplicates=choice)

    assert (run.stats["create"], run.stats["duplicate"]) == (1, 1)
    assert desk.record("S1")["model"] == model


def test_an_identical_pair_and_a_different_third_are_all_rejected(desk: Desk):
    """IDN-3"""
    assert actions(desk, "NINJAONE", *SAME, DIFFERENT[1]) == ["reject", "reject", "reject"]


# ---------------------------------------------------------------- rows without any key


def test_rows_without_key_are_not_doubled_when_they_come_again(desk: Desk):
    """PLN-26: known by content and occurrence."""
    rows = [device("", "", model="m"), device("", "", model="m"), device("", "", model="n")]
    desk.load("NINJAONE", rows, strategy="merge")

    run = desk.load("NINJAONE", [*rows, device("", "", model="m")], strategy="merge")

    assert (run.stats["unchanged"], run.stats["create"]) == (3, 1)
    assert desk.rows("SELECT count(*) AS n FROM device")[0]["n"] == 4


def test_a_row_without_serial_that_has_a_tag_is_not_doubled_when_it_changes(desk: Desk):
    """IDN-1, PLN-26"""
    desk.load("NINJAONE", [device("", "T1", model="a")], strategy="merge")

    run = desk.load("NINJAONE", [device("", "T1", model="b")], strategy="merge")

    assert (run.stats["create"], run.stats["update"]) == (0, 1)


# ---------------------------------------------------------------- what is said of them


def said(desk: Desk, *rows: Any) -> list[tuple[int, str, str]]:
    """Line, code and sentence of every problem of a file."""
    found = desk.plan("NINJAONE", rows, strategy="merge").problems()
    return [(each["row"], each["code"], each["message"]) for each in found.to_dicts()]


def test_conflicts_and_ambiguous_rows_name_the_records(desk: Desk):
    """PLN-6, ERR-2: candidates, and what contradicts what."""
    desk.load("MANUAL", [device("S1", "T1"), device("S2", "T2"), device("", "T3"), device("S4", "T4")])
    desk.write("UPDATE device SET asset_tag = 'T4' WHERE serial_number = 'S2'")
    ids = {serial: record["id"] for serial, record in desk.records().items()}
    both = sorted((ids["S2"], ids["S4"]))

    way_out = (
        f"Correct the one that is wrong, or let record {ids['S1']} have it with --on-conflict overwrite."
    )

    assert said(desk, device("S1", "T3")) == [
        (
            2,
            "conflict",
            f'"T3" leads to record {ids[None]}, and what stands above it to record {ids["S1"]}. ' + way_out,
        )
    ]
    assert said(desk, device("S9", "T1")) == [
        (
            2,
            "conflict",
            f'"T1" leads to record {ids["S1"]}, which goes by another Serial number. Correct the one that is wrong.',
        )
    ]
    assert said(desk, device("", "T4")) == [
        (
            2,
            "ambiguous",
            f'"T4" leads to several records: {both[0]}, {both[1]}. Fill what tells them apart, or mend the records.',
        )
    ]
    assert [each[1:] for each in said(desk, device("S7", "T3"), device("S8", "T3"))] == [
        (
            "conflict",
            f'"T3" leads to record {ids[None]}, and so does another row of this file. Correct the one that is wrong.',
        )
    ] * 2
