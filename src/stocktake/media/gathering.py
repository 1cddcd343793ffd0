"""Files that are one asset: the parts of a film in several, and what lies beside it (MED: Importers).

Parts are told by :func:`stocktake.media.stacking.stacked`; here is the same for a whole frame. What lies beside an asset are
subtitles, ``.nfo``, ``.json``, pictures and the like, :data:`stocktake.media.junk.SIDECARS`,

- whose name is the asset's, perhaps with more behind a dot or a dash: ``Film.de.srt``, ``Film-poster.jpg``;
- that belong to everything in their folder: ``poster.jpg``, ``season.nfo``, but not in the root;
- or that lie in a folder, but the root, with just one asset.

What lies in ``Subs`` or ``Subtitles`` counts as lying in the folder above. Case makes no difference.
"""

from __future__ import annotations

import polars as pl

from stocktake.media.extension import AUDIO, VIDEO
from stocktake.media.junk import OF_THE_FOLDER, SIDECARS

#: How many words behind a dot or a dash a file beside an asset may have more than that.
_MOST_CUTS = 6
_BESIDE = {"lead": pl.UInt32, "path": pl.String, "literal": pl.String}
_SUBTITLE_FOLDER = r"(?:^|/)(?:subs|subtitles)/$"


def roles() -> pl.Expr:
    """``media``, ``beside`` or ``other``, told by the columns ``name`` and ``extension``, in lower case."""
    of_the_folder = pl.col("name").is_in(list(OF_THE_FOLDER))
    return (
        pl.when(pl.col("extension").is_in(list(VIDEO | AUDIO)) & ~of_the_folder)
        .then(pl.lit("media"))
        .when(pl.col("extension").is_in(list(SIDECARS)) | of_the_folder)
        .then(pl.lit("beside"))
        .otherwise(pl.lit("other"))
    )


def gathered(files: pl.DataFrame) -> pl.DataFrame:
    """The media among ``files`` with the asset each belongs to and its place in it.

    ``files`` has ``relative``, ``role``, ``part`` (Int64, null where the name says none) and ``alike`` (String, equal for
    files whose paths differ in the number of the part alone; null where there is none). Adds ``row`` (UInt32, its number
    among the media) and ``lead``, that of the asset's first file; the rows stay in their order.
    """
    media = files.filter(pl.col("role") == "media").with_row_index("row")
    if not media["part"].count():
        return media.with_columns(lead="row")
    part, number = pl.col("part"), pl.len()
    counts = (number > 1) & (part.n_unique() == number) & (part.min() == 1) & (part.max() == number)
    stacked = (pl.col("alike").is_not_null() & counts.over("alike")).fill_null(value=False)
    first = pl.col("row").sort_by("part").first().over("alike")
    return media.with_columns(lead=pl.when(stacked).then(first).otherwise("row"))


def beside(files: pl.DataFrame, media: pl.DataFrame) -> pl.DataFrame:
    """What lies beside the media that :func:`gathered` gave: ``lead`` (UInt32), ``path`` and ``literal``, by lead and path.

    ``files`` has ``relative``, ``name``, ``role``, ``path`` and ``literal``. What belongs to no asset is not among it.
    """
    folder = _folder(pl.col("relative"))
    above = folder.str.replace("[^/]*/$", "")
    home = pl.when(folder.str.contains(_SUBTITLE_FOLDER)).then(above).otherwise(folder)
    rest = files.filter(pl.col("role") == "beside").select(
        "path", "literal", "name", folder=home, stem=_stem()
    )
    media = media.select("lead", folder=_folder(pl.col("relative")), stem=_stem())
    stems = media.unique(["folder", "stem"], keep="first", maintain_order=True)
    found = []
    for _ in range(_MOST_CUTS):
        if rest.is_empty():
            break
        told = rest.join(stems, on=["folder", "stem"], how="left")
        found.append(told.filter(pl.col("lead").is_not_null()).select(_BESIDE.keys()))
        rest = told.filter(pl.col("lead").is_null()).drop("lead")
        rest = rest.with_columns(pl.col("stem").str.replace(r"(?s)^(.+)[.-][^.-]*$", "${1}"))
    assets = media.select("folder", "lead").unique().filter(pl.col("folder") != "")
    alone = assets.filter(pl.col("folder").is_unique())
    is_all = pl.col("name").is_in(list(OF_THE_FOLDER))
    for each, owners in ((rest.filter(is_all), assets), (rest.filter(~is_all), alone)):
        found.append(each.join(owners, on="folder").select(_BESIDE.keys()))
    return pl.concat([pl.DataFrame(schema=_BESIDE), *found]).sort("lead", "path")


def _folder(path: pl.Expr) -> pl.Expr:
    return path.str.to_lowercase().str.replace("[^/]*$", "")


def _stem() -> pl.Expr:
    return pl.col("name").str.replace(r"(?s)^(.+)\.[^.]*$", "${1}")
