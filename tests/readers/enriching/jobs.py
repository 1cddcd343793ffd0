"""What a child may be asked to do that no file of ours makes it do reliably: to hang, to die, to take all memory."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stocktake.ports.enricher import Enrichment


def look(path: Path, options: Mapping[str, Any]) -> Enrichment:
    """By the file's name."""
    match path.name:
        case "hang":
            time.sleep(600)
        case "spin":
            while True:
                pass
        case "abort":
            os.abort()
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            os._exit(3)
        case "raise":
            raise KeyError("a bug")
        case "memory":
            return Enrichment(tags={"comment": "x" * 4 * 1024**3})
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "loud":
            return Enrichment(tags={str(number): "x" * 9_000 for number in range(1_000)})
        case "print":
            print("not an answer")
    return Enrichment(tags={"title": path.name, "comment": str(os.getpid()), "genres": ("a", "b")})
