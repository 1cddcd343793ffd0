"""Looks into files for :mod:`stocktake.readers.enriching.probe`: ``JOB SECONDS MEMORY``.

One request a line on the standard input; one answer each where the standard output went.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from stocktake.media.unfit import Unfit
from stocktake.readers.child import OUT_OF_MEMORY, send

_READY, _ANSWER = b"L", b"R"


def serve(job: str, seconds: float, memory_bytes: int) -> int:
    """Answer until nobody asks any more."""
    _limit(resource.RLIMIT_DATA, memory_bytes)
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        _limit(limit, 0)
    module, _, function = job.partition(":")
    with os.fdopen(os.dup(1), "wb") as pipe:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        work = getattr(import_module(module), function)
        _tell(pipe, _READY, {})
        for line in sys.stdin.buffer:
            _grant(seconds)
            request = json.loads(line)
            try:
                enrichment = work(Path(request["path"]), request["options"])
                answer: dict[str, Any] = {"enrichment": asdict(enrichment)}
            except Unfit as unfit:
                answer = {"code": unfit.code, "why": unfit.why}
            except MemoryError:
                return OUT_OF_MEMORY
            try:
                _tell(pipe, _ANSWER, answer)
            except BrokenPipeError:
                os.dup2(silence, pipe.fileno())
                return 0
    return 0


def _tell(pipe: IO[bytes], kind: bytes, answer: dict[str, Any]) -> None:
    send(pipe, kind, json.dumps(answer).encode())


def _grant(seconds: float) -> None:
    """So much work more, and the kernel ends it, also where nobody is left who would."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds) + 1, soft=True)


def _limit(name: int, limit: int, *, soft: bool = False) -> None:
    hard = resource.getrlimit(name)[1]
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(name, (most, hard if soft else most))


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
