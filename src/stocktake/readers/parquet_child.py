"""Parses a Parquet file for :mod:`stocktake.readers.parquet`, in a process of its own (:mod:`stocktake.readers.child`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stocktake.readers.child import Message, serve


def _read(path: Path, options: dict[str, Any]) -> Iterator[Message]:
    from stocktake.model.options import Limits
    from stocktake.readers.parquet_table import read_parquet

    return read_parquet(path, options["batch_rows"], Limits(**options["limits"]))


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:], _read))
