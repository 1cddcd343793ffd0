"""Guessit is asked in a process of its own, and never waited for longer than was said."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from stocktake.media.grammar import read
from stocktake.media.naming import read_name
from stocktake.readers.guessing import Guessit, Patience, guesser, installed

STALLING = "tests.readers.stalling_child"


@pytest.fixture
def asked() -> Iterator[Callable[..., Guessit]]:
    """``asked(seconds=…)``: the stalling process in guessit's place."""
    made: list[Guessit] = []

    def make(**patience: float) -> Guessit:
        made.append(Guessit(Patience(**patience), module=STALLING))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()


def alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def test_a_name_that_takes_too_long_is_given_up_and_its_process_killed(asked):
    guessit = asked(seconds=0.5)
    process = guessit.guess("one")["pid"]
    began = time.monotonic()

    assert guessit.guess("stall") is None

    assert time.monotonic() - began < 20
    assert not alive(process)
    assert guessit.guess("another")["title"] == "another"


def test_after_some_failures_it_is_asked_no_more(asked):
    guessit = asked(seconds=30, failures=2)

    assert [guessit.guess(name) for name in ("die", "babble", "well")] == [None, None, None]
    assert guessit.gave_up


def test_a_name_that_comes_again_is_not_asked_again(asked):
    guessit = asked(seconds=30)
    first = guessit.guess("again")
    guessit.close()

    assert guessit.guess("again") == first
    assert guessit.guess("new")["pid"] != first["pid"]


def test_a_name_that_is_too_long_is_not_asked_for(asked):
    assert asked(letters=10).guess("x" * 11) is None


def test_a_process_ends_with_who_asked_it(asked):
    guessit = asked(seconds=30)
    process = guessit.guess("one")["pid"]

    guessit.close()

    assert not alive(process)


def test_guessit_reads_what_the_grammar_is_not_sure_of_and_only_that():
    if not installed():
        pytest.skip("needs guessit: pip install stocktake[guessit]")
    guessit = guesser()
    assert guessit is not None
    unsure, sure = "Some Show 3 Temporada 720p.mkv", "Some Show - S01E02.mkv"

    found = read_name(unsure, guessit)
    guessit.close()

    assert (read(unsure).sure, found.parsed_by, found.kind, found.season) == (False, "guessit", "episode", 3)
    assert (found.extension, found.sure) == ("mkv", True)
    assert read_name(sure, guessit) == read(sure)


def test_odd_letters_reach_guessit_and_do_not_end_it():
    if not installed():
        pytest.skip("needs guessit: pip install stocktake[guessit]")
    guessit = guesser()
    assert guessit is not None

    for name in ("a\nb\r\0 720p", "\ud800 720p", "題名 7 720p", "[" * 300, ""):
        guessit.guess(name)

    assert guessit.guess("Some Show 3 Temporada") == {"title": "Some Show", "season": 3, "type": "episode"}
    assert not guessit.gave_up
    guessit.close()
