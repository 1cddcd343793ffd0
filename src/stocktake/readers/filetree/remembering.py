"""What is kept for the next walk: what this one saw, and what it did not look at as it was seen last."""

from __future__ import annotations

from typing import Any

import polars as pl

from stocktake.media.unknown import lies_below
from stocktake.readers.filetree.judging import Judged
from stocktake.readers.filetree.state import KEPT, Remembered, State
from stocktake.readers.filetree.survey import Survey


def remembered(
    survey: Survey, judged: Judged, last: Remembered | None, settings: dict[str, Any], digest: str
) -> bytes:
    """The state. ``digest``: of the walk; "" where only a part of the collection was in scope."""
    files, assets, roots = judged.media.select(KEPT.keys()), judged.assets, survey.roots
    beside, is_part = judged.beside, not digest
    if last:
        roots = {**last.roots, **roots}
    if last and (is_part or survey.shut):
        files, more = _with(files, last.files(settings), "raw", "uri", survey, everything=is_part)
        assets, _ = _with(
            assets, last.assets(), "canonical_key_hash", "source_uri", survey, everything=is_part
        )
        beside = pl.concat([beside, last.attending().join(beside, on="raw", how="anti")])
        digest = "" if more else digest
    if not judged.is_settled:
        digest = ""
    return State(
        settings=settings,
        roots=roots,
        digest=digest,
        late=judged.late,
        files=files,
        assets=assets,
        beside=beside,
        seen=survey.seen if digest or not last else last.seen,
    ).to_bytes()


def _with(
    now: pl.DataFrame, then: pl.DataFrame, key: str, uri: str, survey: Survey, *, everything: bool
) -> tuple[pl.DataFrame, bool]:
    """``now`` and what else there was, of all that was not looked at; and whether there was any."""
    unseen = then.join(now, on=key, how="anti")
    if not everything:
        unseen = unseen.filter(lies_below(unseen[uri], survey.shut_uris()))
    return pl.concat([now, unseen]), not unseen.is_empty()
