"""A child process that looks into one file after the other, within limits of time and memory (SEC-5, MED-D9).

Hostile and broken files are common, and what parses them is native: where the child dies or hangs of one, that file has
a :class:`~stocktake.model.media.Failure` and the next has a new child. Only the child touches files, so that one on a
share that does not answer cannot hold the parent either.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from stocktake.model.media import Failure
from stocktake.ports.enricher import Enrichment, Track
from stocktake.readers.child import FRAME, OUT_OF_MEMORY, environment

_MEMORY = 1024**3
_START_SECONDS = 60
#: So many files one child looks into; what a library loses of memory goes with it.
_FILES = 2_000
#: What a child may answer at most.
_ANSWER_BYTES = 4 * 1024**2
#: How long the killed are waited for; one that hangs in the kernel is left behind.
_MOURNING_SECONDS = 2
_OUT_OF_MEMORY = (OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGBUS)


class _Silent(Exception):
    """The child has not answered in time."""


class _Dead(Exception):
    """The child has ended."""


class _TooMuch(Exception):
    """The child answers at too great a length; the rest of it is left unread."""


class Probe:
    """Looks into files by one job, a module's name and a function in it: ``package.module:look``.

    The function has the path and the options, and gives an ``Enrichment`` or raises ``Unfit``. For one thread at a time.
    """

    def __init__(self, job: str, *, seconds: float, memory_bytes: int = _MEMORY) -> None:
        self._job, self._seconds, self._memory = job, seconds, memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: Callable[[], object] = _nothing
        self._files = 0

    def look(self, path: Path, options: Mapping[str, Any]) -> Enrichment | Failure:
        """What the job makes of ``path``. Raises nothing for whatever the file is."""
        try:
            process = self._running()
            self._files += 1
            _say(process, {"path": os.fspath(path), "options": options})
            answer = _heard(process, self._seconds)
        except _Silent:
            self.close()
            return _failure(
                path,
                "probe-timeout",
                f"takes longer to look into than {self._seconds:g} seconds; give it more with the setting seconds",
            )
        except _TooMuch:
            self.close()
            return _failure(path, "file-damaged", "says more of itself than can be kept")
        except _Dead:
            return self._death(path)
        except OSError as error:
            self.close()
            return _failure(
                path, "probe-crashed", f"cannot be looked into: no process could be started for it ({error})"
            )
        if "code" in answer:
            return _failure(path, answer["code"], answer["why"])
        told = answer["enrichment"]
        tracks = told.pop("tracks")
        tags = {name: tuple(tag) if isinstance(tag, list) else tag for name, tag in told.pop("tags").items()}
        return Enrichment(
            **told, tags=tags, tracks=None if tracks is None else tuple(Track(**each) for each in tracks)
        )

    def close(self) -> None:
        """End the child; the next look starts a new one."""
        self._ending()
        self._process, self._ending, self._files = None, _nothing, 0

    def _running(self) -> subprocess.Popen[bytes]:
        died_idle = self._process is not None and self._process.poll() is not None
        if self._files >= _FILES or died_idle:
            self.close()
        if self._process is None:
            self._process = process = _started(self._job, self._seconds, self._memory)
            self._ending = weakref.finalize(self, _end, process)
            try:
                _heard(process, _START_SECONDS)
            except _Silent:
                raise OSError("it did not begin to work") from None
        return self._process

    def _death(self, path: Path) -> Failure:
        """Why the child died of ``path``."""
        assert self._process is not None  # noqa: S101
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_MOURNING_SECONDS)
        code = self._process.poll()
        self.close()
        if code == -signal.SIGXCPU:
            return _failure(
                path, "probe-timeout", f"takes more than {self._seconds:g} seconds of work to look into"
            )
        if code in _OUT_OF_MEMORY:
            limit = f"{self._memory // 1024**2:,} MiB"
            return _failure(path, "probe-memory", f"takes more than {limit} of memory to look into")
        why = f"cannot be looked into: the program that does died of it ({_ended(code)})"
        return _failure(path, "probe-crashed", why)


def shown(path: Path) -> str:
    """A path as it can be printed: bytes of its name that are no text as question marks."""
    return os.fsencode(path).decode("utf-8", "replace")


def _failure(path: Path, code: str, why: str) -> Failure:
    return Failure(where=shown(path), code=code, sentence=f"{shown(path)} {why}.")


def _started(job: str, seconds: float, memory_bytes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "-P", "-B", "-m", "stocktake.readers.enriching.probe_child"),
            *(job, str(seconds), str(memory_bytes)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=environment(),
        process_group=0,
    )


def _say(process: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
    except BrokenPipeError:
        raise _Dead from None


def _heard(process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
    """The next answer. Raises ``_Silent``, ``_Dead`` and ``_TooMuch``."""
    until = monotonic() + seconds
    _, length = FRAME.unpack(_bytes(process, FRAME.size, until))
    if length > _ANSWER_BYTES:
        raise _TooMuch
    answer: dict[str, Any] = json.loads(_bytes(process, length, until))
    return answer


def _bytes(process: subprocess.Popen[bytes], length: int, until: float) -> bytes:
    assert process.stdout is not None  # noqa: S101
    found = b""
    while len(found) < length:
        if not select.select([process.stdout], [], [], max(0.0, until - monotonic()))[0]:
            raise _Silent
        part = process.stdout.read(length - len(found))
        if not part:
            raise _Dead
        found += part
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_MOURNING_SECONDS)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _ended(code: int | None) -> str:
    names = (each.name for each in signal.Signals if code is not None and each == -code)
    return next(names, f"exit code {code}")


def _nothing() -> None:
    return None
