"""A server whose login owns nothing, and one of several processes: real ones, on PostgreSQL (SEC-11, REL-9)."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import psycopg
import pytest
from sqlalchemy import make_url

from stocktake.book import open_installation
from stocktake.model.errors import InvalidInput, NotAllowed
from tests.interfaces.http.conftest import OWN, ROLES, Journey
from tests.reliability.database import ask, owner

DEVICES = b"Serial Number,Name\nS1,alpha\nS2,beta\nS3,gamma\n"
LOGIN = "stocktake_login"
READ = (
    "runs",
    "runs/3",
    "records/device",
    "records/device/2",
    "missing",
    "held",
    "freshness",
    "health/wiring",
    "activity",
    "types",
    "sources",
    "mappings",
    "members",
    "collections",
    "assets",
)
TYPE = {"name": "thing", "title": "Thing", "keys": [["code"]], "field": [{"name": "code", "type": "text"}]}


@pytest.fixture
def plain_login(postgres_database: str) -> str:
    """The URL of a login that is a member of ``stocktake_app`` and nothing else, to a database with people in it."""
    return login(postgres_database, LOGIN, "INHERIT")


def login(url: str, name: str, inherits: str) -> str:
    """The URL of such a login, which has the rights of its role itself (``INHERIT``), or only once it is in it."""
    with open_installation(url) as installation:
        installation.set_up()
    with owner(url) as connection:
        with suppress(psycopg.errors.DuplicateObject):
            connection.execute(
                f"CREATE ROLE {name} LOGIN {inherits} NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS"
            )
        connection.execute(f"GRANT stocktake_app TO {name}")
    return make_url(url).set(username=name).render_as_string(hide_password=False)


@contextmanager
def process(url: str, folder: Path, *words: str, owned_by: str | None = None) -> Iterator[tuple[str, int]]:
    """``stocktake serve`` of ``url`` as a process of its own: where it listens, and its number."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    environment = _environment(folder) | ({"STOCKTAKE_DB_OWNER": owned_by} if owned_by else {})
    with (folder / "log").open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "stocktake", "serve", "--port", str(port), "--db", url, *words],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        _await(f"http://127.0.0.1:{port}/readyz", running, folder / "log")
        yield f"http://127.0.0.1:{port}", running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def _environment(folder: Path) -> dict[str, str]:
    told = {name: value for name, value in os.environ.items() if not name.startswith("STOCKTAKE_")}
    return told | {"STOCKTAKE_UPLOADS": str(folder / "uploads")}


def _await(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert running.poll() is None, log.read_text()
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def tokens(url: str) -> dict[str, str]:
    """A token for each role in ``default``, and of a platform admin."""
    with open_installation(url) as installation:
        people, found = installation.people(installation.owner), {}
        for role in ROLES:
            people.add_user(f"{role}@example.com", role=role, workspace="default")
        people.add_user("platform@example.com", is_platform_admin=True)
        for who in (*ROLES, "platform"):
            _, found[who] = people.create_token("test", email=f"{who}@example.com")
        return found


def client(address: str, token: str) -> httpx2.Client:
    return httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=120)


def test_a_login_that_owns_nothing_serves_everything_but_new_tables(
    plain_login: str, postgres_database: str, tmp_path: Path
):
    """SEC-11: a first import is refused, and says whose the tables are to make; then everything works."""
    shown = tokens(plain_login)
    with (
        process(plain_login, tmp_path) as (address, _),
        client(address, shown["operator"]) as operator,
        client(address, shown["platform"]) as platform,
    ):
        _, preview = Journey(operator).preview(DEVICES)
        assert preview.status_code == 200, preview.text
        place = f"{OWN}/imports/1"
        first = operator.post(f"{place}/confirm?wait=60", json={"plan_id": preview.json()["plan_id"]})
        assert (first.status_code, first.json()["code"]) == (403, "owner-needed"), first.text
        assert "STOCKTAKE_DB_OWNER" in first.json()["hint"]
        added = platform.post(f"{OWN}/types", json={"declaration": TYPE})
        assert (added.status_code, added.json()["code"]) == (403, "owner-needed"), added.text
    with (
        process(plain_login, tmp_path, owned_by=postgres_database) as (address, _),
        client(address, shown["operator"]) as operator,
        client(address, shown["platform"]) as platform,
    ):
        assert platform.post(f"{OWN}/types", json={"declaration": TYPE}).status_code == 200
        assert Journey(operator).imported(DEVICES)["counts"]["create"] == 3
    with (
        process(plain_login, tmp_path) as (address, _),
        client(address, shown["operator"]) as operator,
        client(address, shown["admin"]) as admin,
    ):
        told = Journey(operator).imported(DEVICES + b"S4,delta\n", is_full_snapshot=True)
        assert (told["counts"]["create"], told["counts"]["unchanged"]) == (1, 3)
        edited = operator.patch(f"{OWN}/records/device/2", json={"values": {"name": "epsilon"}})
        assert edited.status_code == 200, edited.text
        back = admin.post(f"{OWN}/runs/{told['run_id']}/rollback?wait=60", json={"reason": "a test"})
        assert back.status_code == 200, back.text
        for path in READ:
            assert admin.get(f"{OWN}/{path}").status_code == 200, path
    owned = "SELECT count(*) FROM pg_class WHERE relowner = ?::regrole"
    assert ask(postgres_database, owned, LOGIN) == [(0,)]


def test_a_login_that_inherits_nothing_serves_too(postgres_database: str, tmp_path: Path):
    """SEC-11: NOINHERIT, as careful administrators make logins: each transaction steps into the role by itself."""
    url = login(postgres_database, "stocktake_careful", "NOINHERIT")
    shown = tokens(url)
    assert ask(postgres_database, "SELECT pg_has_role('stocktake_careful', 'stocktake_app', 'USAGE')") == [
        (False,)
    ]
    with (
        process(url, tmp_path, owned_by=postgres_database) as (address, _),
        client(address, shown["operator"]) as operator,
        client(address, shown["admin"]) as admin,
    ):
        assert httpx2.get(f"{address}/readyz").status_code == 200
        told = Journey(operator).imported(DEVICES)
        assert told["counts"]["create"] == 3
        back = admin.post(f"{OWN}/runs/{told['run_id']}/rollback?wait=60", json={"reason": "a test"})
        assert back.status_code == 200, back.text
        for path in (each for each in READ if each[-1] not in "123"):
            assert admin.get(f"{OWN}/{path}").status_code == 200, path
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_command_line_says_so_too(plain_login: str, postgres_database: str, tmp_path: Path):
    """SEC-11: exit 7, and nothing is written; with the owner's URL beside it the same command works."""
    (tmp_path / "devices.csv").write_bytes(DEVICES)
    words = ["import", "devices.csv", "--type", "device", "--source", "NINJAONE", "--yes", "--json"]
    told = _environment(tmp_path) | {"STOCKTAKE_DB": plain_login}
    for more, code in (({}, 7), ({"STOCKTAKE_DB_OWNER": postgres_database}, 0)):
        done = subprocess.run(
            [sys.executable, "-m", "stocktake", *words],
            env=told | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        if code:
            assert json.loads(done.stdout)["error"]["code"] == "owner-needed"
            assert ask(postgres_database, "SELECT count(*) FROM st_source_link") == [(0,)]


def test_a_login_without_the_role_is_told_what_it_lacks(plain_login: str, postgres_database: str):
    """SEC-11: whoever is no member of `stocktake_app` gets nowhere."""
    with owner(postgres_database) as connection:
        connection.execute(f"REVOKE stocktake_app FROM {LOGIN}")
    with open_installation(plain_login) as installation, pytest.raises(NotAllowed) as refused:
        installation.check_ready()
    assert refused.value.code == "database-rights"
    assert "stocktake_app" in refused.value.hint


@pytest.mark.parametrize("told", ["sqlite:///x.db", "postgresql://ana@/another", "no url"])
def test_an_owner_of_something_else_is_refused(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch, told: str
):
    """SEC-11: tables are never made in another database than the one that is worked in."""
    monkeypatch.setenv("STOCKTAKE_DB_OWNER", told)
    with pytest.raises(InvalidInput) as refused:
        open_installation(postgres_database)
    assert refused.value.code == "bad-setting"


def test_two_processes_share_the_work_and_the_counts_and_end_together(
    plain_login: str, postgres_database: str, tmp_path: Path
):
    """REL-9: what one is asked for the other may do; `/metrics` is the sum, whoever answers; SIGTERM ends all of them.

    Answers come at once, as they do from one process.
    """
    shown = tokens(plain_login)
    log = tmp_path / "log"
    with process(plain_login, tmp_path, "--processes", "2", owned_by=postgres_database) as (address, pid):
        workers = _children(pid)
        assert len(workers) >= 2
        for each in range(
            6
        ):  # a client of its own each time: which process answers is the system's to choose
            with client(address, shown["operator"]) as operator:
                Journey(operator).imported(DEVICES + f"N{each},new\n".encode(), is_full_snapshot=False)
        with client(address, shown["platform"]) as platform:
            seconds = sorted(took(platform, "/healthz") for _ in range(20))
        assert seconds[4] < 0.035  # what waits for the client's system to confirm a packet waits for 40 ms
        counted = set()
        for _ in range(12):
            with client(address, shown["platform"]) as platform:
                counted.add(_runs(platform.get("/metrics").text))
        assert counted == {6.0}
    until = time.monotonic() + 10  # the last one goes when it sees that nobody needs it any more
    while any(map(_alive, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert [each for each in workers if _alive(each)] == []
    assert "Traceback" not in log.read_text()
    worked = ask(postgres_database, "SELECT count(*) FROM st_import_run WHERE status = 'applied'")
    assert worked == [(6,)]
    assert ask(postgres_database, "SELECT count(*) FROM st_job") == [(0,)]


def took(asking: httpx2.Client, path: str) -> float:
    start = time.monotonic()
    assert asking.get(path).status_code == 200
    return time.monotonic() - start


def _runs(text: str) -> float:
    found = re.findall(r'stocktake_runs_total\{kind="import",status="applied"\} ([0-9.]+)', text)
    return sum(map(float, found))


def _children(pid: int) -> list[int]:
    """The processes that were started by a process, by what the system says."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    if not told.exists():
        pytest.skip("this system does not tell which processes a process has started")
    return [int(each) for each in told.read_text().split()]


def _alive(pid: int) -> bool:
    """Whether a process runs still; one that only waits to be buried does not."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] not in ("Z", "X")
