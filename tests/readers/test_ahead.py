"""Reading ahead on threads: the same rows and the same refusals, in bounded memory, and no thread left behind (REA-7)."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.readers.ahead import ahead
from stocktake.readers.delimited import DelimitedReader


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threads():
        thread.join(timeout=10)
        assert not thread.is_alive()


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("stocktake-ahead")]


def test_gives_what_is_made_in_its_order_and_made_elsewhere() -> None:
    makers = set()

    def numbers() -> Generator[int, None, None]:
        for number in range(5):
            makers.add(threading.current_thread())
            yield number

    assert list(ahead(numbers())) == [0, 1, 2, 3, 4]
    assert threading.current_thread() not in makers
    nothing: tuple[int, ...] = ()
    assert list(ahead(number for number in nothing)) == []


def test_makes_one_ahead_and_no_more() -> None:
    """REA-7: memory does not grow while somebody takes his time."""
    made, second = [], threading.Event()

    def numbers() -> Generator[int, None, None]:
        for number in range(100):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    with closing(ahead(numbers())) as found:
        assert next(found) == 0
        assert len(threads()) == 1
        assert second.wait(timeout=10)
        time.sleep(0.05)
        assert made == [0, 1]


def test_what_fails_on_the_thread_is_raised_to_whoever_waits() -> None:
    def numbers() -> Generator[int, None, None]:
        yield 1
        raise Unreadable("not-text", "No text.", hint="Name another.")

    found = ahead(numbers())
    assert next(found) == 1
    with pytest.raises(Unreadable, match="No text") as refusal:
        next(found)
    assert refusal.value.code == "not-text"
    assert threads() == []


@pytest.mark.parametrize("blow", [KeyboardInterrupt, ValueError])
def test_a_walk_that_is_given_up_leaves_no_thread_and_nothing_open(blow: type[BaseException]) -> None:
    closed = []

    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    def give_up() -> None:
        with closing(ahead(ahead(numbers()))) as found:
            for _ in found:
                raise blow

    with pytest.raises(blow):
        give_up()
    assert closed == [True]
    assert threads() == []


def test_a_forgotten_walk_may_be_cleared_away_by_the_thread_that_works_for_it() -> None:
    """It must not wait for itself; a cycle is cleared by whatever thread happens to be the one that notices."""
    forgotten: list[Generator[int, None, None]] = []
    go, gone = threading.Event(), threading.Event()

    def inner() -> Generator[int, None, None]:
        yield 1
        yield 2
        go.wait()
        forgotten.clear()
        gc.collect()
        gone.set()
        yield 3

    forgotten.append(ahead(ahead(inner())))
    assert next(forgotten[0]) == 1
    go.set()
    assert gone.wait(timeout=10)


def test_a_file_that_is_bad_deep_inside_is_refused_in_the_caller(tmp_path: Path) -> None:
    """REA-2: with the place, though another thread came upon it; rows before it were given."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"serial,name\n" + b"".join(b"%d,x\n" % row for row in range(700_000)) + b"1,\xff\n")
    reading = DelimitedReader(block_bytes=1024 * 1024).open(path, ReadOptions(encoding="utf-8"))
    heights: list[int] = []
    with pytest.raises(Unreadable) as refusal:
        heights.extend(batch.height for batch in reading.batches())
    assert refusal.value.code == "encoding-error"
    assert (refusal.value.details["line"], refusal.value.details["offset"]) == (
        700_002,
        path.stat().st_size - 2,
    )
    assert sum(heights) > 0
    assert not reading.complete
    assert threads() == []


def test_a_reading_that_nobody_reads_to_its_end_stops(tmp_path: Path) -> None:
    """REA-8: it is not complete, and no thread reads on."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"serial,name\n" + b"".join(b"%d,x\n" % row for row in range(5_000)))
    reading = DelimitedReader(block_bytes=4_096).open(path, ReadOptions())
    batches = reading.batches()
    first = next(batches)
    del batches
    assert 0 < first.height < 5_000
    assert not reading.complete
    assert threads() == []


def test_the_rows_to_expect_are_those_of_the_batch_at_hand(tmp_path: Path) -> None:
    """APP-4: threads that are ahead do not make the estimate jump."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"serial,name\n" + b"".join(b"%04d,x\n" % row for row in range(5_000)))
    reading = DelimitedReader(block_bytes=4_096).open(path, ReadOptions())
    assert reading.rows_expected is None
    expected = [reading.rows_expected for _ in reading.batches()]
    assert all(each is not None and 4_800 <= each <= 5_200 for each in expected)
