"""Which files need no second look, told from what the file system says of them (MED-D5, MED-D12).

====== =====================================================================================
change meaning
====== =====================================================================================
new    its path was not there when the folder was last walked
same   size, mtime_ns, ctime_ns and inode are what they were: it is not opened
again  they are, but it was touched so shortly before the last walk that it may have changed
       since without a trace: file systems count time in steps
touched one of them differs (not: is newer; a restored file is older)
====== =====================================================================================
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

#: File systems count time in steps; the coarsest, FAT, in steps of two seconds.
GRANULARITY_NS = 2_000_000_000
#: A time further ahead of the clock than this is nonsense and says nothing of when a file was written.
FAR_AHEAD_NS = 86_400_000_000_000


class StatPolicy(StrEnum):
    """What must be equal for a file to count as the same; some file systems do not keep inodes or ctimes."""

    FULL = "full"
    NO_INODE = "no-inode"
    NO_CTIME = "no-ctime"


#: The columns that each policy compares.
COMPARED = {
    StatPolicy.FULL: ("size", "mtime_ns", "ctime_ns", "inode"),
    StatPolicy.NO_INODE: ("size", "mtime_ns", "ctime_ns"),
    StatPolicy.NO_CTIME: ("size", "mtime_ns", "inode"),
}


def compared(files: pl.DataFrame, last: pl.DataFrame, policy: StatPolicy = StatPolicy.FULL) -> pl.DataFrame:
    """The files with ``change`` (String, as above) and everything that ``last`` knew of the same path.

    Both have ``raw`` (Binary, once each), ``size``, ``mtime_ns``, ``ctime_ns`` and ``inode`` (Int64), ``last`` also
    ``is_racy``. What only ``last`` has is null where the file is new; its stat columns are ``last_size`` and so on. The rows
    stay in their order.
    """
    stats = ("size", "mtime_ns", "ctime_ns", "inode", "is_racy")
    before = last.rename({name: f"last_{name}" for name in stats})
    twice = [name for name in before.columns if name in files.columns and name != "raw"]
    joined = files.join(before.drop(twice), on="raw", how="left", maintain_order="left")
    differs = pl.any_horizontal(pl.col(name) != pl.col(f"last_{name}") for name in COMPARED[policy])
    change = (
        pl.when(pl.col("last_size").is_null())
        .then(pl.lit("new"))
        .when(differs)
        .then(pl.lit("touched"))
        .when("last_is_racy")
        .then(pl.lit("again"))
        .otherwise(pl.lit("same"))
    )
    return joined.with_columns(change=change)


def is_racy(at_ns: int, granularity_ns: int = GRANULARITY_NS) -> pl.Expr:
    """Whether a file may yet change without its times telling: it was touched about when the walk began (``at_ns``)."""
    return _lately("mtime_ns", at_ns, granularity_ns) | _lately("ctime_ns", at_ns, granularity_ns)


def is_being_written(at_ns: int, settle_ns: int) -> pl.Expr:
    """Whether a file's last write is younger than the settle time (MED-D12).

    A server's clock may be ahead of ours, so a time a little in the future is young too; where it is far ahead, the
    ctime, which nobody can set, stands for it.
    """
    nonsense = pl.col("mtime_ns") > at_ns + FAR_AHEAD_NS
    return _lately("mtime_ns", at_ns, settle_ns) | (nonsense & _lately("ctime_ns", at_ns, settle_ns))


def _lately(column: str, at_ns: int, span_ns: int) -> pl.Expr:
    return (pl.col(column) > at_ns - span_ns) & (pl.col(column) <= at_ns + FAR_AHEAD_NS)
