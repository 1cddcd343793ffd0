"""Lists that the process remembers hear of everything that writes: exact after every act (INT-1, PRE-22)."""

from __future__ import annotations

from tests.stories.desk import Desk, device, fleet


def stored(desk: Desk, where: dict[str, str], *, retired: bool) -> list[int]:
    """What a look at every record finds."""
    return [
        row["id"]
        for row in desk.rows("SELECT id, model, retired_at FROM device ORDER BY id")
        if row["model"] == where.get("model", row["model"]) and (retired or row["retired_at"] is None)
    ]


def told_right(desk: Desk) -> None:
    """Every list beside what lies in the tables; asked for after each act, so that the next finds something remembered."""
    kind, book = desk.book.record_type("device"), desk.book
    with book.listing() as unit:
        for where in ({}, {"model": "A"}, {"model": "B"}):
            for retired in (False, True):
                found, total = unit.record_page(kind, where=where, retired=retired, limit=200, offset=0)
                wanted = stored(desk, where, retired=retired)
                assert ([row["id"] for row in found], total) == (wanted, len(wanted))
        lacking, _ = unit.record_page(kind, where={}, missing_source="NINJAONE", limit=200, offset=0)
    absent = desk.rows("SELECT record_id, held_run FROM st_source_link WHERE NOT is_present")
    alive = stored(desk, {}, retired=False)
    assert sorted(row["id"] for row in lacking) == sorted(
        each["record_id"] for each in absent if each["record_id"] in alive
    )
    missing, total = book.missing(acknowledged=True, page_size=200)
    assert (sorted(each.record_id for each in missing), total) == (
        sorted(each["record_id"] for each in absent),
        len(absent),
    )
    held = [each["record_id"] for each in absent if each["held_run"] and each["record_id"] in alive]
    assert sorted(book.held()["record_id"]) == sorted(held)


def test_lists_are_exact_after_every_act(desk: Desk):
    """INT-1, PRE-22: created, updated, missing, retired, back, by hand, undone in part and whole, held and settled."""
    book = desk.book

    def loaded(rows):
        desk.later()
        run = desk.load("NINJAONE", rows, strategy="snapshot", allow_retire=10)
        told_right(desk)
        return run

    loaded(fleet(6, model="A"))
    loaded(fleet(6, model="B"))
    loaded(fleet(4, model="B"))
    assert [len(stored(desk, {}, retired=each)) for each in (False, True)] == [4, 6]
    back = loaded(fleet(5, model="A"))
    assert len(stored(desk, {}, retired=False)) == 5

    by_hand = book.edit_record("device", desk.record("S001")["id"], {"model": "B"}, by="eve")
    told_right(desk)
    back.rollback(partial=True)
    told_right(desk)
    assert desk.record("S001")["model"] == "B"
    assert desk.record("S002")["model"] == "B"
    by_hand.rollback()
    told_right(desk)

    desk.later()
    desk.load("NINJAONE", [device("S001", "T001")], strategy="snapshot", on_guard="hold")
    told_right(desk)
    waiting = sorted(book.held()["record_id"])
    assert waiting
    settled = book.retire_held(waiting[:1], record_type="device", source="NINJAONE", reason="sold")
    told_right(desk)
    book.keep_held(waiting[1:2], record_type="device", source="NINJAONE", reason="lent")
    told_right(desk)
    settled.rollback()
    told_right(desk)
