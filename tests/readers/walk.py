"""Inspects file after file in one process, for the walk over the corpora: a path a line comes in, a report a line goes out.

Run as a module of its own, so that a file that takes its reader down takes no test with it. Linux tells what a file took.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

import stocktake as st
from stocktake.interfaces.inspection_document import inspection_document
from stocktake.model.errors import Refusal


def inspected(book: st.Book, path: str) -> dict[str, Any]:
    """What ``stocktake inspect --json`` makes of a file, and the most memory it took, in this process and in any child."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return {
        "outcome": _outcome(book, path),
        "bytes": _peak(),
        "child_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    }


def _outcome(book: st.Book, path: str) -> str:
    """``read``, the code of the refusal, or what should never be."""
    try:
        document = inspection_document(book.inspect(path))
    except Refusal as refusal:
        return refusal.code if refusal.message and refusal.hint else f"{refusal.code} without words"
    except Exception:
        return traceback.format_exc()
    json.dumps(document, allow_nan=False)
    return "read"


def _peak() -> int:
    """The most memory this process had since its peak was last forgotten."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else sys.maxsize


if __name__ == "__main__":
    with st.open("sqlite://") as opened:
        for line in sys.stdin:
            print(json.dumps(inspected(opened, line.removesuffix("\n"))), flush=True)
