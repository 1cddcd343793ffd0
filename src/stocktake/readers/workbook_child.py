"""Parses a workbook for :mod:`stocktake.readers.workbook`, in a process of its own; see :mod:`stocktake.readers.child`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stocktake.readers.child import Message, serve


def _read(path: Path, options: dict[str, Any]) -> Iterator[Message]:
    from stocktake.readers.sheet import read_sheet

    return read_sheet(path, options["sheet"], options["header_line"], options["batch_rows"])


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:], _read))
