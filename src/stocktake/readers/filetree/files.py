"""The files of a walk, as a frame.

============ ======= ==========================================================================
column       type    meaning
============ ======= ==========================================================================
``raw``      Binary  its absolute path, as the file system has it
``path``     String  the same, shown (:mod:`stocktake.media.raw_path`)
``relative`` String  the part below the root, shown
``name``     String  its name alone, shown, in lower case
``size``     Int64   bytes
``mtime_ns`` Int64   when it was last written, in nanoseconds since 1970
``ctime_ns`` Int64   when anything of it was last changed
``inode``    Int64
``device``   Int64   of the folder it lies in
============ ======= ==========================================================================
"""

from __future__ import annotations

import os
import sys
from itertools import chain, repeat
from typing import Any

import numpy as np
import polars as pl

from stocktake.media.raw_path import shown, shown_paths
from stocktake.readers.filetree.walking import WIDTH, Walk

FILES: dict[str, Any] = {
    "raw": pl.Binary,
    "path": pl.String,
    "relative": pl.String,
    "name": pl.String,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "ctime_ns": pl.Int64,
    "inode": pl.Int64,
    "device": pl.Int64,
}
_KIND, _REGULAR = 0o170000, 0o100000


def files_of(walk: Walk, root: str) -> pl.DataFrame:
    """The regular files, in the order of the walk; ``root`` is the absolute path it began at."""
    facts = np.frombuffer(walk.facts, np.int64).reshape(-1, WIDTH)
    rows = np.flatnonzero(facts[:, 0] & _KIND == _REGULAR)
    owner = pl.Series(np.repeat(np.arange(len(walk.counts), dtype=np.uint32), walk.counts)[rows])
    below = f"{root.rstrip('/')}/"
    raw = _raw(walk, below, rows, owner)
    start = len(shown(os.fsencode(below)))
    device = np.repeat(np.array(walk.devices, dtype=np.uint64).view(np.int64), walk.counts)[rows]
    frame = pl.DataFrame({"raw": raw, "path": shown_paths(raw), "device": device})
    columns = {
        name: facts[rows, place] for place, name in enumerate(("size", "mtime_ns", "ctime_ns", "inode"), 1)
    }
    return frame.with_columns(
        relative=pl.col("path").str.slice(start),
        name=pl.col("path").str.extract("([^/]*)$").str.to_lowercase(),
        **{name: pl.Series(values) for name, values in columns.items()},
    ).select(pl.col(name).cast(kind) for name, kind in FILES.items())


def _raw(walk: Walk, below: str, rows: np.ndarray[Any, Any], owner: pl.Series) -> pl.Series:
    if sys.getfilesystemencoding() == "utf-8":
        try:
            folders = pl.Series("folder", [below + each for each in walk.folders], dtype=pl.String)
            names = pl.Series("name", walk.names, dtype=pl.String)
        except UnicodeEncodeError:
            pass  # a name is no UTF-8
        else:
            frame = pl.DataFrame([folders.gather(owner), names.gather(rows)])
            return frame.select(raw=pl.concat_str("folder", "name").cast(pl.Binary)).to_series()
    owners = chain.from_iterable(map(repeat, walk.folders, walk.counts))
    whole = [os.fsencode(f"{below}{folder}{name}") for folder, name in zip(owners, walk.names, strict=True)]
    return pl.Series("raw", whole, dtype=pl.Binary).gather(rows)
