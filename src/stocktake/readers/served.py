"""What a child process reads: its layout first, then frames, then what is known at the end (SEC-5)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.model.errors import Unreadable
from stocktake.model.problem import Warning
from stocktake.readers.child import BATCH, END, LAYOUT, Child, heard


class ServedReading:
    """One pass over one file. The child process ends with it.

    ``damaged`` words the refusal of a file whose parser said nothing of it. ``_told`` is what the child told before its
    rows; ``_ended`` says whether it came to its end.
    """

    def __init__(self, path: Path, child: Child, damaged: Callable[[Path, str], Unreadable]) -> None:
        self._path, self._child, self._messages = path, child, heard(child)
        kind, content = next(self._messages, (END, b""))
        if kind != LAYOUT:
            raise damaged(path, "its parser said nothing of it")
        self._told: dict[str, Any] = json.loads(content)
        self._sha256, self._complete, self._ended = "", False, False
        self._warnings: tuple[Warning, ...] = ()

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return self._sha256

    @property
    def complete(self) -> bool:
        """Whether the last row was given, and nothing else speaks against it (REA-8)."""
        return self._complete

    @property
    def plain(self) -> bool:
        """False: nobody looks."""
        return False

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """What the child found odd."""
        return self._warnings

    def _frames(self) -> Iterator[pl.DataFrame]:
        for kind, content in self._messages:
            if kind == BATCH:
                yield pl.read_ipc_stream(io.BytesIO(content))
            elif kind == END:
                self._finish(json.loads(content))

    def _finish(self, end: dict[str, Any]) -> None:
        self._sha256, self._complete, self._ended = end["sha256"], end["complete"], True
        self._warnings = tuple(
            Warning(**{**warning, "rows": tuple(warning["rows"])}) for warning in end["warnings"]
        )
