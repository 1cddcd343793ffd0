"""The server itself: sessions, cookies, limits, headers, health, metrics, log (SEC-4, SEC-7, SEC-9)."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from stocktake.book.serving import ServerSettings, server_settings
from stocktake.interfaces.http.application import create_app
from stocktake.interfaces.http.log import redact, set_up_log
from stocktake.interfaces.http.route import Routes
from stocktake.model.errors import InvalidInput
from tests.interfaces.http.conftest import OWN, PASSWORD, Served, serving, with_people


def signed_in(served: Served, **headers: str) -> httpx2.Response:
    """Ana signs in as a browser does."""
    people = served.installation.people(served.installation.owner)
    people.add_user("ana@example.com", password=PASSWORD, role="operator", workspace="default")
    body = {"email": "Ana@Example.com", "password": PASSWORD}
    return served.as_(None).post("/api/v1/session", json=body, headers=headers)


def test_who_signs_in_has_a_session_until_they_sign_out(served: Served):
    """SEC-4: the cookie is for the server alone, and what changes something shows the proof beside it."""
    answer = signed_in(served)
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert answer.json()["workspaces"] == [{"name": "default", "role": "operator"}]
    client, csrf = served.as_(None), {"X-CSRF-Token": answer.json()["csrf"]}
    client.cookies.update(answer.cookies)
    assert client.get("/api/v1/session").json()["csrf"] == answer.json()["csrf"]

    place, body = f"{OWN}/missing/device:1:NINJAONE/acknowledge", {"reason": "x"}
    assert client.post(place, json=body).json()["code"] == "csrf-token-missing"
    assert client.post(place, json=body, headers=csrf).json()["code"] == "no-records"
    foreign = client.post(place, json=body, headers={**csrf, "Sec-Fetch-Site": "cross-site"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "cross-site")
    foreign = client.post(place, json=body, headers={**csrf, "Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "cross-site")

    assert client.delete("/api/v1/session", headers=csrf).status_code == 200
    client.cookies.update(answer.cookies)
    assert client.get("/api/v1/session").status_code == 401


def test_over_tls_the_cookie_is_bound_to_the_host_and_never_sent_without(served_sqlite: Served):
    """SEC-4: behind a proxy that ends TLS; its word is taken where it stands on this machine."""
    answer = signed_in(served_sqlite, **{"X-Forwarded-Proto": "https"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-stocktake-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"]


def test_a_page_of_another_site_cannot_sign_anybody_in(served_sqlite: Served):
    """SEC-4: nobody is to work in somebody else's account without knowing."""
    answer = signed_in(served_sqlite, **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")


def test_guessing_passwords_is_slowed_down(served: Served):
    """SEC-4"""
    client, told = served.as_(None), []
    for _ in range(30):
        answer = client.post("/api/v1/session", json={"email": "viewer@example.com", "password": "guess"})
        told.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert set(told) == {401, 429}
    assert int(answer.headers["retry-after"]) > 0


def test_every_answer_says_what_a_browser_may_do_with_it(served_sqlite: Served):
    """SEC-4: also those that refuse, and those that nobody has a route for."""
    client = served_sqlite.as_("viewer")
    for path in (f"{OWN}/runs", f"{OWN}/runs/99", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-request-id"]


def test_a_request_keeps_the_id_that_it_came_with(served_sqlite: Served):
    client = served_sqlite.as_("viewer")
    kept = client.get("/nowhere", headers={"X-Request-ID": "trace-0001"})
    assert (kept.headers["x-request-id"], kept.json()["request_id"]) == ("trace-0001", "trace-0001")
    odd = client.get("/nowhere", headers={"X-Request-ID": 'a" onclick="b'})
    assert odd.headers["x-request-id"] != 'a" onclick="b'


def test_limits_name_themselves_and_their_setting(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """SEC-9, UPL-1: a body, an upload, and a file within an upload."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setenv("STOCKTAKE_MAX_UPLOAD_BYTES", "10000")
    (tmp_path / "stock.db").write_bytes(sqlite_template.read_bytes())
    settings = ServerSettings(max_request_bytes=1_000, max_upload_bytes=10_000)
    with serving(f"sqlite:///{tmp_path / 'stock.db'}", settings) as opened:
        client = with_people(opened).as_("admin")
        body = client.put(f"{OWN}/flows/F", json={"name": "x" * 2_000})
        assert (body.status_code, body.json()["code"]) == (413, "request-too-large")
        assert "STOCKTAKE_MAX_REQUEST_BYTES" in body.json()["hint"]
        for size in (20_000, 200_000):
            upload = client.post(f"{OWN}/imports", files={"file": ("a.csv", b"x" * size)})
            assert (upload.status_code, upload.json()["code"]) == (413, "upload-too-large")
            assert "STOCKTAKE_MAX_UPLOAD_BYTES" in upload.json()["hint"]
        assert [
            each for each in (tmp_path / "uploads").rglob("*") if each.is_file() and each.stat().st_size
        ] == []


def test_what_does_not_arrive_in_time_is_given_up(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """SEC-9"""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    (tmp_path / "stock.db").write_bytes(sqlite_template.read_bytes())
    with serving(f"sqlite:///{tmp_path / 'stock.db'}", ServerSettings(max_request_seconds=1)) as opened:
        client = with_people(opened).as_("admin")

        def slow():
            yield b'{"name": '
            time.sleep(1.5)
            yield b'"x"}'

        headers = {"Content-Type": "application/json"}
        answer = client.put(f"{OWN}/flows/F", content=slow(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (408, "request-timeout")


def test_a_server_that_only_this_machine_reaches_tells_its_metrics_to_anybody(served_sqlite: Served):
    nobody = served_sqlite.as_(None)
    nobody.get(f"{OWN}/runs")
    text = nobody.get("/metrics").text
    assert 'stocktake_refusals_total{code="unauthenticated"} 1.0' in text
    proxied = nobody.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert proxied.status_code == 401
    told = {"X-Forwarded-For": "203.0.113.7"}
    assert served_sqlite.as_("admin").get("/metrics", headers=told).status_code == 403
    assert served_sqlite.as_("platform").get("/metrics", headers=told).status_code == 200


def test_a_database_that_is_not_there_is_not_ready(served_sqlite: Served, monkeypatch: pytest.MonkeyPatch):
    client = served_sqlite.as_(None)
    assert client.get("/readyz").json() == {"status": "ready"}
    monkeypatch.setattr(type(served_sqlite.installation.store), "check_schema", _absent)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert client.get("/healthz").json() == {"status": "alive"}


def _absent(_store: object) -> None:
    raise InvalidInput("no-database", "There is no database.")


def test_no_route_is_made_without_saying_what_it_needs():
    """SEC-2"""
    with pytest.raises(TypeError):
        Routes("things").get("/things", answers={200: {}})
    with pytest.raises(TypeError, match="does not say"):
        Routes("things").get("/things", needs=None, answers={200: {}})


def test_no_route_beside_the_table_is_served(served_sqlite: Served, monkeypatch: pytest.MonkeyPatch):
    """SEC-2: put on the application by hand, it is refused before the server starts."""
    from stocktake.interfaces.http import application

    def by_hand(app: FastAPI) -> None:
        app.add_api_route("/open", _free_port)

    monkeypatch.setattr(application, "handle_refusals", by_hand)
    with pytest.raises(TypeError, match="/open"):
        create_app(served_sqlite.installation)


def test_nothing_secret_is_logged(
    served_sqlite: Served, capfd: pytest.CaptureFixture[str], log_restored: None
):
    """SEC-7: neither tokens nor passwords, nor what an address holds; and a line is a line."""
    set_up_log("json")
    signed_in(served_sqlite)
    client = served_sqlite.as_("viewer")
    client.get(f"{OWN}/runs", params={"source": "secret-value\nforged line"})
    logging.getLogger("stocktake").warning("came with %s", served_sqlite.tokens["viewer"])
    told = capfd.readouterr().err
    lines = [json.loads(line) for line in told.splitlines()]
    assert {"request_id", "route", "status", "seconds"} <= set(next(x for x in lines if x.get("route")))
    for secret in (PASSWORD, *served_sqlite.tokens.values(), "secret-value"):
        assert secret not in told
    assert redact(None, "", {"authorization": "x", "event": "y"}) == {"authorization": "…", "event": "y"}


@pytest.fixture
def log_restored():
    """The logs as they were, while the server still runs."""
    logs = [logging.getLogger(name) for name in ("stocktake", "uvicorn", "uvicorn.error", "uvicorn.access")]
    before = [(list(each.handlers), each.propagate, each.level) for each in logs]
    yield
    for each, (handlers, propagate, level) in zip(logs, before, strict=True):
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


def test_settings_come_from_the_environment_and_are_checked():
    """SEC-9"""
    assert server_settings({"STOCKTAKE_MAX_REQUEST_BYTES": "5000"}).max_request_bytes == 5_000
    assert server_settings({}) == ServerSettings()
    with pytest.raises(InvalidInput) as refused:
        server_settings({"STOCKTAKE_THREADS": "many"})
    assert refused.value.code == "bad-setting"


def test_the_published_schema_is_open_api_3_1_with_every_refusal_a_problem(served_sqlite: Served):
    schema = served_sqlite.as_(None).get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            assert told["summary"], (method, path)
            for status, answer in told["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], (method, path, status)


def test_the_command_serves(tmp_path: Path):
    """`stocktake serve` on a new database: it is made, and says how the first admin comes to be (SEC-4)."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STOCKTAKE_")} | {
        "STOCKTAKE_UPLOADS": str(tmp_path / "uploads")
    }
    words = ["serve", "--port", str(port), "--db", f"sqlite:///{tmp_path / 'stock.db'}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "stocktake", *words],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert _ready(f"http://127.0.0.1:{port}/readyz", process)
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=60)
    assert "Nobody can sign in yet" in out
    assert "--platform-admin" in out


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _ready(url: str, process: subprocess.Popen[str]) -> bool:
    for _ in range(600):
        assert process.poll() is None
        try:
            return httpx2.get(url).status_code == 200
        except httpx2.TransportError:
            time.sleep(0.1)
    return False
