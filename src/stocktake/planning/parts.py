"""A plan's frames as parts, each the Parquet of some rows of one of them, and back again (PLN-24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

import polars as pl

from stocktake.model.plan import PlanFrames, ReferenceFrames
from stocktake.model.record_type import RecordType
from stocktake.planning.packed import Packed, pack, unpack
from stocktake.planning.reference import Pointing

#: One row per part: the frame it is of, how many of its rows, and these as Parquet.
PARTS = pl.Schema({"frame": pl.String(), "rows": pl.UInt32(), "content": pl.Binary()})

#: Rows of one part.
PART_ROWS = 100_000

_AT_REST = ("drafts", "cells")
_REFERENCES = "references"


def parts_of(frames: PlanFrames) -> pl.DataFrame:
    """All frames of a plan as ``PARTS``, in the order of their rows; an empty frame has a part without rows."""
    told = [*_wholes(frames, ""), *_at_rest(frames)]
    if frames.references is not None:
        told += _wholes(frames.references, f"{_REFERENCES}.")
    return pl.DataFrame(told, schema=PARTS, orient="row")


def _wholes(frames: PlanFrames | ReferenceFrames, prefix: str) -> Iterator[tuple[str, int, bytes]]:
    for each in fields(frames):
        frame = getattr(frames, each.name)
        if isinstance(frame, pl.DataFrame):
            for part in frame.iter_slices(PART_ROWS) if frame.height else (frame,):
                yield f"{prefix}{each.name}", part.height, pack(part)


def _at_rest(frames: PlanFrames) -> Iterator[tuple[str, int, bytes]]:
    for height, content in zip(frames.cells.heights, frames.cells.chunks(), strict=True):
        yield "cells", height, content
    for chunk in frames.drafts:
        yield "drafts", chunk.height, pack(chunk)


def frames_of(parts: pl.DataFrame, record_type: RecordType) -> PlanFrames:
    """The frames that :func:`parts_of` took apart; cells and drafts stay packed (REA-7)."""
    own, at_rest = _by_name(parts), {}
    for name in _AT_REST:
        mine = parts.filter(pl.col("frame") == name)
        at_rest[name] = Packed.of(mine["content"].to_list(), mine["rows"].to_list())
    told = {name.partition(".")[2]: frame for name, frame in own.items() if name.startswith(_REFERENCES)}
    wholes = {name: frame for name, frame in own.items() if not name.startswith(_REFERENCES)}
    referring = tuple(each.field for each in record_type.references)
    return PlanFrames(
        **wholes,
        drafts=Pointing(at_rest["drafts"], referring),
        cells=at_rest["cells"],
        references=ReferenceFrames(**told) if told else None,
    )


def _by_name(parts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    named = parts.filter(~pl.col("frame").is_in(list(_AT_REST)))
    return {name: _whole(named.filter(pl.col("frame") == name)["content"]) for name in _names(named["frame"])}


def _names(told: pl.Series) -> Iterable[str]:
    return told.unique(maintain_order=True).to_list()


def _whole(contents: pl.Series) -> pl.DataFrame:
    return pl.concat([unpack(each) for each in contents], rechunk=False)
