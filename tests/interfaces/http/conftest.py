"""A real server on a real port, and people who talk to it in plain HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from stocktake.book.installation import Installation, open_installation
from stocktake.book.serving import ServerSettings
from stocktake.interfaces.http.application import create_app

PASSWORD = "a long walk along the harbour"
ROLES = ("viewer", "operator", "admin")
OWN = "/api/v1/workspaces/default"


@dataclass
class Served:
    """A server, its installation, and a token for everybody; ``ana`` may do most in ``default``."""

    url: str
    installation: Installation
    tokens: dict[str, str] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def as_(self, who: str | None) -> httpx2.Client:
        """A client with the token of a viewer, operator, admin, or ``platform``; of nobody for None."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return self.stack.enter_context(httpx2.Client(base_url=self.url, headers=headers, timeout=120))


@contextmanager
def serving(url: str, settings: ServerSettings | None = None) -> Iterator[Served]:
    """A server of the database, in this process, until the block ends."""
    with ExitStack() as stack:
        installation = stack.enter_context(open_installation(url))
        installation.set_up()
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        # As `stocktake serve` has it; without it each answer waits 40 ms for a word of the client.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            create_app(installation, settings), log_config=None, access_log=False, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                thread.join(0.02)
            served = Served(f"http://127.0.0.1:{listening.getsockname()[1]}", installation)
            stack.push(served.stack)
            yield served
            served.stack.close()
        finally:
            server.should_exit = True
            thread.join(60)


def with_people(served: Served) -> Served:
    """A user with each role in ``default``, a platform admin, and a workspace ``other`` in which nobody is."""
    people = served.installation.people(served.installation.owner)
    people.add_workspace("other")
    for role in ROLES:
        people.add_user(f"{role}@example.com", role=role, workspace="default")
        _, served.tokens[role] = people.create_token("test", email=f"{role}@example.com")
    people.add_user("platform@example.com", is_platform_admin=True)
    _, served.tokens["platform"] = people.create_token("test", email="platform@example.com")
    return served


@pytest.fixture
def served(ready_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server on each store, with its people."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    with serving(ready_database_url) as opened:
        yield with_people(opened)


@pytest.fixture
def served_sqlite(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server on the fast store."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    (tmp_path / "stock.db").write_bytes(sqlite_template.read_bytes())
    with serving(f"sqlite:///{tmp_path / 'stock.db'}") as opened:
        yield with_people(opened)


@dataclass(frozen=True)
class Journey:
    """An import, step by step, as one person."""

    client: httpx2.Client

    def upload(
        self,
        content: bytes,
        name: str = "devices.csv",
        *,
        key: str | None = None,
        encoding: str | None = None,
    ) -> dict[str, Any]:
        """Hand a file over; what the server says of it."""
        answer = self.client.post(
            f"{OWN}/imports",
            files={"file": (name, content)},
            params={"encoding": encoding} if encoding else None,
            headers={"Idempotency-Key": key} if key else None,
        )
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def preview(self, content: bytes, *, name: str = "devices.csv", **terms: Any) -> tuple[str, Any]:
        """Upload, choose, preview; the import's address, and the answer."""
        number = self.upload(content, name)["import"]["import_id"]
        place = f"{OWN}/imports/{number}"
        what = {"record_type": terms.pop("record_type", "device"), "source": terms.pop("source", "NINJAONE")}
        chosen = self.client.put(f"{place}/mapping", json=what)
        assert chosen.status_code == 200, chosen.text
        return place, self.client.post(f"{place}/preview?wait=60", json=terms)

    def imported(self, content: bytes, **told: Any) -> Any:
        """All the way; the applied document."""
        place, preview = self.preview(content, **told)
        assert preview.status_code == 200, preview.text
        done = self.client.post(
            f"{place}/confirm?wait=60", json={}, headers={"If-Match": preview.headers["etag"]}
        )
        assert done.status_code == 200, done.text
        return done.json()


Traveller = Callable[[str], Journey]


@pytest.fixture
def journey(served: Served) -> Traveller:
    """``journey("operator").imported(content)``."""
    return lambda who: Journey(served.as_(who))


@pytest.fixture
def journey_sqlite(served_sqlite: Served) -> Traveller:
    """The same on the fast store."""
    return lambda who: Journey(served_sqlite.as_(who))
