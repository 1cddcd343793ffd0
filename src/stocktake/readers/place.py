"""Where within its line a record breaks, as part of its fault: ``extra-cell@6_cells_instead_of_5;_…`` (REA-4).

Characters count from 1 within the line, as an editor shows them. Whole columns at a time, of the broken records alone.
"""

from __future__ import annotations

import polars as pl

from stocktake.readers.grammar import QUOTE, Grammar

_TEXT = pl.col("text")
#: Stands for a delimiter within quotes.
_MASK = "\0"


def ragged(records: pl.DataFrame, grammar: Grammar, *, exact: bool) -> pl.Series:
    """``extra-cell`` or ``missing-cell`` with how many cells there are and where the first wrong one is; null where sound.

    records: their ``text``, sound in itself. exact: whether it stands in the file as it does here.
    """
    counted = records.select("text", count=grammar.cells(_TEXT)).with_row_index("at")
    wrong = counted.filter(pl.col("count") != grammar.width)
    if wrong.is_empty():
        return pl.repeat(None, records.height, dtype=pl.String, eager=True)
    extra = pl.col("count") > grammar.width
    code = pl.when(extra).then(pl.lit("extra-cell")).otherwise(pl.lit("missing-cell"))
    noun = pl.when(pl.col("count") == 1).then(pl.lit("_cell")).otherwise(pl.lit("_cells"))
    told = [code, pl.lit("@"), pl.col("count"), noun, pl.lit(f"_instead_of_{grammar.width}")]
    if exact:
        before = _unquoted(grammar).str.split(grammar.delimiter).list.head(grammar.width)
        wrong = wrong.with_columns(text=before.list.join(grammar.delimiter))
        what = pl.when(extra).then(pl.lit("_begins_at")).otherwise(pl.lit("_is_missing_at"))
        number = pl.min_horizontal("count", grammar.width) + 1
        told += [pl.lit(";_cell_"), number, what, _position(pl.when(extra).then(2).otherwise(1))]
    faults = wrong.select("at", fault=pl.concat_str(told))
    nothing = pl.repeat(None, records.height, dtype=pl.String, eager=True)
    return nothing.scatter(faults["at"], faults["fault"])


def quoted(grammar: Grammar) -> pl.Expr:
    """The ``fault`` of records whose quotes are broken, with the quote that opens, or with where cells end to be sound."""
    opened = _TEXT.str.extract(grammar.opened, 1)
    sound = _TEXT.str.extract(grammar.sound, 1)
    unclosed = pl.col("fault") == "unclosed-quote"
    found = pl.when(unclosed).then(opened).otherwise(sound).str.len_chars() + 1
    what = pl.when(unclosed).then(pl.lit("@Opened_at")).otherwise(pl.lit("@At"))
    return pl.coalesce(pl.concat_str("fault", what, pl.lit("_character_"), found), "fault")


def first_cell(code: str, wrong: dict[str, pl.Expr], sign: str = "") -> pl.Expr:
    """``code`` with the number of the first cell that is wrong, and where in it ``sign`` stands; null where none is."""
    found = []
    for name, is_wrong in wrong.items():
        told = pl.lit(f"{code}@Cell_{int(name.removeprefix('c')) + 1}")
        if sign:
            before = pl.col(name).str.split(sign).list.first().str.len_chars()
            told = pl.concat_str(told, pl.lit(",_its_character_"), before + 1)
        found.append(pl.when(is_wrong).then(told))
    return pl.coalesce(found)


def _unquoted(grammar: Grammar) -> pl.Expr:
    """The text, each delimiter within quotes hidden; as long as it was."""
    hidden = pl.element().str.replace_all(grammar.delimiter, _MASK, literal=True)
    within = pl.int_range(pl.len()) % 2 == 1
    parts = _TEXT.str.split(QUOTE).list.eval(pl.when(within).then(hidden).otherwise(pl.element()))
    return pl.when(_TEXT.str.contains(QUOTE, literal=True)).then(parts.list.join(QUOTE)).otherwise(_TEXT)


def _position(behind: pl.Expr) -> pl.Expr:
    """``_character_31`` of a place so far behind the text's end, and of which line of the record, if not of its first."""
    lines = _TEXT.str.count_matches("\n", literal=True)
    character = _TEXT.str.extract("([^\n]*)$", 1).str.len_chars() + behind
    line = pl.when(lines > 0).then(pl.format("_of_its_line_{}", lines + 1)).otherwise(pl.lit(""))
    return pl.concat_str(pl.lit("_character_"), character, line)
