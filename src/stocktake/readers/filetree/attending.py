"""The files beside media, and what those that say something are told by: an edited one is a change of its asset (MED-D5).

Size and time, as of the media; where the collection asks for hashes, a full hash, so that one that was merely written anew
says nothing new. Pictures count by their path alone: nobody reads them, and servers make them anew as they please.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.json_text import quoted
from stocktake.media.file_change import StatPolicy, compared
from stocktake.media.junk import PICTURES
from stocktake.model.media import Failure, HashPolicy
from stocktake.readers.filetree.detail import with_content


@dataclass(frozen=True, slots=True, kw_only=True)
class Attending:
    """``files``: those beside media, with ``ATTENDING`` and ``literal``, the JSON object of each: path, and what tells it.

    ``read``: how many were read; ``differing``: of how many the hash is another though size and time are as they were.
    """

    files: pl.DataFrame
    failures: tuple[Failure, ...] = ()
    read: int = 0
    differing: int = 0


def attending(
    files: pl.DataFrame, last: pl.DataFrame, policy: HashPolicy, stats: StatPolicy, *, verify: bool
) -> Attending:
    """``files``: of a survey, flagged; ``last``: ``ATTENDING``. Raises ``Unreadable`` ``blake3-missing``."""
    beside = compared(files.filter(pl.col("role") == "beside"), last, stats)
    same = pl.col("change") == "same"
    known = [pl.when(same).then(name).alias(name) for name in ("signature_kind", "signature")]
    before = beside["signature"]
    beside = beside.with_columns(*known, quick=pl.lit(None, pl.String))
    if policy is HashPolicy.NONE:
        none = pl.lit(None, pl.String)
        return Attending(files=_told(beside.with_columns(signature_kind=none, signature=none)))
    wanted = _is_telling() & (pl.col("signature_kind").ne_missing(policy.value) | pl.lit(verify))
    read = int(beside.select(wanted.sum()).item())
    beside, failures = with_content(beside, wanted, policy)
    differing = (beside["change"] == "same") & (beside["signature"] != before)
    return Attending(files=_told(beside), failures=tuple(failures), read=read, differing=int(differing.sum()))


def _is_telling() -> pl.Expr:
    return ~pl.col("name").str.extract(r"\.([^.]+)$").is_in(list(PICTURES)).fill_null(value=False)


def _told(beside: pl.DataFrame) -> pl.DataFrame:
    path = pl.concat_str(pl.lit('{"path":'), quoted(pl.col("path")))
    hashed = pl.concat_str(pl.lit(',"'), "signature_kind", pl.lit('":"'), "signature", pl.lit('"}'))
    stat = pl.concat_str(pl.lit(',"size":'), "size", pl.lit(',"mtime_ns":'), "mtime_ns", pl.lit("}"))
    told = pl.when(_is_telling()).then(pl.coalesce(hashed, stat)).otherwise(pl.lit("}"))
    return beside.with_columns(literal=pl.concat_str(path, told))
