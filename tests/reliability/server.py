"""The server as users start it: ``stocktake serve`` in a process of its own, on a real port, to be killed at will."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from stocktake.book.installation import open_installation
from stocktake.model.source import Source
from tests.reliability.stock import THING, Said, frame

OWN = "/api/v1/workspaces/default"


@dataclass
class Server:
    """A running server, and one who may import there."""

    process: subprocess.Popen[bytes]
    url: str
    token: str
    log: Path

    def client(self, **options: Any) -> httpx2.Client:
        """Talks to it with the operator's token; to be closed."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.Client(base_url=self.url + OWN, headers=headers, timeout=120, **options)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def memory(self) -> tuple[int, int]:
        """What it holds now, and held at most, in bytes; without the processes that it starts to read files."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        told = dict(line.split(":", 1) for line in status)
        now, most = (int(told[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return now, most

    def faults(self) -> list[str]:
        """What its log has of faults of ours."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "Traceback" in line or "internal-error" in line]


@contextmanager
def served(url: str, token: str, log: Path, **environment: str) -> Iterator[Server]:
    """``stocktake serve`` until the block ends; ready when it begins."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    words = [sys.executable, "-m", "stocktake", "serve", "--port", str(port), "--db", url]
    with log.open("ab") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, env={**os.environ, **environment})
    server = Server(process, f"http://127.0.0.1:{port}", token, log)
    try:
        _await_ready(server)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def _await_ready(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text()[-2_000:]
        try:
            if httpx2.get(f"{server.url}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not come up: " + server.log.read_text()[-2_000:])


def with_operator(url: str) -> str:
    """Declare things and the sources ALPHA and BETA; the token of somebody who may import."""
    with open_installation(url) as installation:
        installation.set_up()
        book = installation.book("default", installation.owner)
        book.add_record_type(THING)
        for name in ("ALPHA", "BETA"):
            book.add_source(Source(name=name, record_types=("thing",), tracks_presence=True))
        people = installation.people(installation.owner)
        people.add_user("operator@example.com", role="operator", workspace="default")
        _, token = people.create_token("storm", email="operator@example.com")
        return token


def content(said: Said) -> bytes:
    return frame(said).write_csv().encode()


def uploaded(client: httpx2.Client, said: Said, source: str = "ALPHA") -> str:
    """Hand things over and say what they are; the import's address."""
    answer = client.post("/imports", files={"file": ("things.csv", content(said))})
    assert answer.status_code == 201, answer.text
    place = f"/imports/{answer.json()['import']['import_id']}"
    told = client.put(f"{place}/mapping", json={"record_type": "thing", "source": source})
    assert told.status_code == 200, told.text
    return place


def previewed(client: httpx2.Client, place: str, strategy: str = "snapshot") -> str:
    """The id of the plan that is shown."""
    answer = client.post(f"{place}/preview?wait=60", json={"strategy": strategy})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["plan_id"])


def confirmed(client: httpx2.Client, place: str, plan_id: str, *, wait: int = 60) -> httpx2.Response:
    return client.post(f"{place}/confirm?wait={wait}", json={}, headers={"If-Match": f'"{plan_id}"'})


def ended(client: httpx2.Client, place: str, *, every: float = 0.05) -> dict[str, Any]:
    """The import, once no work on it is left."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        told: dict[str, Any] = client.get(place).json()
        job = told["job"]
        if told["status"] != "applying" and (job is None or job["state"] == "ended"):
            return told
        time.sleep(every)
    raise AssertionError(f"{place} did not end")
