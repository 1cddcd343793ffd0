"""Another process that imports, and what a test says to it: one line of JSON each way at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Child:
    """A process with an open book, at work for one source. It starts at once and waits for what it is told."""

    def __init__(self, url: str, source: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.child", url, source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "POLARS_MAX_THREADS": "1"},
        )

    def say(self, **words: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()

    def hear(self, what: str) -> dict[str, Any]:
        """The next thing the child says, which must be ``what``."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        told = json.loads(line or '{"said": "nothing more"}')
        assert told["said"] == what, told
        return dict(told)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def wait(self) -> None:
        """Until the child has ended by itself."""
        self._process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        if kind is not None:
            self._process.kill()
        self._process.wait(30)


def main(url: str, source: str) -> None:
    """Do what standard input says until it ends."""
    from tests.reliability.stock import opened

    with opened(url) as book:
        for line in sys.stdin:
            words = json.loads(line)
            COMMANDS[words.pop("command")](book, source, **words)


def tell(said: str, **words: Any) -> None:
    print(json.dumps({"said": said, **words}), flush=True)


def rounds(book: Any, source: str, *, count: int) -> None:
    """Import ``count`` times; a refusal is tried again with a new plan."""
    from stocktake.model.errors import Busy, StalePlan
    from tests.reliability.stock import imported

    applied = 0
    errors: list[str] = []
    while applied < count and len(errors) < 50:
        try:
            imported(book, {source: (f"round {applied}", "1")}, source, "merge")
            applied += 1
        except (StalePlan, Busy) as error:
            errors.append(type(error).__name__)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}"[:300])
    tell("rounds", applied=applied, errors=errors)


def hello(_book: Any, _source: str) -> None:
    """Say that everything is imported."""
    import alembic.command  # noqa: F401

    tell("hello")


def set_up(book: Any, _source: str) -> None:
    """Create the database; whatever goes wrong is told."""
    from stocktake.model.errors import Refusal

    try:
        book.set_up()
    except Refusal as refused:
        tell("set up", error=refused.code)
    except Exception as error:
        tell("set up", error=f"{type(error).__name__}: {error}"[:200])
    else:
        tell("set up", error=None)


def reserve(book: Any, _source: str, *, count: int) -> None:
    """Reserve ``count`` numbers, one transaction each."""
    numbers = []
    for _ in range(count):
        with book.store.writing(1) as unit:
            numbers.append(unit.reserve("run", 1))
    tell("reserved", numbers=numbers)


def large(book: Any, source: str, *, rows: int, note: str) -> None:
    """Plan an import of many rows, wait for another line, and apply it."""
    from tests.reliability.stock import planned

    made = planned(book, {f"C{number:05}": (note, "1") for number in range(rows)}, source)
    tell("planned", counts=made.plan.counts)
    sys.stdin.readline()
    run = made.apply()
    tell("applied", run_id=run.run_id)


def work(book: Any, _source: str) -> None:
    """Be a server's worker until another line comes."""
    from tests.reliability.stock import worker

    tell("working")
    with worker(book):
        sys.stdin.readline()


def doomed(book: Any, _source: str) -> None:
    """Take up a job as a worker does, and be killed before the run that it is about has begun."""
    from stocktake.book.working import Worker

    def killed(_workspace: str, _principal: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    tell("working")
    Worker(book.store, killed, book.uploads, clock=book.clock).do_next()


def confirm(book: Any, _source: str, *, draft_id: int, plan_id: str) -> None:
    """Wait for another line, then confirm a draft; whether it was this process that applied it."""
    from stocktake.model.errors import Refusal

    tell("ready")
    sys.stdin.readline()
    try:
        book.confirm(draft_id, plan_id)
    except Refusal as refused:
        tell("confirmed", code=refused.code)
    else:
        tell("confirmed", code=None)


def hooked(book: Any, source: str) -> None:
    """Import with a hook that kills this process: after the commit, and before anybody has heard of the run."""
    from tests.reliability.stock import imported

    book.on_finished = lambda _run: os.kill(os.getpid(), signal.SIGKILL)
    tell("applying")
    imported(book, {"C1": ("note", "1")}, source, "merge")


def told(book: Any, _source: str) -> None:
    """Tell webhooks of what waits for them."""
    tell("telling", pid=os.getpid())
    book.deliver_webhooks()
    tell("told")


COMMANDS: dict[str, Callable[..., None]] = {
    "confirm": confirm,
    "doomed": doomed,
    "hello": hello,
    "hooked": hooked,
    "large": large,
    "reserve": reserve,
    "rounds": rounds,
    "set_up": set_up,
    "told": told,
    "work": work,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
