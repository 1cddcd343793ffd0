"""Guessit, where it is installed: for names that our own grammar is not sure of.

Guessit takes milliseconds for a usual name, and there is no telling how long for a hostile one. So it works in a process
of its own, which is killed when a name takes too long; after a few such names it is asked no more. What it said is kept
for names that come again.
"""

from __future__ import annotations

import importlib.util
import json
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from stocktake.readers.child import Limits, environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long guessit may take: seconds for one name, seconds to start, and how often it may fail to keep to them.

    Together they bound what hostile names can waste: ``failures`` times ``seconds`` (and one start each). After
    ``all_seconds`` for all names together it is asked no more. A longer name than ``letters`` is not asked for; ``names``
    answers are kept.
    """

    seconds: float = 2
    all_seconds: float = 120
    start_seconds: float = 30
    failures: int = 3
    letters: int = 400
    names: int = 10_000


_PATIENCE = Patience()
_LIMITS = Limits(memory_bytes=512 * 1024**2, cpu_seconds=3600)


def installed() -> bool:
    """Whether guessit is there: ``pip install stocktake[guessit]``."""
    return importlib.util.find_spec("guessit") is not None


def guesser(patience: Patience = _PATIENCE) -> Guessit | None:
    """Guessit, or nothing where it is not installed."""
    return Guessit(patience) if installed() else None


class Guessit:
    """A :class:`stocktake.ports.guesser.Guesser`. Its process starts with the first name, and ends with :meth:`close`."""

    def __init__(
        self, patience: Patience = _PATIENCE, module: str = "stocktake.readers.guessing_child"
    ) -> None:
        self._patience, self._module = patience, module
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = b""
        self._failures = 0
        self._spent = 0.0
        self._kept = lru_cache(maxsize=patience.names)(self._ask)

    @property
    def gave_up(self) -> bool:
        """Whether it failed too often or has taken too long in all, and is asked no more."""
        return self._failures >= self._patience.failures or self._spent >= self._patience.all_seconds

    def guess(self, path: str) -> Mapping[str, Any] | None:
        """What guessit says of a path; nothing where it is too long, took too long, or says nothing."""
        if len(path) > self._patience.letters:
            return None
        return self._kept(path) or None

    def close(self) -> None:
        """End the process. Another name starts another."""
        if self._process is not None:
            _end(self._process)
        self._process, self._pending = None, b""

    def _ask(self, path: str) -> Mapping[str, Any]:
        if self.gave_up:
            return {}
        since = time.monotonic()
        try:
            process = self._process or self._start()
            assert process.stdin is not None  # noqa: S101
            process.stdin.write(json.dumps(path).encode() + b"\n")
            found = json.loads(self._line(process, self._patience.seconds))
        except (OSError, TimeoutError, ValueError):
            self._failures += 1
            self.close()
            return {}
        finally:
            self._spent += time.monotonic() - since
        return found if isinstance(found, dict) else {}

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-B", "-m", self._module, json.dumps(asdict(_LIMITS))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment(),
        )
        weakref.finalize(self, _end, process)
        self._line(process, self._patience.start_seconds)
        return process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        """The next line it writes. Raises ``TimeoutError`` after so many seconds, ``ConnectionError`` where it has ended."""
        assert process.stdout is not None  # noqa: S101
        until = time.monotonic() + seconds
        while b"\n" not in self._pending:
            left = until - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise TimeoutError
            if not (part := process.stdout.read(65536)):
                raise ConnectionError
            self._pending += part
        line, _, self._pending = self._pending.partition(b"\n")
        return line


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
