"""Parses a workbook for :mod:`stocktake.readers.workbook`, in a process of its own; see :mod:`stocktake.readers.child`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from stocktake.readers.child import OUT_OF_MEMORY, REFUSAL, send, take_limits


def main(arguments: list[str]) -> int:
    """``LIMITS PATH OPTIONS``, options and limits as JSON. The messages go where the standard output went."""
    take_limits(arguments[0])
    path, options = Path(arguments[1]), json.loads(arguments[2])
    with os.fdopen(os.dup(1), "wb") as pipe:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        try:
            _read(path, options, pipe)
        except MemoryError:
            return OUT_OF_MEMORY
        except BrokenPipeError:
            os.dup2(silence, pipe.fileno())
    return 0


def _read(path: Path, wanted: dict[str, Any], pipe: IO[bytes]) -> None:
    """All that can be refused is refused in words; only the parser's own death is silent."""
    from stocktake.model.errors import Refusal
    from stocktake.model.options import Limits, ReadOptions
    from stocktake.readers.sheet import read_sheet

    batch_rows, limits = wanted.pop("batch_rows"), Limits(**wanted.pop("limits"))
    try:
        for message, content in read_sheet(
            path, wanted.pop("kind"), ReadOptions(**wanted, limits=limits), batch_rows
        ):
            send(pipe, message, content)
    except Refusal as refusal:
        told = {
            "type": type(refusal).__name__,
            "code": refusal.code,
            "message": refusal.message,
            "hint": refusal.hint,
            "details": refusal.details,
        }
        send(pipe, REFUSAL, json.dumps(told).encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
