"""The log tells of every run in one line, of every transaction that was rolled back, and of decisions if asked (APP-9)."""

from __future__ import annotations

import logging
import re

import pytest

from stocktake.model.errors import Refusal
from tests.stories.desk import Desk, device, fleet


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="stocktake")
    return caplog


def lines(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [each.getMessage() for each in log.records if each.levelno == level]


def without_numbers(line: str) -> str:
    """Without those that differ from time to time."""
    return re.sub(r"[0-9]+\.[0-9] s$", "… s", re.sub(r"[0-9,]+ bytes", "… bytes", line))


def test_every_run_leaves_one_line(desk: Desk, log: pytest.LogCaptureFixture):
    """APP-9: run, source, created, updated, retired, reactivated, rejected, duration."""
    desk.load("NINJAONE", [*fleet(10), device("", "blank")], on_error="reject-rows")
    desk.load("NINJAONE", [*fleet(10, model="B")[1:]], allow_retire=1)
    desk.book.edit_record("device", 5, {"model": "C"})
    desk.book.rollback(3)
    desk.later()
    desk.book.prune_raw_rows("1m")

    assert [without_numbers(each) for each in lines(log, logging.INFO)] == [
        "run 1, import of NINJAONE device: 11 created, 0 updated, 0 retired, 0 reactivated, 0 rejected in … s",
        "run 2, import of NINJAONE device: 0 created, 9 updated, 1 retired, 0 reactivated, 0 rejected in … s",
        "run 3, edit of device: 1 fields, 1 edited in … s",
        "run 4, rollback of device: 1 restored, 1 links restored in … s",
        "run 5, prune: 2 runs, 20 raw rows, … bytes in … s",
    ]
    assert lines(log, logging.ERROR) == []


def test_a_transaction_that_is_rolled_back_says_why(desk: Desk, log: pytest.LogCaptureFixture):
    """APP-9, REL-15: at ERROR, once, without data; and the run that failed has its line."""
    desk.load("NINJAONE", fleet(2))
    plan = desk.plan("NINJAONE", fleet(2, model="Secret"))
    desk.write("UPDATE device SET version = version + 1")
    log.clear()

    with pytest.raises(Refusal):
        plan.apply()

    (error,) = lines(log, logging.ERROR)
    assert error.startswith("transaction rolled back: stale-plan: ")
    assert sum(each.startswith("run 2 failed: ") for each in lines(log, logging.INFO)) == 1
    assert "Secret" not in log.text


def test_what_is_refused_before_there_is_a_run_is_no_error(desk: Desk, log: pytest.LogCaptureFixture):
    """APP-9: whoever asked is answered; the log has it at INFO, with its code."""
    run = desk.load("NINJAONE", fleet(2))
    desk.book.ask_for_rollback(run.run_id)
    log.clear()

    with pytest.raises(Refusal):
        desk.book.ask_for_rollback(run.run_id)

    assert lines(log, logging.ERROR) == []
    (told,) = lines(log, logging.INFO)
    assert told.startswith("transaction rolled back: job-waiting: ")


def test_decisions_are_logged_row_by_row_where_somebody_listens(desk: Desk, log: pytest.LogCaptureFixture):
    """APP-9: at DEBUG, what was read escaped (SEC-7); at INFO not a word of it."""
    desk.load("NINJAONE", fleet(2))
    assert lines(log, logging.DEBUG) == []

    log.set_level(logging.DEBUG, logger="stocktake")
    run = desk.load("NINJAONE", [*fleet(2, model="B")[1:], device("S\n9")], allow_retire=1)

    told = [each.split(", ", 1)[1] for each in lines(log, logging.DEBUG)]
    assert told == [
        "line 2: update 'S002' (record 2): content changed",
        r"line 3: create 'S\n9' (record None): new in this source",
        "no line: retire 'S001' (record 1): no source has it any more",
    ]
    assert all(each.startswith(f"plan {run.run.plan_id}, ") for each in lines(log, logging.DEBUG))


def test_no_more_decisions_are_logged_than_a_log_can_hold(desk: Desk, log, monkeypatch: pytest.MonkeyPatch):
    """APP-9"""
    monkeypatch.setattr("stocktake.book.importing.LOGGED", 3)
    log.set_level(logging.DEBUG, logger="stocktake")

    desk.load("NINJAONE", fleet(10))

    told = lines(log, logging.DEBUG)
    assert len(told) == 4
    assert told[-1].endswith(": 7 more decisions")
