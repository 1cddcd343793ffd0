"""Answers that do not begin in time, and lines on which no request comes (SEC-9)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from stocktake.book.serving import ServerSettings
from stocktake.interfaces.http.patience import UNHURRIED, Patience
from tests.interfaces.http.conftest import Journey, serving, with_people
from tests.reliability.server import ended

HASTY = ServerSettings(max_answer_seconds=1)


def test_an_answer_that_does_not_begin_in_time_is_a_problem_and_what_was_asked_for_is_done_all_the_same(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """SEC-9: the message names limit and setting."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    (tmp_path / "stock.db").write_bytes(sqlite_template.read_bytes())
    rows = b"".join(b"SN-%d,T%d,host-%d\n" % (number, number, number) for number in range(250_000))
    with serving(f"sqlite:///{tmp_path / 'stock.db'}", HASTY) as opened:
        operator = Journey(with_people(opened).as_("operator"))
        place, late = operator.preview(b"Serial Number,Asset Tag,System Name\n" + rows)
        told = late.json()
        assert (late.status_code, told["code"]) == (503, "answer-timeout"), told
        assert (told["details"]["limit"], late.headers["retry-after"]) == (1, "5")
        assert "STOCKTAKE_MAX_ANSWER_SECONDS" in told["hint"]
        assert late.headers["x-request-id"] == told["request_id"]
        assert ended(operator.client, place)["status"] == "planned"


@pytest.mark.parametrize("state", [{}, {UNHURRIED: True}], ids=["begun", "unhurried"])
def test_an_answer_that_has_begun_or_takes_its_time_is_never_cut(state: dict[str, Any]):
    """SEC-9: streams of events and files; each part comes later than a whole answer may."""
    got: list[bytes] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["state"]:
            await asyncio.sleep(1.2)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in (b"one", b"two"):
            await asyncio.sleep(1.2)
            await send({"type": "http.response.body", "body": part, "more_body": part == b"one"})

    async def send(message: Message) -> None:
        got.append(message.get("body", b""))

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "state": state}
    with ThreadPoolExecutor(1) as beside:  # a browser's loop may run in this thread
        beside.submit(lambda: asyncio.run(Patience(slow, HASTY)(scope, receive, send))).result()
    assert b"".join(got) == b"onetwo"
