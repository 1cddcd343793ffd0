"""Refusals over HTTP: RFC 9457, with the codes that the command line gives for the same (interfaces.md, INT-10)."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from stocktake.catalog.packs import pack_samples
from stocktake.interfaces.cli.failure import exit_code
from stocktake.interfaces.cli.main import main
from stocktake.interfaces.http.problem import STATUSES, PlanMismatch, problem, status_of
from stocktake.model import errors
from stocktake.model.errors import Busy, InvalidInput, Refusal, Throttled
from tests.interfaces.http.conftest import OWN, Journey, Served

KINDS = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, Refusal) and each is not Refusal
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_every_class_of_refusal_has_a_status_and_an_exit_code(kind: type[Refusal]):
    """A new class of refusals is no fault of ours, neither here nor there."""
    assert kind in STATUSES
    assert 400 <= status_of(kind("some-code", "Words.")) < 500
    assert exit_code(kind("some-code", "Words.")) < 70


def test_the_plan_of_if_match_that_is_outdated_is_a_failed_precondition():
    assert status_of(PlanMismatch("plan-outdated", "Words.")) == 412


def test_a_problem_has_all_that_rfc_9457_and_the_command_line_tell():
    refusal = InvalidInput("bad-option", "It is wrong.", hint="Do it right.", details={"at": 1})
    answer = problem(refusal, instance="/here", request_id="abc")
    assert answer.media_type == "application/problem+json"
    assert json.loads(bytes(answer.body)) == {
        "type": "urn:stocktake:problem:bad-option",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "It is wrong.",
        "instance": "/here",
        "code": "bad-option",
        "hint": "Do it right.",
        "details": {"at": 1},
        "request_id": "abc",
    }


def test_who_is_to_come_again_is_told_when():
    """Busy and Throttled"""
    busy = problem(Busy("busy", "Another run."), instance="/", request_id="a")
    slowed = problem(
        Throttled("too-many-attempts", "Wait.", details={"retry_after": 17}), instance="/", request_id="a"
    )
    assert int(busy.headers["retry-after"]) > 0
    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "17")


#: The same mistake at the command line and over HTTP: words, request, status.
SAME: tuple[tuple[str, tuple[str, str, Any], int], ...] = (
    ("run show 99", ("GET", "/runs/99", None), 404),
    ("record show device 99", ("GET", "/records/device/99", None), 404),
    ("records nothing", ("GET", "/records/nothing", None), 404),
    ("records device --where colour=red", ("GET", "/records/device?where=colour=red", None), 422),
    ("missing --source NOBODY", ("GET", "/missing?source=NOBODY", None), 404),
    ("missing --since someday", ("GET", "/missing?since=someday", None), 422),
    ("waterfall device --field make", ("GET", "/waterfall?type=device&field=make", None), 422),
    ("activity --act dance", ("GET", "/activity?act=dance", None), 422),
    ("source show NOBODY", ("GET", "/sources/NOBODY", None), 404),
    ("mapping show none", ("GET", "/mappings/none", None), 404),
    ("rollback 99 --yes", ("POST", "/runs/99/rollback", {}), 404),
    (
        "acknowledge device 1 --source NINJAONE --reason x",
        ("POST", "/missing/device:1:NINJAONE/acknowledge", {"reason": "x"}),
        404,
    ),
    (
        "held keep 1 --type device --source NINJAONE --reason x --yes",
        ("POST", "/held/device:1:NINJAONE/keep", {"reason": "x"}),
        404,
    ),
    (
        "record edit device 1 colour=red --yes",
        ("PATCH", "/records/device/1", {"values": {"colour": "red"}}),
        422,
    ),
)


@pytest.fixture
def stocked(served_sqlite: Served) -> Served:
    """A server with NinjaOne's first export."""
    Journey(served_sqlite.as_("operator")).imported(pack_samples("it_assets")["ninjaone-1.csv"].read_bytes())
    return served_sqlite


def test_what_is_refused_has_the_code_of_the_command_line(
    stocked: Served, capsys: pytest.CaptureFixture[str]
):
    """INT-10: one code for one mistake, whichever way it was made."""
    client, url = stocked.as_("admin"), str(stocked.installation.store.url)
    capsys.readouterr()
    told = []
    for words, (method, path, body), _ in SAME:
        answer = client.request(method, OWN + path, json=body)
        main([*words.split(), "--db", url, "--json"])
        told.append((words, answer.status_code, answer.json().get("code"), _code(capsys)))
    assert [each for each in told if each[2] != each[3]] == []
    assert [(each[0], each[1]) for each in told] == [(words, status) for words, _, status in SAME]


def _code(capsys: pytest.CaptureFixture[str]) -> str:
    return str(json.loads(capsys.readouterr().out).get("error", {}).get("code"))


NO_TABLE: tuple[tuple[str, str, Any], ...] = (
    ("PATCH", "/records/device/1", {"values": {"location": "here"}}),
    ("POST", "/missing/device:1:NINJAONE/acknowledge", {"reason": "x"}),
    ("POST", "/held/device:1:NINJAONE/keep", {"reason": "x"}),
    ("POST", "/held/device:1:NINJAONE/retire", {}),
    ("POST", "/assets/approve", {"ids": [1]}),
    ("GET", "/waterfall?type=device&field=status", None),
    ("GET", "/history?type=device&id=1", None),
)


def test_what_has_no_table_yet_is_not_found(served: Served):
    """PACK-1: nothing of the type was ever imported; no fault of ours comes of that, on either store."""
    client = served.as_("admin")
    answers = [client.request(method, OWN + path, json=body) for method, path, body in NO_TABLE]
    assert [each.status_code for each in answers] == [404] * len(NO_TABLE)


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {"Content-Type": "application/json"}, 400, "malformed-request"),
        (b'{"reason": "a\\u0000b"}', {"Content-Type": "application/json"}, 422, "bad-arguments"),
        (b'{"reason": "a\\ud800b"}', {"Content-Type": "application/json"}, 422, "bad-arguments"),
        (b'{"reason": 7}', {"Content-Type": "application/json"}, 422, "bad-arguments"),
        (b'{"reason": "x", "more": 1}', {"Content-Type": "application/json"}, 422, "bad-arguments"),
        (b"reason=x", {"Content-Type": "application/x-www-form-urlencoded"}, 422, "bad-arguments"),
        (b'{"reason": "x"}', {}, 422, "bad-arguments"),
    ],
)
def test_a_body_that_does_not_hold_is_refused(
    served_sqlite: Served, content: bytes, headers: dict[str, str], status: int, code: str
):
    place = f"{OWN}/missing/device:1:NINJAONE/acknowledge"
    answer = served_sqlite.as_("operator").post(place, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.each_store
@pytest.mark.parametrize(
    "path",
    ["/records/de%00vice", "/runs?source=%00", "/runs/99999999999999999999", "/runs?page=0", "/runs?pages=1"],
)
def test_an_address_that_no_database_can_hold_is_refused(served: Served, path: str):
    answer = served.as_("viewer").get(OWN + path)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_fault_of_ours_tells_a_reference_and_nothing_else(
    served_sqlite: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """SEC-7: the log has the rest."""
    secret = "hunter2"

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("stocktake.interfaces.http.runs.run_document", broken)
    monkeypatch.setattr("stocktake.book.book.Book.runs", broken)
    answer: httpx2.Response = served_sqlite.as_("viewer").get(f"{OWN}/runs")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert secret not in answer.text
    assert answer.json()["details"]["reference"] in caplog.text
    assert Path(__file__).name not in answer.text
