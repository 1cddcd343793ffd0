"""One step of ours in a process of its own: ``python -m benchmarks.step NAME --db URL [--file F] [--run N]``.

Prints one JSON object: seconds of wall and CPU without the interpreter's start, peak memory, and both per phase.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.declaration import DECLARED, RECORD_TYPE, SOURCE

Step = Callable[[argparse.Namespace, "Peaks"], dict[str, Any]]


class Peaks:
    """Hears the phases, and notes how long each took and the most memory the process held in it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.megabytes: dict[str, int] = {}
        self._phase, self._since = "opening", perf_counter()
        _forget_peak()

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins; the one before has ended."""
        now = perf_counter()
        self.seconds[self._phase] = round(self.seconds.get(self._phase, 0.0) + now - self._since, 3)
        self.megabytes[self._phase] = max(self.megabytes.get(self._phase, 0), _peak_megabytes())
        _forget_peak()
        self._phase, self._since = name, perf_counter()

    def advance(self, rows: int) -> None:
        """Rows are of no interest here."""


def declare(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Make the database, the record type and the source."""
    import stocktake
    from stocktake.model.source import Source

    with stocktake.open(given.db) as book:
        book.add_record_type(DECLARED)
        book.add_source(Source(name=SOURCE, record_types=(RECORD_TYPE,), tracks_presence=True))
    return {}


def load(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Plan and apply a snapshot."""
    import stocktake

    with stocktake.open(given.db) as book:
        plan = book.plan(
            given.file, record_type=RECORD_TYPE, source=SOURCE, strategy="snapshot", progress=peaks
        )
        peaks.phase("between")
        run = plan.apply(progress=peaks)
        peaks.phase("closing")
        return {"run": run.run_id, "counts": {name: count for name, count in plan.counts.items() if count}}


def undo(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Roll a run back."""
    import stocktake

    with stocktake.open(given.db) as book:
        run = book.rollback(given.run, progress=peaks)
        peaks.phase("closing")
        return {"run": run.run_id, "counts": {name: count for name, count in run.stats.items() if count}}


def parse(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Polars reads all columns as text: what no import can be faster than."""
    import polars as pl

    peaks.phase("parsing")
    return {"counts": {"rows": pl.read_csv(given.file, infer_schema=False).height}}


def reading(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Our reader's walk over the file, nothing kept."""
    from stocktake.model.options import ReadOptions
    from stocktake.readers.registry import open_reading

    peaks.phase("reading")
    opened = open_reading(given.file, ReadOptions())
    return {"counts": {"rows": sum(batch.height for batch in opened.batches())}}


def digest(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """sha256 of the file: what a byte-identical one must cost."""
    peaks.phase("hashing")
    with given.file.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}


STEPS: dict[str, Step] = {each.__name__: each for each in (declare, load, undo, parse, reading, digest)}


def _peak_megabytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    """Run the step that the arguments name and say what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--db")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--run", type=int)
    given = parser.parse_args()
    import polars
    import psycopg  # noqa: F401
    import sqlalchemy  # noqa: F401

    import stocktake.book.book  # noqa: F401

    polars.select(polars.lit(1))
    before, began = resource.getrusage(resource.RUSAGE_SELF), perf_counter()
    peaks = Peaks()
    told = STEPS[given.step](given, peaks)
    wall = perf_counter() - began
    peaks.phase("end")
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = {
        "user": round(after.ru_utime - before.ru_utime, 3),
        "system": round(after.ru_stime - before.ru_stime, 3),
    }
    told |= {
        "wall": round(wall, 3),
        **cpu,
        "peak_mb": max(after.ru_maxrss // 1024, *peaks.megabytes.values()),
        "phases": {name: value for name, value in peaks.seconds.items() if value >= 0.005},
        "phase_peaks_mb": peaks.megabytes,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
