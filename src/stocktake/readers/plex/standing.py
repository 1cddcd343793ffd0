"""What of the items that a server lists is there, what is gone, and of what nothing can be said (MED-D10).

================================================== ===========================================================
what the server says                               what becomes of the asset
================================================== ===========================================================
``deletedAt`` on item, medium or all parts         gone: no row, and missing by the rules of presence
``exists`` false for every part                    gone
some versions or parts gone                        there, by what is left; its content has changed
the collection leaves all of what is left out      unknown: it is not looked at, and it is not missing
``accessible`` false for what is left              unknown: the server is denied the file, it is not missing
no file at all                                     unknown, and a failure that names it
every item of a folder gone                        unknown, and a failure: the folder is likely not mounted
================================================== ===========================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from stocktake.media.path_mapping import covering
from stocktake.model.media import Failure, Skips
from stocktake.readers.plex.fault import bare_failures, lost_failures

_EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``files``: those that are there, of items of which something can be said; ``unknown``: keys of the others."""

    files: pl.DataFrame
    unknown: pl.Series
    failures: tuple[Failure, ...]
    skips: tuple[Skips, ...]
    is_all_gone: bool


def standing(items: pl.DataFrame, files: pl.DataFrame, roots: Sequence[str]) -> Standing:
    """Tell the items apart; ``files``: with ``is_left_out``.

    ``roots``: the section's folders, empty where only a part of it was asked for.
    """
    files = files.filter(pl.col("at").is_in(items.get_column("at").implode()))
    lost = _lost_folders(files, roots)
    left = files.filter(~pl.col("is_gone"))
    wanted = left.filter(~pl.col("is_left_out"))
    here = wanted.filter(~pl.col("is_shut"))
    is_bare = ~_at(files)
    is_shut = _at(wanted) & ~_at(here)
    in_lost = _at(lost) & ~_at(left)
    is_gone = _at(files) & ~_at(left) & ~in_lost
    told = items.with_columns(
        bare=is_bare & ~pl.col("in_trash"),
        left_out=_at(left) & ~_at(wanted),
        shut=is_shut,
        lost=in_lost,
        gone=is_gone | (is_bare & pl.col("in_trash")),
    )
    unsaid = pl.any_horizontal("bare", "left_out", "shut", "lost")
    unknown = told.filter(unsaid).get_column("key")
    return Standing(
        files=here,
        unknown=unknown,
        failures=(*bare_failures(told.filter("bare")), *lost_failures(lost, roots)),
        skips=(
            *_skips(told.filter(pl.col("gone") & pl.col("in_trash")), "in the trash of the server"),
            *_skips(told.filter(pl.col("gone") & ~pl.col("in_trash")), "its file is gone, the server says"),
            *_skips(told.filter("left_out"), "excluded"),
            *_skips(told.filter("shut"), "the server is denied its file"),
        ),
        is_all_gone=here.is_empty()
        and bool(told.get_column("gone").any())
        and not bool(told.get_column("left_out").any()),
    )


def _at(files: pl.DataFrame) -> pl.Expr:
    return pl.col("at").is_in(files.get_column("at").unique().implode())


def _lost_folders(files: pl.DataFrame, roots: Sequence[str]) -> pl.DataFrame:
    """The files of the folders of which every file is gone, with ``root``; a section of one folder is looked at whole."""
    rooted = files.with_columns(root=covering(files.get_column("file"), roots))
    is_lost = pl.col("root").is_not_null() & pl.col("is_gone").all().over("root")
    return rooted.filter(is_lost if len(roots) > 1 else pl.lit(False))


def _skips(items: pl.DataFrame, reason: str) -> list[Skips]:
    if items.is_empty():
        return []
    titles = items.get_column("title").fill_null("untitled").head(_EXAMPLES).to_list()
    return [Skips(reason=reason, count=items.height, examples=tuple(titles))]
