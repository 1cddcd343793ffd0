"""REL-1c, REL-9: ``stocktake serve`` is killed while it applies; the database is as before or as after, and work goes on."""

from __future__ import annotations

import random
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from stocktake.planning.packed import unpack
from tests.chance import SOAK, times
from tests.reliability.database import TRAIL, ask, fingerprint
from tests.reliability.keeping import Kept
from tests.reliability.server import Server, confirmed, ended, previewed, served, uploaded, with_operator
from tests.reliability.test_kill import settled

KILLS = min(times(3), 50)
ROWS = 100_000 if SOAK > 1 else 5_000
#: What a confirmation may leave behind, whatever became of it.
ITS_TRAIL = TRAIL | {"st_upload", "st_job", "st_job_progress", "st_api_token"}


@pytest.mark.chance
def test_a_server_killed_while_it_applies_leaves_the_state_before_or_after(
    new_database_url: str, tmp_path: Path
):
    """REL-1c, REL-9, UPL-2: SIGKILL at three instants of an apply of 5,000 rows; a soak does so at fifty, of 100,000.

    A quarter of them lie in the last tenth. Each time another server starts, says what became of the run, and imports.
    """
    url, uploads, log = new_database_url, tmp_path / "uploads", tmp_path / "server.log"
    chance, token = random.Random(20261128), with_operator(url)
    with served(url, token, log) as server, server.client() as client:
        first = uploaded(client, rows_noted("first"))
        assert confirmed(client, first, previewed(client, first)).status_code == 200
        place = uploaded(client, rows_noted("second"))
        plan_id = previewed(client, place)
    settled(url)
    kept = Kept(url, uploads, tmp_path / "kept")
    try:
        before = fingerprint(url, without=ITS_TRAIL)
        duration = undisturbed(url, token, log, place, plan_id)
        after = seen_after(url)
        seen: Counter[str] = Counter()
        for turn in range(KILLS):
            kept.put_back()
            share = chance.uniform(0.9, 1.02) if turn % 4 == 3 else chance.uniform(0, 1)
            with served(url, token, log) as server, server.client() as client:
                asked = confirmed(client, place, plan_id, wait=0)
                assert asked.status_code == 202, asked.text
                time.sleep(share * duration)
                server.kill()
            settled(url)
            is_before = fingerprint(url, without=ITS_TRAIL) == before
            assert is_before or seen_after(url) == after
            with served(url, token, log) as server:
                status = gone_on(server, place, is_before=is_before)
            settled(url)
            seen[status] += 1
            print(f"{turn + 1}: killed after {share:.2f} of {duration:.2f} s: {status}", flush=True)
            duration = learnt(duration, share, status)
        assert seen["interrupted"] > KILLS // 4, seen
        assert server.faults() == []
    finally:
        kept.drop()


def rows_noted(note: str) -> dict[str, tuple[str, str | None]]:
    return {f"C{number:06}": (note, "1") for number in range(ROWS)}


def seen_after(url: str) -> dict[str, str]:
    """The fingerprint without moments; images by the rows that they hold, which a database gives in any order."""
    found = fingerprint(url, without=ITS_TRAIL | {"st_run_image"}, timeless=True)
    images: dict[str, list[pl.DataFrame]] = {}
    for run_id, name, content in ask(url, "SELECT run_id, name, content FROM st_run_image"):
        images.setdefault(f"{name} of {run_id}", []).append(unpack(bytes(content)))
    for name, parts in images.items():
        rows = sorted(map(repr, pl.concat(parts).rows()))
        found[name] = sha256("\n".join(rows).encode()).hexdigest()
    return found


def undisturbed(url: str, token: str, log: Path, place: str, plan_id: str) -> float:
    """How long a server takes from the confirmation to the end."""
    with served(url, token, log) as server, server.client() as client:
        start = time.monotonic()
        assert confirmed(client, place, plan_id, wait=0).status_code == 202
        assert ended(client, place)["status"] == "applied"
        duration = time.monotonic() - start
    settled(url)
    return duration


def learnt(duration: float, share: float, status: str) -> float:
    """How long an apply takes by what a kill has shown: machines are not equally busy all the time."""
    if status == "applied":
        return min(1.0, share) * duration
    return duration * 1.1 if share > 0.9 else duration


def gone_on(server: Server, place: str, *, is_before: bool) -> str:
    """What the next server says of the run, once it is told and the next import of the same target has worked."""
    with server.client() as client:
        told = ended(client, place)
        status = str(told["status"])
        if not is_before:
            assert status == "applied", told
            assert told["file"]["deleted_at"] is not None
        elif status in ("interrupted", "planned"):  # planned: the job was begun, the run was not
            assert told["job"]["error"]["code"] == "interrupted"
            assert told["file"]["deleted_at"] is None
        else:  # it was killed before the worker had begun, and the next did what was asked
            assert status == "applied", told
        following = uploaded(client, {"N1": ("of the next import", "1")})
        done = confirmed(client, following, previewed(client, following, "merge"))
        assert (done.status_code, done.json()["counts"]["create"]) == (200, 1), done.text
    return status if not (is_before and status == "applied") else "applied by the next server"
