"""Files that are one asset: the parts of a film in several, and what lies beside it (MED: Importers).

Parts are files of one folder whose names say the same but for the part, each another part. What lies beside an asset are
subtitles, ``.nfo``, ``.json``, pictures and the like

- whose name is the asset's, perhaps with more behind a dot or a dash: ``Film.de.srt``, ``Film-poster.jpg``;
- or that lie in a folder with just one asset: ``poster.jpg``, ``movie.nfo``; not so in the root itself.

What lies in ``Subs`` or ``Subtitles`` counts as lying in the folder above.
"""

from __future__ import annotations

import polars as pl

from stocktake.media.extension import AUDIO, BESIDE, SUBTITLE, VIDEO

#: How many words behind a dot or a dash a file beside an asset may have more than that.
_MOST_CUTS = 6
_SUBTITLE_FOLDER = r"(?i)(?:^|/)(?:subs|subtitles)/$"


def roles() -> pl.Expr:
    """``media``, ``beside`` or ``other``, told by the extension; of the column ``relative``."""
    extension = pl.col("relative").str.extract(r"\.([^./]+)$").str.to_lowercase()
    return (
        pl.when(extension.is_in(list(VIDEO | AUDIO)))
        .then(pl.lit("media"))
        .when(extension.is_in(list(SUBTITLE | BESIDE)))
        .then(pl.lit("beside"))
        .otherwise(pl.lit("other"))
    )


def gathered(files: pl.DataFrame) -> pl.DataFrame:
    """The media among ``files`` with the asset each belongs to and its place in it.

    ``files`` has ``relative``, ``role``, ``part`` (Int64, null where the name says none) and ``alike`` (String, equal for
    files of one asset; null where it has no parts). Adds ``folder``, ``lead`` (UInt32, the number of the asset's first file
    among the media) and ``row``; the rows stay in their order.
    """
    media = files.filter(pl.col("role") == "media").with_row_index("row")
    media = media.with_columns(folder=_folder(pl.col("relative")))
    if not media["part"].count():
        return media.with_columns(lead="row")
    alike = ("folder", "alike")
    several = pl.col("part").is_not_null() & pl.col("alike").is_not_null() & (pl.len().over(alike) > 1)
    told_apart = pl.col("part").n_unique().over(alike) == pl.len().over(alike)
    first = pl.col("row").sort_by("part").first().over(alike)
    return media.with_columns(lead=pl.when(several & told_apart).then(first).otherwise("row"))


def beside(files: pl.DataFrame, media: pl.DataFrame) -> pl.DataFrame:
    """What lies beside the media that :func:`gathered` gave: ``lead`` (UInt32) and ``path`` (String), sorted by both.

    ``files`` has ``relative``, ``role`` and ``path``. What belongs to no asset is not among it.
    """
    folder = _folder(pl.col("relative"))
    home = pl.when(folder.str.contains(_SUBTITLE_FOLDER)).then(folder.str.replace("[^/]*/$", "")).otherwise(folder)
    rest = files.filter(pl.col("role") == "beside").select("path", folder=home, stem=_stem())
    stems = media.select("folder", stem=_stem(), lead="lead").unique(["folder", "stem"], keep="first")
    found = []
    for _ in range(_MOST_CUTS):
        if rest.is_empty():
            break
        told = rest.join(stems, on=["folder", "stem"], how="left")
        found.append(told.filter(pl.col("lead").is_not_null()).select("lead", "path"))
        rest = told.filter(pl.col("lead").is_null()).drop("lead")
        rest = rest.with_columns(pl.col("stem").str.replace(r"(?s)^(.+)[.-][^.-]*$", "${1}"))
    if not rest.is_empty():
        alone = media.group_by("folder").agg(pl.col("lead").unique()).filter(pl.col("lead").list.len() == 1)
        alone = alone.filter(pl.col("folder") != "").with_columns(pl.col("lead").list.first())
        found.append(rest.join(alone, on="folder").select("lead", "path"))
    none = pl.DataFrame(schema={"lead": pl.UInt32, "path": pl.String})
    return pl.concat([none, *found]).sort("lead", "path")


def _folder(path: pl.Expr) -> pl.Expr:
    return path.str.replace("[^/]*$", "")


def _stem() -> pl.Expr:
    return pl.col("relative").str.extract("([^/]*)$").str.replace(r"(?s)^(.+)\.[^.]*$", "${1}")
