"""Parses a workbook for :mod:`stocktake.readers.workbook`, in a process of its own; see :mod:`stocktake.readers.child`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stocktake.readers.child import Message, serve


def _read(path: Path, wanted: dict[str, Any]) -> Iterator[Message]:
    from stocktake.model.options import Limits, ReadOptions
    from stocktake.readers.sheet import read_sheet

    batch_rows, limits = wanted.pop("batch_rows"), Limits(**wanted.pop("limits"))
    return read_sheet(path, wanted.pop("kind"), ReadOptions(**wanted, limits=limits), batch_rows)


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:], _read))
