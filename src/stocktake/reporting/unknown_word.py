"""Words that are no choice of their field: which, how often, and how to say what they mean (PLN-8, CLN-4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from stocktake.model.problem import Warning
from stocktake.model.record_type import Field, FieldType, RecordType

#: So many words of a field are named, and so many lines.
_WORDS, _LINES = 10, 100
#: How alike a word and a choice must be for the choice to be offered.
_ALIKE = 0.75
#: Stands for a meaning that somebody has to choose; it is no choice itself.
_OPEN = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWords:
    """The words of a column that are none of its field's choices, each with the choice that it is most like, if any.

    ``whole``: all values of the column were looked at; else only the first ones.
    """

    field: str
    label: str
    column: str
    choices: tuple[str, ...]
    words: tuple[tuple[str, str | None], ...]
    whole: bool = True


def open_words(
    problems: pl.DataFrame, record_type: RecordType
) -> dict[str, tuple[tuple[str, str | None], ...]]:
    """Field → its words that are none of its choices; problems: as ``PlanFrames.problems``."""
    chosen = [each for each in record_type.fields if each.type is FieldType.CHOICE]
    found = _unknown(problems, chosen)
    told = {}
    for each in chosen:
        words = dict.fromkeys(found.filter(pl.col("field") == each.name)["_word"].to_list())
        alike = {word.casefold(): word for word in reversed(list(words))}
        told[each.name] = tuple((word, _near(word, each.choices)) for word in words if word in alike.values())
    return {name: words for name, words in told.items() if words}


def _unknown(problems: pl.DataFrame, chosen: Sequence[Field]) -> pl.DataFrame:
    """The problems that are unknown words, each with its ``_word``."""
    word = pl.col("value").str.strip_chars()
    return problems.filter(
        pl.col("field").is_in([each.name for each in chosen]),
        pl.col("code") == "constraint-error",
        word != "",
    ).with_columns(_word=word)


def unknown_words(problems: pl.DataFrame, record_type: RecordType) -> tuple[Warning, ...]:
    """One warning per choice field with words that are none of its choices; problems: as ``PlanFrames.problems``.

    It holds what can be pasted into a file of overrides: near choices are offered there, never taken.
    """
    chosen = [each for each in record_type.fields if each.type is FieldType.CHOICE]
    found = _unknown(problems, chosen)
    if found.is_empty():
        return ()
    told = [_told(found.filter(pl.col("field") == each.name), each) for each in chosen]
    return tuple(each for each in told if each is not None)


def _told(found: pl.DataFrame, field: Field) -> Warning | None:
    if found.is_empty():
        return None
    words = (
        found.group_by(pl.col("_word").str.to_lowercase().alias("_fold"), maintain_order=True)
        .agg(pl.col("_word").first(), pl.len().alias("rows"))
        .sort("rows", descending=True, maintain_order=True)
    )
    first = words.head(_WORDS)
    near = {each: _near(each, field.choices) for each in first["_word"]}
    named = ", ".join(
        f'"{each}" ({count:,} {"row" if count == 1 else "rows"}{f"; {near[each]}?" if near[each] else ""})'
        for each, count in first.select("_word", "rows").iter_rows()
    )
    more = f" and {words.height - _WORDS:,} more" if words.height > _WORDS else ""
    one = words.height == 1
    meanings = {field.name: {each: choice or _OPEN for each, choice in near.items()}}
    return Warning(
        code="unknown-words",
        message=f"{found['column'][0] or field.label}: {words.height:,} {'word is' if one else 'words are'} none of the "
        f"choices {_listed(field.choices)}: {named}{more}. Say what {'it means' if one else 'they mean'} with --overrides "
        f"FILE, which holds {json.dumps({'values': meanings}, ensure_ascii=False)}; a mapping keeps it under "
        f"[values.{field.name}].",
        count=found["_row"].n_unique(),
        rows=tuple(found["line"].unique(maintain_order=True).head(_LINES).to_list()),
    )


def _near(word: str, choices: Sequence[str]) -> str | None:
    """The choice that a word is most like, if any."""
    folded = {each.casefold(): each for each in choices}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=_ALIKE)
    return folded[found[0]] if found else None


def _listed(choices: Sequence[str]) -> str:
    more = f" and {len(choices) - _WORDS:,} more" if len(choices) > _WORDS else ""
    return ", ".join(choices[:_WORDS]) + more
