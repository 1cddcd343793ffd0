"""What a step says of itself: seconds, processor time and peak memory, in all and per phase; standard library only."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any


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

    def expect(self, total: int) -> None:
        """Nor how many there will be."""

    def advance(self, rows: int) -> None:
        """Rows are of no interest here."""


def tell(step: Callable[[Peaks], dict[str, Any]]) -> None:
    """Do ``step`` and print one JSON object: what it returned and what it took. The caller has imported all it needs."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), perf_counter()
    peaks = Peaks()
    told = step(peaks)
    wall = perf_counter() - began
    peaks.phase("end")
    after = resource.getrusage(resource.RUSAGE_SELF)
    told |= {
        "wall": round(wall, 3),
        "user": round(after.ru_utime - before.ru_utime, 3),
        "system": round(after.ru_stime - before.ru_stime, 3),
        "peak_mb": max(after.ru_maxrss // 1024, *peaks.megabytes.values()),
        "phases": {name: value for name, value in peaks.seconds.items() if value >= 0.005},
        "phase_peaks_mb": peaks.megabytes,
    }
    sys.stdout.write(json.dumps(told))


def _peak_megabytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def _forget_peak() -> None:
    with suppress(
        PermissionError
    ):  # who has become another user may not: then a phase tells of those before it as well
        Path("/proc/self/clear_refs").write_text("5")
