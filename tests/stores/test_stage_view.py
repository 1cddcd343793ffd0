"""The view of stages, ``deal_stage_history``, on both stores: for people who ask with plain SQL (HIS-9, HIS-4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import stocktake as st
from stocktake.model.errors import InvalidInput
from tests.reliability.database import ask, owner, tables
from tests.stories.desk import START, Desk

TICKET = """
name = "ticket"
external_id = "code"
identity = ["code"]
tracked = [{tracked}]
first_history = {first}
[[field]]
name = "code"
[[field]]
name = "stage"
[[field]]
name = "owner"
"""


def ticket(*tracked: str, first: bool = True) -> str:
    return TICKET.format(tracked=", ".join(f'"{each}"' for each in tracked), first=str(first).lower())


@pytest.fixture
def desk(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    working = Desk(ready_database_url, tmp_path, record_type="ticket")
    yield working
    working.book.close()


def declared(desk: Desk, text: str) -> Desk:
    desk.book.add_record_type(text)
    desk.declare("HELP", tracks_presence=False, external_id=("code",), key_rules=())
    return desk


def load(desk: Desk, *rows: tuple[str, str, str]) -> st.OpenRun:
    desk.later()
    items = [dict(zip(("code", "stage", "owner"), each, strict=True)) for each in rows]
    return desk.book.plan(
        items, record_type="ticket", source="HELP", strategy="replace", allow_retire=9
    ).apply()


def shown(desk: Desk) -> list[tuple[Any, ...]]:
    found = desk.rows(
        "SELECT ticket_id, from_stage, to_stage, source, changed_at IS NOT NULL AS dated FROM ticket_stage_history"
    )
    order = {"file_import_new": 0, "file_import_diff": 1, "file_import_removed": 2, "rollback": 3}
    told = [(*list(each.values())[:4], bool(each["dated"])) for each in found]
    return sorted(told, key=lambda each: (each[0], order[each[3]], str(each[1])))


def test_the_view_shows_beginnings_changes_and_removals(desk: Desk) -> None:
    """HIS-9, HIS-4, HIS-7: derived beginnings before what is stored; of a deleted record undated."""
    declared(desk, ticket("stage", "owner"))
    load(desk, ("A", "new", "ana"), ("B", "new", "bo"), ("C", "", "cy"), ("D", "new", "di"))
    load(desk, ("A", "done", "ana"), ("C", "open", "cy"), ("D", "new", "eve"))

    assert shown(desk) == [
        (1, None, "new", "file_import_new", True),
        (1, "new", "done", "file_import_diff", True),
        (2, None, "new", "file_import_new", False),
        (2, "new", "removed_from_export", "file_import_removed", True),
        (3, None, "open", "file_import_diff", True),
        (4, None, "new", "file_import_new", True),
    ]


def test_the_view_tells_what_the_history_of_each_record_tells(desk: Desk) -> None:
    """HIS-4, HIS-9: one truth in two places."""
    declared(desk, ticket("stage"))
    load(desk, ("A", "new", "ana"), ("B", "new", "bo"))
    load(desk, ("A", "done", "ana"), ("B", "open", "bo")).rollback()

    for number in (1, 2):
        told = desk.book.history_of("ticket", number, field="stage").select("from", "to", "kind").rows()
        assert sorted(map(str, told)) == sorted(str(each[1:4]) for each in shown(desk) if each[0] == number)


def test_a_type_may_do_without_beginnings(desk: Desk) -> None:
    """HIS-4: ``first_history = false``, in the view, the history and the outcome alike."""
    declared(desk, ticket("stage", first=False))
    desk.later()
    plan = desk.book.plan([{"code": "A", "stage": "new"}], record_type="ticket", source="HELP")
    assert plan.history()["new"] == 0
    plan.apply()
    assert shown(desk) == []
    assert desk.book.history_of("ticket", 1).is_empty()
    load(desk, ("A", "done", "ana"))
    assert shown(desk) == [(1, "new", "done", "file_import_diff", True)]


def test_the_view_follows_the_declaration(desk: Desk) -> None:
    """HIS-9, TYP-7: it comes with the tracking of a stage, and goes with it; redefining leaves it as it is."""

    def views() -> bool:
        try:
            desk.rows("SELECT * FROM ticket_stage_history")
        except Exception:
            return False
        return True

    declared(desk, ticket("owner"))
    assert not views()
    desk.book.add_record_type(ticket("owner", "stage"))
    assert views()
    desk.book.add_record_type(ticket("owner", "stage", first=False))
    assert views()
    desk.book.add_record_type(ticket("owner"))
    assert not views()


def test_a_name_that_is_taken_is_not_taken_over(desk: Desk) -> None:
    """TYP-5."""
    other = ticket("owner").replace('"ticket"', '"ticket_stage_history"')
    desk.book.add_record_type(other)
    with pytest.raises(InvalidInput) as refused:
        desk.book.add_record_type(ticket("stage"))
    assert refused.value.code == "reserved-name"


def test_deals_have_it_from_the_first_import(ready_database_url: str, tmp_path: Path) -> None:
    """HIS-9."""
    desk = Desk(ready_database_url, tmp_path, record_type="deal")
    desk.book.plan(
        [{"Deal ID": "D1", "Deal Name": "Roof", "Stage": "Lead"}], record_type="deal", source="csv_import"
    ).apply()
    (found,) = desk.rows("SELECT * FROM deal_stage_history")
    desk.book.close()

    assert list(found) == ["workspace_id", "deal_id", "from_stage", "to_stage", "changed_at", "source"]
    assert (found["deal_id"], found["to_stage"], found["source"]) == (1, "Lead", "file_import_new")
    assert str(found["changed_at"])[:10] == f"{START:%Y-%m-%d}"


def test_the_view_shows_nothing_of_another_workspace(postgres_copy: str, tmp_path: Path) -> None:
    """SEC-2, REL-12: policies hold behind the view."""
    desk = declared(Desk(postgres_copy, tmp_path, record_type="ticket"), ticket("stage"))
    load(desk, ("A", "new", "ana"))
    load(desk, ("A", "done", "ana"))
    desk.book.close()
    seen = []
    for workspace in ("1", "2", None):
        with owner(postgres_copy) as connection, connection.transaction():
            connection.execute("SET LOCAL ROLE stocktake_app")
            if workspace is not None:
                connection.execute("SELECT set_config('stocktake.workspace', %s, true)", (workspace,))
            seen.append(connection.execute("SELECT count(*) FROM ticket_stage_history").fetchall()[0][0])
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute("DELETE FROM ticket_stage_history")
    assert seen == [2, 0, 0]
    assert "ticket" in tables(postgres_copy)
    options = ask(postgres_copy, "SELECT reloptions FROM pg_class WHERE relname = 'ticket_stage_history'")
    assert options == [(["security_invoker=true"],)]
