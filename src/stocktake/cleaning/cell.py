"""What every cell undergoes before anything else: blanks off the ends, NFC (CLN-2, BLK-1, IDN-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

#: What Python's ``str.split()`` takes for a blank.
BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
#: Marks without width; a cell of nothing else is blank (BLK-1).
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
#: Cells that clear a field, whatever its ``on_blank`` says (BLK-1). In a key they count as blank.
CLEARING_TOKENS = ("<null>", "#N/A", "\\N")

_UNTIDY = r"[^ -~]|  |^ | $"
_MAY_COMPOSE = r"[^\x{0}-\x{2ff}]"


def trimmed(cell: pl.Expr) -> pl.Expr:
    """The cell without blanks, no-break blanks and zero-width marks at its ends."""
    return cell.str.strip_chars(BLANKS + ZERO_WIDTH)


def composed(cell: pl.Expr) -> pl.Expr:
    """The cell in Unicode NFC."""
    return cell.str.normalize("NFC")


def folded(cell: pl.Expr) -> pl.Expr:
    """The cell for comparison without case: lower case, ß as ss, final sigma as sigma (IDN-2)."""
    return cell.str.to_lowercase().str.replace_many(["ß", "ς"], ["ss", "σ"])


def folded_words(words: Iterable[str]) -> list[str]:
    """The words as :func:`folded` gives them, so that declared words and cells meet."""
    folds: list[str] = (
        pl.select(word=pl.Series(list(words), dtype=pl.String))
        .select(folded(composed(trimmed(pl.col("word")))))
        .to_series()
        .to_list()
    )
    return folds


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyBatch:
    """A batch whose named cells are trimmed and in NFC.

    ``plain`` names the columns of nothing but printable ASCII with single blanks inside: there is nothing to
    collapse in them, and no character that a store would not take.
    """

    frame: pl.DataFrame
    plain: frozenset[str]


def tidied(batch: pl.DataFrame, columns: Iterable[str]) -> TidyBatch:
    """Trim and compose ``columns`` of a reader's batch; columns that need neither are passed on as they are."""
    names = sorted(set(columns))
    untidy = _where(batch, names, _UNTIDY)
    trims = batch.with_columns(trimmed(pl.col(name)) for name in untidy)
    frame = trims.with_columns(composed(pl.col(name)) for name in _where(trims, untidy, _MAY_COMPOSE))
    return TidyBatch(frame=frame, plain=frozenset(names) - frozenset(untidy))


def _where(frame: pl.DataFrame, names: list[str], pattern: str) -> list[str]:
    """Those columns in which any cell matches."""
    found = frame.select(pl.col(name).str.contains(pattern).any() for name in names)
    return [name for name in names if found[name].any()]
