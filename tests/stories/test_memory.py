"""What a story finds in the database is what an import leaves there, remembered or not."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from tests.stories.desk import Desk, device, fleet, on_one_store
from tests.stories.holding import held
from tests.stories.memory import Memory

NewDesk = Callable[..., Desk]


@pytest.fixture(params=["sqlite", "postgres"])
def new_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDesk]:
    """``new_desk(memory)``: one more, in a folder of its own."""
    with ExitStack() as stack:

        def make(memory: Memory | None) -> Desk:
            folder = tmp_path / f"desk-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            if request.param == "sqlite":
                copyfile(request.getfixturevalue("sqlite_template"), folder / "stock.db")
                url = f"sqlite:///{folder / 'stock.db'}"
            else:
                url = request.getfixturevalue("new_postgres_copy")()
            desk = Desk(url, folder, memory=memory)
            stack.callback(desk.book.close)
            return desk

        yield make


def begun(desk: Desk) -> Desk:
    """Given: two imports of different sources."""
    desk.load("NINJAONE", [*fleet(10, model="A"), device("GONE", "TGONE")])
    desk.load("TELUS", fleet(10)[2:], strategy="merge")
    return desk


def told(desk: Desk) -> list[str]:
    """All that the database holds, without what is another each time: the names of plans, and how long things took."""
    place, left = desk.book.store.file, held(desk.book)
    if isinstance(left, dict):
        lines = [f"{name} {rows}" for name, rows in left.items()]
    else:
        assert place is not None
        with closing(sqlite3.connect(place)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            lines = list(connection.iterdump())
    passing = r"\b[0-9a-f]{32}\b|(?<=: )\d+\.\d+(e-\d+)?"
    return [re.sub(passing, "?", line) for line in lines]


def test_a_remembered_state_is_the_computed_one(new_desk: NewDesk):
    memory = Memory()
    first, again, alone = begun(new_desk(memory)), begun(new_desk(memory)), begun(new_desk(None))

    assert memory.recalled == 2
    assert held(again.book) == held(first.book)
    assert told(again) == told(alone)


def test_a_story_goes_on_from_a_remembered_state_as_from_a_computed_one(new_desk: NewDesk):
    memory = Memory()
    begun(new_desk(memory))
    desks = [begun(new_desk(memory)), begun(new_desk(None))]

    for desk in desks:
        run = desk.load("NINJAONE", fleet(10)[4:], allow_retire=4, on_guard="hold")
        desk.later()
        run.rollback()

    assert told(desks[0]) == told(desks[1])


def test_a_run_is_handed_out_as_the_import_hands_it_out(new_desk: NewDesk):
    memory = Memory()
    made, recalled = (new_desk(memory).load("NINJAONE", fleet(10)) for _ in range(2))

    assert memory.recalled == 1
    assert recalled.run == made.run


def test_what_one_story_does_afterwards_no_other_finds(new_desk: NewDesk):
    memory = Memory()
    before = held(begun(new_desk(memory)).book)
    begun(new_desk(memory)).write("DELETE FROM st_source_link")

    assert held(begun(new_desk(memory)).book) == before


def _one_more_row(desk: Desk) -> None:
    desk.load("NINJAONE", fleet(11))


def _an_option(desk: Desk) -> None:
    desk.load("NINJAONE", fleet(10), strategy="merge")


def _another_source(desk: Desk) -> None:
    desk.load("TELUS", fleet(10))


def _another_moment(desk: Desk) -> None:
    desk.later(timedelta(microseconds=1))
    desk.load("NINJAONE", fleet(10))


def _a_file_before(desk: Desk) -> None:
    desk.file(fleet(10))
    desk.load("NINJAONE", fleet(10))


def _another_actor(desk: Desk) -> None:
    desk.book.by = "ben"
    desk.load("NINJAONE", fleet(10))


def _a_change_behind_its_back(desk: Desk) -> None:
    desk.write("UPDATE st_workspace SET allows_rollback = NOT allows_rollback")
    desk.load("NINJAONE", fleet(10))


def _somebody_who_is_told(desk: Desk) -> None:
    desk.book.on_finished = lambda run: None
    desk.load("NINJAONE", fleet(10))


def _an_option_that_cannot_be_compared(desk: Desk) -> None:
    with pytest.raises(TypeError):
        desk.load("NINJAONE", fleet(10), unheard_of=lambda: None)


@pytest.mark.parametrize(
    "differing",
    [
        _one_more_row,
        _an_option,
        _another_source,
        _another_moment,
        _a_file_before,
        _another_actor,
        _a_change_behind_its_back,
        _somebody_who_is_told,
        _an_option_that_cannot_be_compared,
    ],
)
def test_what_differs_in_anything_is_computed(new_desk: NewDesk, differing: Callable[[Desk], None]):
    memory = Memory()
    new_desk(memory).load("NINJAONE", fleet(10))

    differing(new_desk(memory))

    assert memory.recalled == 0


@on_one_store
def test_a_story_that_meddles_has_no_memory(monkeypatch: pytest.MonkeyPatch, desk: Desk):
    assert desk._memory is None
