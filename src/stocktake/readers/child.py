"""A child process that parses what could take its parser down, within limits of memory and time (SEC-5).

Messages come through a pipe: one byte for the kind, eight for the length, the bytes. The child waits where
nobody reads on, so nothing piles up; it sees no environment but what it needs to find its modules.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import struct
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.readers.package import damaged, too_large

#: How the child ends where memory ran out and Python could still say so.
OUT_OF_MEMORY = 71
#: Kind and content.
Message: TypeAlias = tuple[bytes, bytes]
#: The kinds of its messages: the layout, rows, the end, and a refusal in words.
LAYOUT, BATCH, END, REFUSAL = b"L", b"B", b"E", b"R"

#: What goes before each message: its kind, and how long it is.
FRAME = struct.Struct(">cQ")
_OUT_OF_MEMORY = (OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL, -signal.SIGBUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one child: memory, seconds of work, and of real time between two messages."""

    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 900
    silence_seconds: float = 300


_LIMITS = Limits()
_REFUSALS: dict[str, type[Refusal]] = {"InvalidInput": InvalidInput, "Unreadable": Unreadable}


class Child:
    """One running child. It ends with its messages, with :meth:`close`, and when nobody holds it any more.

    ``damaged`` and ``too_large`` word the refusals of a file that its parser did not survive.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        path: Path,
        limits: Limits = _LIMITS,
        *,
        damaged: Callable[[Path, str], Unreadable] = damaged,
        too_large: Callable[[Path, str, str], Unreadable] = too_large,
    ) -> None:
        self._path, self._limits = path, limits
        self._damaged, self._too_large = damaged, too_large
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-B", "-m", module, json.dumps(asdict(limits)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment(),
        )
        self.close = weakref.finalize(self, _end, self._process)

    def messages(self) -> Iterator[Message]:
        """Kind and content of each message.

        Raises ``Unreadable`` where the child dies before it ended in peace: ``file-too-large`` where memory or
        time ran out, else ``file-damaged``.
        """
        try:
            while frame := self._read(FRAME.size):
                if len(frame) < FRAME.size:
                    break
                kind, length = FRAME.unpack(frame)
                content = self._read(length)
                if len(content) < length:
                    break
                yield kind, content
            code = self._process.wait(self._limits.silence_seconds)
            if code != 0:
                raise self._death(code)
        finally:
            self.close()

    def _read(self, length: int) -> bytes:
        """So many bytes, or fewer where the child has ended."""
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101
        parts, left = [], length
        while left:
            if not select.select([pipe], [], [], self._limits.silence_seconds)[0]:
                limit = f"{self._limits.silence_seconds:,} seconds"
                raise self._too_large(self._path, "reading it takes too long", limit)
            part = pipe.read(min(left, 1024 * 1024))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _death(self, code: int) -> Unreadable:
        if code == -signal.SIGXCPU:
            limit = f"{self._limits.cpu_seconds:,} seconds of work"
            return self._too_large(self._path, "reading it takes too long", limit)
        if code in _OUT_OF_MEMORY:
            limit = f"{self._limits.memory_bytes // 1024**2:,} MiB of memory"
            return self._too_large(self._path, "reading it takes too much memory", limit)
        return self._damaged(self._path, f"its parser died of it ({code})")


def heard(child: Child) -> Iterator[Message]:
    """The child's messages; a refusal that it sends is raised here."""
    for kind, content in child.messages():
        if kind == REFUSAL:
            child.close()
            told = json.loads(content)
            refusal = _REFUSALS[told.pop("type")]
            raise refusal(told.pop("code"), told.pop("message"), **told)
        yield kind, content


def serve(arguments: list[str], read: Callable[[Path, dict[str, Any]], Iterable[Message]]) -> int:
    """Be the child: ``LIMITS PATH OPTIONS``, options and limits as JSON. The messages go where the standard output went.

    All that can be refused is refused in words; only the parser's own death is silent.
    """
    gc.set_threshold(100_000)  # most of its life goes into importing what stays
    take_limits(arguments[0])
    path, options = Path(arguments[1]), json.loads(arguments[2])
    with os.fdopen(os.dup(1), "wb") as pipe:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        try:
            for kind, content in read(path, options):
                send(pipe, kind, content)
        except Refusal as refusal:
            told = {
                "type": type(refusal).__name__,
                "code": refusal.code,
                "message": refusal.message,
                "hint": refusal.hint,
                "details": refusal.details,
            }
            send(pipe, REFUSAL, json.dumps(told).encode())
        except MemoryError:
            return OUT_OF_MEMORY
        except BrokenPipeError:
            os.dup2(silence, pipe.fileno())
    return 0


def take_limits(text: str) -> None:
    """Take on, in the child, the limits its first argument states. macOS does not keep the one of memory."""
    import resource

    limits = Limits(**json.loads(text))
    wanted = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for name, limit in wanted.items():
        hard = resource.getrlimit(name)[1]
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(name, (most, hard))


def send(pipe: IO[bytes], kind: bytes, content: bytes) -> None:
    """Hand a message to the parent."""
    pipe.write(FRAME.pack(kind, len(content)))
    pipe.write(content)
    pipe.flush()


def environment() -> dict[str, str]:
    """All that a child sees: where its modules are, and no more threads than it needs."""
    paths = [path for path in sys.path if path]
    return {"PYTHONPATH": os.pathsep.join(paths), "POLARS_MAX_THREADS": "1", "LC_ALL": "C.UTF-8"}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
