"""The worker: takes jobs from the queue and does them, in the name of whoever asked (APP-4, REL-9)."""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from stocktake.book.book import Book
from stocktake.book.courier import Courier
from stocktake.book.doing import Made, bury, do
from stocktake.book.queueing import principal_from
from stocktake.book.setting import uploads_of
from stocktake.book.telling import Telling
from stocktake.flows.clearing import clear_uploads, recover_runs
from stocktake.flows.persisting import persist
from stocktake.model.draft import Job, Outcome, Wanted, is_about_run
from stocktake.model.errors import NotFound, Refusal
from stocktake.model.person import Principal
from stocktake.ports.uploads import Uploads
from stocktake.stores.store import Store

_log = logging.getLogger("stocktake.worker")

#: The queue is looked at so often where nobody says that there is something new, in seconds.
LOOK_EVERY = 1.0
#: Uploads are cleared so often, in seconds (UPL-3).
CLEAR_EVERY = 3600.0
#: Webhooks are told so often what is due, in seconds, and at once after a job of this process.
TELL_EVERY = 5.0

#: Renders what a job made, as JSON can hold it.
Rendering = Callable[[Made], Mapping[str, Any]]


class Premises(Protocol):
    """What a worker needs of an ``Installation``."""

    @property
    def store(self) -> Store:
        """Its database."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """Gives the present moment in UTC."""
        ...

    def book(self, workspace: str, principal: Principal, /) -> Book:
        """A workspace as ``principal`` may work in it."""
        ...


class Worker:
    """Does the jobs of a database in threads of this process, from :meth:`start` to :meth:`stop`; a context manager.

    ``book_for(workspace's name, principal)`` gives the book in which a job is done, as ``Installation.book`` does; all share
    ``store`` and ``uploads``. ``document`` renders what is kept as the job's ``document``, for whoever asked.

    On PostgreSQL any number of processes may have a worker. An embedded database has one: ``start`` raises ``Busy``
    ``another-server`` where another process has it. A job whose worker died is not done again by itself: an apply is
    ``interrupted``, with nothing written, and a preview can be asked for anew.
    """

    def __init__(
        self,
        store: Store,
        book_for: Callable[[str, Principal], Book],
        uploads: Uploads,
        *,
        clock: Callable[[], datetime],
        threads: int = 2,
        document: Rendering | None = None,
    ) -> None:
        self._store = store
        self._book_for = book_for
        self._uploads = uploads
        self._clock = clock
        self._count = threads
        self._document = document
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._news = threading.Semaphore(0)
        self._courier = Courier(store, clock, self._stopping.is_set)
        self._to_tell = threading.Event()
        self._mine: set[tuple[int, str]] = set()
        self._choosing = threading.Lock()
        self._alone = ExitStack()

    @classmethod
    def of(cls, premises: Premises, *, threads: int = 2, document: Rendering | None = None) -> Worker:
        """The worker of an ``Installation``."""
        store = premises.store
        uploads = uploads_of(store.address, store.file)
        return cls(store, premises.book, uploads, clock=premises.clock, threads=threads, document=document)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Clear up what earlier processes left, and begin to work. Raises ``Busy`` ``another-server``."""
        self._store.migrate(at=self._clock())
        if self._store.has_one_server:
            self._alone.enter_context(self._uploads.alone())
        self._stopping.clear()
        self.clear()
        tasks = [("clearing", self._keep_clear), ("webhooks", self._keep_telling)] + [
            (f"worker {number + 1}", self._work) for number in range(self._count)
        ]
        self._threads = [
            threading.Thread(target=task, name=f"stocktake {name}", daemon=True) for name, task in tasks
        ]
        for each in self._threads:
            each.start()

    def stop(self, timeout: float = 30.0) -> bool:
        """Take no more jobs, and wait for those being done; whether all ended in time.

        What is left then dies with the process, and is recovered by the next.
        """
        self._stopping.set()
        self._to_tell.set()
        for _ in self._threads:
            self._news.release()
        for each in self._threads:
            each.join(timeout)
        ended = not any(each.is_alive() for each in self._threads)
        if ended:
            self._alone.close()
            self._threads = []
        return ended

    def wake(self) -> None:
        """Something was put into the queue: look at once, and not in a second."""
        self._news.release()

    def clear(self) -> None:
        """Delete old uploads, and mark runs interrupted whose process died (UPL-3, REL-9)."""
        at = self._clock()
        removed = clear_uploads(self._store, self._uploads, at=at)
        recovered = recover_runs(self._store, at=at)
        if removed or recovered:
            _log.info("cleared %s uploads, %s runs were interrupted", removed, recovered)

    def do_next(self) -> bool:
        """Do the oldest job that nobody works on, in this thread; False where there is none."""
        chosen: set[tuple[int, str]] = set()
        with ExitStack() as claim:
            claim.callback(self._let_go, chosen)  # last of all, once the job has left the queue
            with self._choosing:
                job = claim.enter_context(self._store.claiming(self._mine, only_runs=self._is_taken()))
                if job is None:
                    return False
                chosen.add((job.workspace_id, job.about))
                self._mine |= chosen
            self._do(job)
        self._to_tell.set()
        return True

    def _let_go(self, done: set[tuple[int, str]]) -> None:
        """Jobs are not this process's any more; not while a thread chooses, which may have seen them in the queue."""
        with self._choosing:
            self._mine -= done

    def _is_taken(self) -> bool:
        """Whether the threads but one do work about no run: the last is for people who wait before an import."""
        return sum(not is_about_run(about) for _, about in self._mine) >= max(1, self._count - 1)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.do_next():
                    continue
            except Exception:
                _log.exception("the queue could not be looked at; it is tried again")
            self._news.acquire(timeout=LOOK_EVERY)

    def _keep_clear(self) -> None:
        while not self._stopping.wait(CLEAR_EVERY):
            try:
                self.clear()
            except Exception:
                _log.exception("uploads could not be cleared; it is tried again in an hour")

    def _keep_telling(self) -> None:
        """Webhooks are told in a thread of their own: a slow receiver holds up no job."""
        while not self._stopping.is_set():
            self._to_tell.clear()
            try:
                self._courier.go_round()
            except Exception:
                _log.exception("webhooks could not be told; it is tried again")
            if not self._stopping.is_set():
                self._to_tell.wait(TELL_EVERY)

    def _do(self, job: Job) -> None:
        """One job, whose outcome is kept before it leaves the queue."""
        with self._store.writing(job.workspace_id) as unit:
            died = unit.begin_job(job.about, claimed_by=self._name, at=self._clock()) > 0
            before = unit.job_progress(job.about) if died else None
        if before is not None and not before.running:
            return  # it had ended, and its process died before it left the queue
        telling = Telling(self._store, job, self._clock)
        ended: dict[str, Any]
        try:
            book = self._book_for(self._workspace(job), principal_from(job.asked_by, job.workspace_id))
            ended = self._buried(book, job) if died else self._done(book, job, telling)
        except Refusal as refused:
            ended = {"outcome": _outcome(refused)}
        except Exception as error:
            ended = {"outcome": _fault(job, error)}
        finally:
            telling.end()
        self._keep(job, ended)

    def _keep(self, job: Job, ended: Mapping[str, Any]) -> None:
        """How a job ended; where another writer has an embedded database for long, it is waited for."""
        persist(
            self._store,
            job.workspace_id,
            lambda unit: unit.change_progress(job.about, finished_at=self._clock(), **ended),
        )

    def _done(self, book: Book, job: Job, telling: Telling) -> dict[str, Any]:
        made = do(book, job, telling)
        document = self._document(made) if self._document is not None else None
        return {"made_run": made.run.run_id if made.run is not None else None, "document": document}

    def _buried(self, book: Book, job: Job) -> dict[str, Any]:
        """A job whose worker died: what it was about is brought into a state that people can go on from."""
        made_run, refused = bury(book, job)
        if refused is not None:
            return {"outcome": _outcome(refused)}
        if job.wanted is Wanted.APPLY:
            clear_uploads(self._store, self._uploads, at=self._clock())
        return {"made_run": made_run}

    def _workspace(self, job: Job) -> str:
        found = self._store.workspaces().get(job.workspace_id)
        if found is None:
            raise NotFound("unknown-workspace", "The workspace of this job is gone.")
        return found


def _outcome(refused: Refusal) -> dict[str, Any]:
    kept = Outcome(
        kind=type(refused).__name__,
        code=refused.code,
        message=refused.message,
        hint=refused.hint,
        details=refused.details,
    )
    return _as_kept(kept)


def _fault(job: Job, error: Exception) -> dict[str, Any]:
    """A fault of ours: people are told a reference, the log has the rest (REL-15)."""
    reference = secrets.token_hex(4)
    _log.error("fault %s in the %s of %s", reference, job.wanted.noun, job.about, exc_info=error)
    return _as_kept(
        Outcome(
            kind="Fault",
            code="internal-error",
            message=f"Stocktake itself failed ({type(error).__name__}, reference {reference}).",
            hint="The server's log has the details; please report them.",
            details={"reference": reference},
        )
    )


def _as_kept(outcome: Outcome) -> dict[str, Any]:
    """As JSON can hold it: what a refusal tells programs may hold more."""
    return {
        "kind": outcome.kind,
        "code": outcome.code,
        "message": outcome.message,
        "hint": outcome.hint,
        "details": json.loads(json.dumps(dict(outcome.details), default=str)),
    }
