"""Running a process and measuring it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

#: A step that takes longer, in seconds, is ended; the report says so.
PATIENCE = 600.0


class ChildFailed(RuntimeError):
    """A measured process failed or took too long; the message is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a process took. ``wall``, ``user`` and ``system`` in seconds, ``peak_mb`` in MiB.

    ``load`` is the machine's load average when the process began; figures taken on a busy machine compare badly.

    For a step that tells them itself they leave the interpreter's start and imports out; ``process`` is the whole
    process's wall.
    """

    wall: float
    process: float
    user: float
    system: float
    peak_mb: int
    phases: Mapping[str, float] = field(default_factory=dict)
    phase_peaks_mb: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    run: int | None = None
    load: float = 0.0


def measured(
    command: Sequence[str], *, given: bytes = b"", patience: float = PATIENCE
) -> tuple[Measurement, bytes]:
    """Run ``command`` to its end, fed with ``given``; what it took, and its standard output.

    This process must stay small: Linux counts the parent's memory at the fork into the child's peak.
    """
    os.sync()
    load = round(os.getloadavg()[0], 2)
    with tempfile.TemporaryFile() as into, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        into.write(given)
        into.seek(0)
        began = perf_counter()
        child = subprocess.Popen(command, stdin=into, stdout=out, stderr=err)
        late = threading.Timer(patience, child.kill)
        late.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            late.cancel()
        wall = round(perf_counter() - began, 3)
        child.returncode = os.waitstatus_to_exitcode(status)
        for each in (out, err):
            each.seek(0)
        said, complained = out.read(), err.read()
    if wall >= patience:
        raise ChildFailed(f"ended after {patience:.0f} s")
    if child.returncode != 0:
        raise ChildFailed(f"{' '.join(command)}: exit {child.returncode}\n{complained.decode()[-4000:]}")
    found = Measurement(
        wall=wall,
        process=wall,
        user=round(usage.ru_utime, 3),
        system=round(usage.ru_stime, 3),
        peak_mb=usage.ru_maxrss // 1024,
        load=load,
    )
    return found, said


def step(name: str, *, patience: float = PATIENCE, **options: object) -> Measurement:
    """Run a step of ours (``benchmarks.step``) and believe what it says of itself."""
    return told([sys.executable, "-m", "benchmarks.step", name], patience=patience, **options)


def told(command: Sequence[str], *, patience: float = PATIENCE, **options: object) -> Measurement:
    """Run ``command`` with ``options`` as its arguments and believe what it says of itself (``benchmarks.timing``)."""
    arguments = [f"--{key}={value}" for key, value in options.items()]
    outside, said = measured([*command, *arguments], patience=patience)
    found: dict[str, Any] = json.loads(said)
    found.pop("sha256", None)
    return Measurement(process=outside.wall, load=outside.load, **found)
