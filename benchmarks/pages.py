"""Every list that the server gives of a large workspace: what the database takes of it, and the answer as a whole.

Asked for over HTTP, one after another, on a connection that stays open; then a page of records by eight clients at once.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.child import ChildFailed, measured
from benchmarks.databases import Database
from benchmarks.declaration import RECORD_TYPE, SOURCE
from benchmarks.goals import ANSWER_MS, PAGE_DATABASE_MS
from benchmarks.page_server import HEADER, STATEMENTS
from benchmarks.web import ANSWERS, Shown, shown_pages

#: So often each page is asked for, after once for the caches; and so often right after somebody has written.
TIMES, WRITES = 9, 3
CLIENTS, SECONDS = 8, 5.0
#: A workspace is filled in that time, in seconds.
PATIENCE = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page. ``is_report``: neither a list nor one record, but a report over all of them, which may take its time."""

    name: str
    path: str
    is_report: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Milliseconds of each time a page was asked for, after the first; ``statements``: of one time.

    ``after_write``: of each time that a record was edited just before.
    """

    database: Sequence[float]
    answer: Sequence[float]
    database_after_write: Sequence[float]
    after_write: Sequence[float]
    statements: int
    is_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What was measured on one store. ``per_second``: pages of records that eight clients were given.

    ``shown``: the pages for people. ``server_mb``: the most memory that their server held.
    """

    answered: Mapping[str, Answered]
    per_second: float
    shown: Mapping[str, Shown]
    server_mb: int


def asked(rows: int, known: Mapping[str, Any]) -> Iterator[Asked]:
    """The pages of a workspace that :mod:`benchmarks.stock` has filled."""
    records, runs, draft = f"records/{RECORD_TYPE}", f"runs/{known['first']}", f"imports/{known['draft']}"
    record = rows // 2
    late = rows // 50 - 1
    plain = {
        "runs": "runs",
        "runs, source": f"runs?source={SOURCE}",
        "run": runs,
        "rows of a run": f"{runs}/rows",
        "rows of a run, late": f"{runs}/rows?page={late}",
        "rows of a run, decision": f"{runs}/rows?decision=create",
        "rows of a run, decision, late": f"{runs}/rows?decision=create&page={late}",
        "rows of a later run, update": f"runs/{known['delta']}/rows?decision=update",
        "rows of a later run": f"runs/{known['delta']}/rows",
        "rows of a later run, conflict": f"runs/{known['delta']}/rows?decision=conflict",
        "rows of a later run, reappeared": f"runs/{known['delta']}/rows?decision=reappeared",
        "rows of a later run, missing": f"runs/{known['delta']}/rows?decision=missing",
        "errors of a run": f"{runs}/errors",
        "history of a run": f"runs/{known['delta']}/history",
        "records": records,
        "records, 200": f"{records}?page_size=200",
        "records, late": f"{records}?page={late}",
        "records, where, some": f"{records}?where=city=Oslo",
        "records, where, some, late": f"{records}?where=city=Oslo&page={rows // 1000}",
        "records, where, one": f"{records}?where=asset_tag=AT-{100_000 + record}",
        "records, missing": f"{records}?missing_source={SOURCE}",
        "records, retired": f"{records}?retired=true",
        "record": f"{records}/{record}",
        "missing": "missing",
        "missing, source": f"missing?source={SOURCE}",
        "missing, late": f"missing?page={max(1, rows // 5000)}",
        "missing, all": "missing?acknowledged=true",
        "missing, since": "missing?since=2020-01-01",
        "held": "held",
        "held, late": f"held?page={max(1, rows // 10000)}",
        "history of a record": f"history?type={RECORD_TYPE}&id={record}",
        "record, lineage": f"{records}/{record}?lineage=true",
        "freshness": "freshness",
        "activity": "activity",
        "activity, late": "activity?page=40000",
        "activity, act": "activity?act=retire",
        "activity, record": f"activity?type={RECORD_TYPE}&id={record}",
        "import": draft,
        "rows of a plan": f"{draft}/rows",
        "rows of a plan, late": f"{draft}/rows?page={late}",
        "rows of a plan, decision": f"{draft}/rows?decision=unchanged",
        "rows of a plan, decision, late": f"{draft}/rows?decision=unchanged&page={rows // 60}",
    }
    for name, path in plain.items():
        yield Asked(name=name, path=path)
    city = f"type={RECORD_TYPE}&field=city"
    reports = {
        "waterfall": f"waterfall?{city}",
        "time in stage": f"time-in-stage?{city}",
        "wiring": "health/wiring",
    }
    for name, path in reports.items():
        yield Asked(name=name, path=path, is_report=True)


def pages(store: Database, files: Mapping[str, Path], rows: int) -> Pages:
    """Fill a workspace of ``rows`` records on ``store`` and ask for its pages."""
    url = store.new("pages")
    try:
        given = [f"--{name}={files[name]}" for name in ("base", "delta", "shuffled")]
        command = [sys.executable, "-m", "benchmarks.stock", f"--db={url}", *given]
        _, said = measured(command, patience=PATIENCE)
        store.settle()
        store.analyse("pages")
        return answered(url, rows, json.loads(said))
    finally:
        store.drop("pages")


def answered(url: str, rows: int, known: Mapping[str, Any]) -> Pages:
    """Ask a server of the database ``url`` for its pages."""
    with _served(url) as (port, _):
        client = _Client(port, known["token"])
        found = {each.name: client.times(each, rows // 2 + 1) for each in asked(rows, known)}
        per_second = _per_second(port, known["token"])
    with _served(url) as (port, server):  # another one, which remembers nothing yet
        client = _Client(port, known["token"])
        shown = {name: client.shown(path, rows // 2 + 2) for name, path in shown_pages(rows, known)}
        return Pages(answered=found, per_second=per_second, shown=shown, server_mb=_peak_mb(server))


class _Client:
    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._edits = itertools.count()

    def get(self, path: str) -> tuple[float, float, int]:
        """Milliseconds of the database, and until the whole answer was there; statements."""
        began = perf_counter()
        headers = self._asked("GET", path)
        return float(headers[HEADER]), round((perf_counter() - began) * 1e3, 3), int(headers[STATEMENTS])

    def _asked(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, str]:
        given = None if body is None else json.dumps(body)
        headers = self._headers | ({} if body is None else {"Content-Type": "application/json"})
        if path.startswith("/"):  # a page for people
            path, _, part = path.partition("#")
            headers |= {"Accept": "text/html"} | ({"HX-Request": "true"} if part else {})
        else:
            path = f"/api/v1/workspaces/default/{path}"
        self._connection.request(method, path, given, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise ChildFailed(f"{method} {path}: {answer.status} {content[:500].decode()}")
        return {name.lower(): value for name, value in answer.getheaders()}

    def edit(self, record: int) -> None:
        """Write into a record."""
        self._asked(
            "PATCH", f"records/{RECORD_TYPE}/{record}", {"values": {"comment": f"{next(self._edits)}"}}
        )

    def shown(self, path: str, record: int) -> Shown:
        """Ask for a page for people: for the first time, often, and right after ``record`` was edited."""
        first, *found = [self.get(path) for _ in range(1 + TIMES)]
        self.edit(record)
        return Shown(
            first=first[1],
            answer=[each[1] for each in found],
            after_write=self.get(path)[1],
            is_part=path.endswith("#part"),
        )

    def times(self, page: Asked, record: int) -> Answered:
        """Ask for a page often, and then each time right after ``record`` was edited."""
        self.get(page.path)
        found = [self.get(page.path) for _ in range(TIMES)]
        after = []
        for _ in range(WRITES):
            self.edit(record)
            after.append(self.get(page.path))
        return Answered(
            database=[each[0] for each in found],
            answer=[each[1] for each in found],
            database_after_write=[each[0] for each in after],
            after_write=[each[1] for each in after],
            statements=found[-1][2],
            is_report=page.is_report,
        )


@contextmanager
def _served(url: str) -> Iterator[tuple[int, int]]:
    """Port and process number of a server of its own."""
    command = [sys.executable, "-m", "benchmarks.page_server", f"--db={url}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline()), server.pid
        finally:
            server.terminate()


def _peak_mb(process: int) -> int:
    """The most memory that a process held, where the system tells it; else 0."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


def _per_second(port: int, token: str) -> float:
    """Pages of records a second, to several clients at once."""
    counted = [0] * CLIENTS
    until = perf_counter() + SECONDS

    def ask(number: int) -> None:
        client = _Client(port, token)
        while perf_counter() < until:
            client.get(f"records/{RECORD_TYPE}?page={number + 1}")
            counted[number] += 1

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return round(sum(counted) / SECONDS, 1)


def table(rows: int, store: str, found: Pages) -> Table:
    """What people read."""
    shown = Table(
        title=f"{store}, {rows:,} records: pages over HTTP, milliseconds, median (most)", title_justify="left"
    )
    for heading in ("page", "database", "limit", "", "answer", "after a write", "limit", "", "statements"):
        shown.add_column(heading)
    for name, each in found.answered.items():
        database, slowest = median(each.database), max(median(each.answer), median(each.after_write))
        told: tuple[tuple[str, str], ...] = (("", "for information"),) * 2
        if not each.is_report:
            told = tuple(
                (f"{limit:g}", _met(value, limit))
                for value, limit in ((database, PAGE_DATABASE_MS), (slowest, ANSWER_MS))
            )
        shown.add_row(
            name,
            _typical(each.database),
            *told[0],
            _typical(each.answer),
            f"{_typical(each.after_write)}, database {median(each.database_after_write):.1f}",
            *told[1],
            str(each.statements),
        )
    several = f"{found.per_second:.0f} a second"
    shown.add_row(f"records, {CLIENTS} clients", "", "", "", several, "", "", "for information")
    return shown


def shown_table(rows: int, store: str, found: Pages) -> Table:
    """The pages for people, each beside the plainest of them in the same run."""
    shown = Table(
        title=f"{store}, {rows:,} records: pages for people, milliseconds; the server held {found.server_mb:,} MB at most",
        title_justify="left",
    )
    plainest = median(found.shown[ANSWERS].answer)
    for heading in ("page", "first", "then", "after a write", "limit", "", "times the plainest"):
        shown.add_column(heading)
    for name, each in found.shown.items():
        then = median(each.answer)
        told = ("", "for information") if each.is_part else (f"{ANSWER_MS:g}", _met(each.slowest, ANSWER_MS))
        figures = (f"{each.first:.0f}", _typical(each.answer), f"{each.after_write:.0f}")
        shown.add_row(name, *figures, *told, f"{then / plainest:.1f}")
    return shown


def _typical(times: Sequence[float]) -> str:
    return f"{median(times):.1f} ({max(times):.1f})"


def show(console: Console, pages: Mapping[tuple[int, str], Pages]) -> None:
    """A table for each number of records and store."""
    for (rows, store), found in pages.items():
        console.print(table(rows, store, found))
        console.print(shown_table(rows, store, found))


def _met(value: float, limit: float) -> str:
    return "goal met" if value < limit else "FALLS SHORT"
