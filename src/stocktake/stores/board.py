"""What is told of jobs that this process works on, where nothing can be written meanwhile: SQLite has one writer (APP-4)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far a job has come: its phase, the rows expected in it, and those done."""

    phase: str | None = None
    total: int | None = None
    done: int = 0


class Board:
    """Told by the threads that work, read by those that ask; ``workspace, about`` names a job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[tuple[int, str], Told] = {}
        self._stopping: set[tuple[int, str]] = set()

    def begin(self, job: tuple[int, str], phase: str | None = None, total: int | None = None) -> Told:
        """A job begins, or its next phase."""
        with self._lock:
            self._told[job] = told = Told(phase=phase, total=total)
            return told

    def expect(self, job: tuple[int, str], total: int) -> Told:
        """So many rows are expected in the phase."""
        with self._lock:
            self._told[job] = told = replace(self._told[job], total=total)
            return told

    def advance(self, job: tuple[int, str], rows: int) -> Told:
        """So many more are done."""
        with self._lock:
            before = self._told[job]
            self._told[job] = told = replace(before, done=before.done + rows)
            return told

    def read(self, job: tuple[int, str]) -> Told | None:
        """How far a job has come; None where this process does not work on it."""
        with self._lock:
            return self._told.get(job)

    def end(self, job: tuple[int, str]) -> None:
        """The job has ended."""
        with self._lock:
            self._told.pop(job, None)
            self._stopping.discard(job)

    def ask_to_stop(self, job: tuple[int, str]) -> None:
        """Somebody wants a job to stop that is being done here."""
        with self._lock:
            if job in self._told:
                self._stopping.add(job)

    def is_asked_to_stop(self, job: tuple[int, str]) -> bool:
        """Whether somebody wants that."""
        return job in self._stopping
