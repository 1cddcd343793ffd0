"""From lines to records: the path for blocks that hold anything but one sound record a line (REA-4).

Still whole columns at a time. Quoted cells may run over several lines. Lines with an odd number of quotes are
where such cells begin and end, so two neighbours among them make a record when everything between can lie
inside quotes. A line that fits nowhere is quarantined alone: what follows it is judged as if it were not
there.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.readers.cells import text_lines
from stocktake.readers.grammar import QUOTE, Grammar

_TEXT = pl.col("text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of a block.

    ``frame``: ``index`` (line within the block, from 0), ``at`` (its first byte), ``text`` (without its line end), ``fault``
    (``bare-quote``, ``unclosed-quote`` or null), ``ended`` (by ``crlf``, ``lf`` or ``cr``; null at the file's end), ``led``
    (CR LF ended the row before, where CR alone mostly does). ``lines`` and ``used`` bytes are used up; the bytes after them
    belong to a record that goes on in the next block.
    """

    frame: pl.DataFrame
    lines: int
    used: int


def split_records(
    data: bytes, grammar: Grammar, *, final: bool, returns_end: bool = True, swapped: bool = False
) -> Records:
    """The records of ``data``, which ends with a line; ``final`` when the file ends there.

    ``returns_end``: CR alone may end a row too. ``swapped``: CR and LF have changed places, so that it is LF alone that may,
    and a CR that begins a line belongs to the end of the line before.
    """
    lines = _physical_lines(data, swapped=swapped and returns_end).with_row_index("index")
    lines = lines.with_columns(returns=_ended_by_returns(lines, grammar) if returns_end else pl.lit(False))
    quotes = _TEXT.str.count_matches(QUOTE, literal=True)
    quoted = lines.with_columns(quotes=quotes).filter(pl.col("quotes") > 0)
    quoted = quoted.with_columns(odd=pl.col("quotes") % 2 == 1, sound=_TEXT.str.contains(grammar.record))
    odds = _pair(lines, quoted, grammar)
    used = len(data)
    if not final:
        undecided = _undecided(odds, lines, grammar, used)
        if undecided is not None:
            index, used = undecided
            lines, quoted = lines.head(index), quoted.filter(pl.col("index") < index)
    frame, more = _split_returns(_join(lines, quoted, odds, grammar))
    return Records(frame=frame, lines=lines.height + more, used=used)


def _physical_lines(data: bytes, *, swapped: bool) -> pl.DataFrame:
    """``at`` (byte offset), ``text``, ``ended``, ``led``. Polars drops a CR before LF and at the end: there is one more."""
    returns, is_whole = b"\r" in data, data.endswith(b"\n")
    lines = text_lines(data.replace(b"\n", b"\r\n") + (b"" if is_whole else b"\r") if returns else data)
    size = _TEXT.str.len_bytes().cast(pl.Int64) + 1
    led = _TEXT.str.starts_with("\r") if swapped else pl.lit(False)
    lines = lines.with_columns(at=size.cum_sum() - size, led=led)
    if swapped:
        lines = lines.with_columns(text=pl.when("led").then(_TEXT.str.strip_prefix("\r")).otherwise("text"))
    ended = pl.when(_TEXT.str.ends_with("\r")).then(pl.lit("crlf")).otherwise(pl.lit("lf"))
    lines = lines.with_columns(ended=ended)
    if not is_whole:
        last = pl.int_range(pl.len()) == pl.len() - 1
        lines = lines.with_columns(ended=pl.when(~last).then("ended"))
    return lines.with_columns(_TEXT.str.strip_suffix("\r")) if returns else lines


def _ended_by_returns(lines: pl.DataFrame, grammar: Grammar) -> pl.Expr:
    """Whether CR alone ends rows in a line: every part is then a row of the right width. Else it is part of a cell."""
    inner = _TEXT.str.contains("\r", literal=True)
    if not lines.select(inner.any()).item():
        return pl.lit(False)
    part = pl.element()
    fits = (grammar.delimiters(part) == grammar.width - 1) | (part.str.strip_chars() == "")
    parts = _TEXT.str.split("\r")
    return inner & ~_TEXT.str.contains(QUOTE, literal=True) & parts.list.eval(fits).list.all()


def _pair(lines: pl.DataFrame, quoted: pl.DataFrame, grammar: Grammar) -> pl.DataFrame:
    """The lines with an odd number of quotes; ``accepted`` where a record begins that the next one (``last``) ends.

    A pair that would swallow sound rows and still has the wrong width is an unclosed quote, not a record.
    Where pairs overlap, the earlier one wins.
    """
    following = {name: pl.col(name).shift(-1) for name in ("index", "at", "text", "closes", "more")}
    size = following["at"] + following["text"].str.len_bytes() - pl.col("at")
    odds = (
        quoted.filter("odd")
        .with_columns(
            opens=_TEXT.str.contains(grammar.opener),
            closes=_TEXT.str.contains(grammar.closer),
            own=grammar.open_delimiters(_TEXT),
            more=grammar.open_delimiters(QUOTE + _TEXT),
        )
        .with_columns(
            last=following["index"],
            hopeful=(pl.col("opens") & following["closes"] & (size <= grammar.cell_limit)).fill_null(False),
            width=1 + pl.col("own") + following["more"],
        )
    )
    odds = odds.join(
        _between(lines, odds.filter("hopeful"), grammar), on="index", how="left", maintain_order="left"
    )
    passes, swallows = pl.col("passes").fill_null(True), pl.col("swallows").fill_null(False)
    width = pl.col("width") + pl.col("delimiters").fill_null(0)
    odds = odds.with_columns(fits=pl.col("hopeful") & passes & ((width == grammar.width) | ~swallows))
    step = pl.int_range(pl.len()).over(pl.col("fits").rle_id())
    return odds.with_columns(accepted=pl.col("fits") & (step % 2 == 0))


def _between(lines: pl.DataFrame, pairs: pl.DataFrame, grammar: Grammar) -> pl.DataFrame:
    """What lies between the lines of each pair, by the ``index`` of its first line.

    ``passes``: it can lie inside quotes; ``delimiters`` it adds; ``swallows``: one is a sound row of its own.
    """
    sound = _TEXT.str.contains(grammar.record) & (grammar.cells(_TEXT) == grammar.width)
    row = (sound | pl.col("returns")) & (_TEXT.str.strip_chars() != "")
    return (
        _within(lines, pairs)
        .filter((pl.col("index") > pl.col("first")) & (pl.col("index") < pl.col("last")))
        .group_by("first")
        .agg(
            passes=_TEXT.str.contains(grammar.through).all(),
            delimiters=grammar.open_delimiters(QUOTE + _TEXT).sum(),
            swallows=row.any(),
        )
        .rename({"first": "index"})
    )


def _within(lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """All lines; ``first`` and ``last`` of the pair that begins at or before each, where there is one."""
    spans = pairs.select(first="index", last="last").set_sorted("first")
    return lines.join_asof(spans, left_on="index", right_on="first", strategy="backward", coalesce=False)


def _undecided(
    odds: pl.DataFrame, lines: pl.DataFrame, grammar: Grammar, size: int
) -> tuple[int, int] | None:
    """Index and offset of a last line that opens a quote which the next block may close; None if there is none."""
    if odds.is_empty():
        return None
    last = odds.row(-1, named=True)
    taken = odds.height > 1 and odds["accepted"][-2]
    if taken or not last["opens"] or size - last["at"] > grammar.cell_limit:
        return None
    after = lines.slice(last["index"] + 1)
    if not after.select(_TEXT.str.contains(grammar.through).all()).item():
        return None
    return last["index"], last["at"]


def _join(lines: pl.DataFrame, quoted: pl.DataFrame, odds: pl.DataFrame, grammar: Grammar) -> pl.DataFrame:
    """A record a row, of one line or several; ``returns`` where CR alone ends rows in it."""
    columns = ("index", "at", "text", "fault", "ended", "led", "returns")
    fault = (
        pl.when("odd", _TEXT.str.contains(grammar.opener))
        .then(pl.lit("unclosed-quote"))
        .otherwise(pl.lit("bare-quote"))
    )
    broken = quoted.filter(~pl.col("sound")).select("index", fault=fault)
    lines = lines.join(broken, on="index", how="left", maintain_order="left")
    pairs = odds.filter("accepted")
    if pairs.is_empty():
        return lines.select(columns)
    lines = _within(lines, pairs)
    within = (pl.col("index") <= pl.col("last")).fill_null(False)
    inside = (pl.col("ended") == "crlf") & (pl.col("index") < pl.col("last"))
    ending = pl.when(inside).then(pl.lit("\r")).otherwise(pl.lit(""))
    start = pl.when("led", pl.col("index") > pl.col("first")).then(pl.lit("\r")).otherwise(pl.lit(""))
    joined = (
        lines.filter(within)
        .with_columns(text=start + _TEXT + ending)
        .group_by("first", maintain_order=True)
        .agg(_TEXT.str.join("\n"), pl.col("at", "led").first(), pl.col("ended").last())
        .with_columns(index="first", fault=pl.lit(None, pl.String), returns=pl.lit(False))
    )
    return pl.concat([lines.filter(~within).select(columns), joined.select(columns)]).sort("index")


def _split_returns(records: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Each row that CR alone ends as a record of its own, and how many lines there are more by that."""
    if not records["returns"].any():
        return records.drop("returns"), 0
    place = pl.int_range(pl.len()).over("record")
    more = pl.when("returns").then(_TEXT.str.count_matches("\r", literal=True)).otherwise(0).cast(pl.Int64)
    parts = pl.when("returns").then(_TEXT.str.split("\r")).otherwise(pl.concat_list("text"))
    records = records.with_columns(more=more).with_columns(before=pl.col("more").cum_sum() - pl.col("more"))
    size = _TEXT.str.len_bytes().cast(pl.Int64) + 1
    rows = records.with_columns(text=parts).with_row_index("record").explode("text").with_columns(place=place)
    first = pl.col("place") == 0
    rows = rows.select(
        pl.col("index") + pl.col("before") + pl.col("place"),
        pl.col("at") + (size.cum_sum() - size).over("record") + (pl.col("led") & ~first),
        "text",
        "fault",
        pl.col("led") & first,
        ended=pl.when(pl.col("place") == pl.col("more")).then("ended").otherwise(pl.lit("cr")),
    )
    return rows, int(records["more"].sum())
