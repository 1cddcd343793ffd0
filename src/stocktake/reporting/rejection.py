"""What is wrong with rejected rows, one line per row (ERR-2, ERR-3)."""

from __future__ import annotations

import polars as pl


def told_by_row(problems: pl.DataFrame) -> pl.DataFrame:
    """``_row, line, codes, problems``: each row's codes and its sentences, in the order of ``problems``.

    problems: as ``PlanFrames.problems``.
    """
    told = (
        pl.when(pl.col("column").is_null())
        .then("message")
        .otherwise(pl.format("{}: {}", "column", "message"))
    )
    return (
        problems.with_columns(_told=told)
        .group_by("_row", "line", maintain_order=True)
        .agg(
            codes=pl.col("code").unique(maintain_order=True).str.join(" "),
            problems=pl.col("_told").str.join(" "),
        )
    )


#: What several rows have in common whose messages name each other.
_TOGETHER = {
    "duplicate-key": "has the same value on several rows, which differ",
    "unique-error": "must be unique, and is not",
}
#: The value in quotes that a message begins with, and the first sentence of what follows.
_QUOTED, _SENTENCE = r'(?s)^".*?" ', r"(?s)^(.*?)\.(?:\s|$)"


def problem_groups(problems: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The kinds of problems, most frequent first, and ``problems`` with the ``group`` that each is of.

    problems: ``line, column, value, code, message`` and more. Kinds: ``group, column, code, what, rows, lines`` (the first
    three): "3 × Amount is not a number, e.g. line 14".
    """
    message, whole = pl.col("message"), pl.format('"{}" ', pl.col("value").fill_null(""))
    bare = (
        pl.when(message.str.starts_with(whole))
        .then(message.str.slice(whole.str.len_chars()))
        .otherwise(message.str.replace(_QUOTED, ""))
    )
    said = pl.coalesce(bare.str.extract(_SENTENCE, 1), bare)
    quoted = message.str.contains(_QUOTED)
    together = pl.col("code").replace_strict(_TOGETHER, default=None, return_dtype=pl.String)
    about_column = pl.format("{} {}", "column", pl.coalesce(together, said))
    told = problems.with_columns(
        what=pl.when(pl.col("column").is_not_null() & (quoted | together.is_not_null()))
        .then(about_column)
        .otherwise(pl.coalesce(together, said))
    )
    told = told.with_columns(
        group=pl.concat_str([pl.col("column").fill_null(""), "code", "what"], separator="|")
        .hash()
        .cast(pl.String)
    )
    kinds = (
        told.group_by("group", maintain_order=True)
        .agg(
            pl.col("column", "code", "what").first(),
            rows=pl.col("line").n_unique(),
            lines=pl.col("line").unique(maintain_order=True).head(3),
        )
        .sort("rows", descending=True, maintain_order=True)
    )
    return kinds, told.drop("what")
