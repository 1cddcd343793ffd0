"""What is made of a file that was not known as it is: its key, its name, its content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from stocktake.media.canonical_key import canonical_keys, key_hashes
from stocktake.media.name import MediaName
from stocktake.media.raw_path import source_uris
from stocktake.media.stacking import without_part
from stocktake.model.media import Failure, HashPolicy
from stocktake.readers.filetree.signature import Content, Expected, signatures
from stocktake.readers.filetree.state import KEPT, NAMED

#: Reads the path of a media file, relative to its root.
ReadName = Callable[[str], MediaName]


def with_keys(media: pl.DataFrame, *, fold_case: bool) -> pl.DataFrame:
    """``uri``, ``key`` and ``key_hash`` where they are null; a key stays null where there is no usable identity."""
    return _filled(media, pl.col("key").is_null(), lambda rows: _keys(rows, fold_case=fold_case))


def _keys(rows: pl.DataFrame, *, fold_case: bool) -> pl.DataFrame:
    keys = canonical_keys(rows["path"], fold_case=fold_case).alias("key")
    return pl.DataFrame([source_uris(rows["raw"]).alias("uri"), keys, key_hashes(keys).alias("key_hash")])


def with_names(media: pl.DataFrame, read: ReadName) -> tuple[pl.DataFrame, int]:
    """The columns that a name says, where they are null; and how many names were read."""
    unread = pl.col("kind").is_null()
    number = int(media.select(unread.sum()).item())
    return _filled(media, unread, lambda rows: _names(rows["relative"].to_list(), read)), number


def _names(paths: list[str], read: ReadName) -> pl.DataFrame:
    told = [_told(path, read(path)) for path in paths]
    return pl.DataFrame(told, schema={name: KEPT[name] for name in NAMED}, orient="row")


def _told(path: str, name: MediaName) -> tuple[Any, ...]:
    return (
        name.kind,
        name.episode_title or (None if name.kind == "episode" else name.title),
        name.series_title,
        name.season,
        min(name.episodes, default=None),
        max(name.episodes, default=None),
        name.year,
        name.part,
        "\0".join(without_part(path, name)) if name.part is not None else None,
        name.extra,
    )


def with_content(
    media: pl.DataFrame,
    wanted: pl.Expr,
    policy: HashPolicy,
    heard: Callable[[int], None] = lambda files: None,
) -> tuple[pl.DataFrame, list[Failure]]:
    """Read and hash what is ``wanted``: ``quick``, ``signature_kind``, ``signature``, and ``left`` where that did not go.

    ``heard`` is told of each file that was read, and may end the reading by what it raises.
    Raises as :func:`stocktake.readers.filetree.signature.signatures`.
    """
    failures: list[Failure] = []

    def read(rows: pl.DataFrame) -> pl.DataFrame:
        facts = rows.select("raw", "size", "mtime_ns").iter_rows()
        expected = (Expected(path=raw, size=size, mtime_ns=mtime) for raw, size, mtime in facts)
        contents = []
        for each in signatures(expected, policy):
            contents.append(each)
            heard(1)
        failures.extend(each.failure for each in contents if each.failure)
        kind = "sha256" if policy is HashPolicy.NONE else policy.value
        return pl.DataFrame(
            [_content(each, kind) for each in contents],
            schema={
                "quick": pl.String,
                "signature_kind": pl.String,
                "signature": pl.String,
                "left": pl.String,
            },
            orient="row",
        )

    return _filled(media, wanted, read), failures


def _content(content: Content, kind: str) -> tuple[str | None, ...]:
    if content.failure:
        return None, None, None, content.failure.code
    if not content.is_stable:
        return None, None, None, "being-written"
    return content.quick, kind, content.strong, None


def _filled(
    media: pl.DataFrame, where: pl.Expr, make: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """The frame with the columns that ``make`` gives of the rows ``where``; the rows stay in their order."""
    mask = media.select(where.fill_null(value=False).alias("mask")).to_series()
    if not mask.any():
        return media
    made, places = make(media.filter(mask)), mask.arg_true()
    return media.with_columns(
        media[name].scatter(places, made[name].cast(media.schema[name])).alias(name) for name in made.columns
    )
