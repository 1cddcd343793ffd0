"""Which files of a section its collection leaves out, by where they lie here (MED: Importers)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stocktake.media.path_mapping import below, mapped_paths
from stocktake.model.media import PathMapping
from stocktake.readers.filetree.ignoring import Ignoring


def with_exclusions(
    files: pl.DataFrame, roots: Sequence[str], mappings: Sequence[PathMapping], excludes: tuple[str, ...]
) -> pl.DataFrame:
    """``located`` files with ``is_left_out``; ``roots``: the folders of the section, as the server names them.

    A pattern sees the part of a mapped path below the section's folder; of a path without a mapping, that of the server's
    own. What lies in a folder that is left out is left out. Raises ``InvalidInput`` ``bad-exclude``.
    """
    if not excludes:
        return files.with_columns(is_left_out=pl.lit(value=False))
    here = mapped_paths(pl.Series("root", list(roots), dtype=pl.String), mappings).drop_nulls()
    local, file = files["local"], files["file"]
    seen = pl.select(pl.coalesce(below(local, here.to_list()), below(file, roots), local, file)).to_series()
    left_out = _left_out(seen.str.strip_prefix("/"), Ignoring("", excludes).excluded())
    return files.with_columns(is_left_out=left_out)


def _left_out(paths: pl.Series, excluded: pl.Expr) -> pl.Series:
    """Whether a path or a folder that it lies in is excluded; of ``relative``, folders with a slash at the end."""
    places = pl.DataFrame({"place": pl.int_range(len(paths), eager=True), "relative": paths})
    segments = pl.col("relative").str.split("/")
    depths = places.select("place", segments=segments).with_columns(
        depth=pl.int_ranges(1, pl.col("segments").list.len())
    )
    folders = depths.explode("depth", empty_as_null=False).select(
        "place", relative=pl.col("segments").list.head("depth").list.join("/") + "/"
    )
    found = pl.concat([places, folders]).filter(excluded)["place"]
    return places["place"].is_in(found.implode())
