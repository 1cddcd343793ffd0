"""What every cell undergoes before anything else: blanks off the ends, NFC (CLN-2, BLK-1, IDN-2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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
_TOKEN_BYTES = [token.encode() for token in CLEARING_TOKENS]

#: The first byte of U+0300, in UTF-8; characters before it are composed already.
_MAY_COMPOSE = 0xCC


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
    collapse in them. ``storable`` names those without NUL, the one character that a store would not take;
    ``clearing`` those in which a cell may be one of ``CLEARING_TOKENS``; ``filled`` those without blanks and nulls.
    A column that was known to be plain text may be ``plain`` without being named so: nobody looked inside.
    """

    frame: pl.DataFrame
    plain: frozenset[str]
    storable: frozenset[str]
    clearing: frozenset[str]
    filled: frozenset[str]


def tidied(batch: pl.DataFrame, columns: Iterable[str], *, known: Collection[str] = ()) -> TidyBatch:
    """Trim and compose ``columns`` of a reader's batch; columns that need neither are passed on as they are.

    The bytes of those that are ``known`` to be plain text (``Reading.plain`` of a reader) are not looked at.
    """
    names = sorted(set(columns))
    looks = _glances(batch, [name for name in names if name in known])
    unknown = [name for name in names if name not in looks]
    empty = batch.select((pl.col(name) == "").sum() for name in unknown)
    looks |= {name: _look(batch[name], empty[name].item()) for name in unknown}
    untidy = [name for name, look in looks.items() if not look.tidy]
    cells = (trimmed(pl.col(name)) for name in untidy if not looks[name].composes)
    wide = (composed(trimmed(pl.col(name))) for name in untidy if looks[name].composes)
    return TidyBatch(
        frame=batch.with_columns(*cells, *wide) if untidy else batch,
        plain=frozenset(name for name, look in looks.items() if look.plain),
        storable=frozenset(name for name, look in looks.items() if look.storable),
        clearing=frozenset(name for name, look in looks.items() if look.clearing),
        filled=frozenset(name for name, look in looks.items() if look.filled),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a column's cells show: see ``TidyBatch``.

    ``tidy``: nothing has to be trimmed or composed; ``composes``: characters may have to be composed.
    """

    tidy: bool
    plain: bool = False
    storable: bool
    clearing: bool
    filled: bool
    composes: bool = False


def _glances(batch: pl.DataFrame, names: Sequence[str]) -> dict[str, _Look]:
    """Look at cells that are plain text: whether a space begins or ends one, or it is blank or clears."""
    if not names:
        return {}
    cell = pl.col(names)
    seen = batch.select(
        (cell < "!").sum().name.suffix(" before"),
        cell.str.ends_with(" ").any().name.suffix(" behind"),
        cell.is_in(CLEARING_TOKENS).any().name.suffix(" clears"),
    ).row(0, named=True)
    looks = {}
    for name in names:
        before, behind, clears = (seen[f"{name} {each}"] for each in ("before", "behind", "clears"))
        spaced = behind or (before and before > (batch[name] == "").sum())
        looks[name] = _Look(
            tidy=not spaced,
            storable=True,
            clearing=clears or spaced,
            filled=not before and not batch[name].null_count(),
        )
    return looks


def _look(cells: pl.Series, empty: int) -> _Look:
    """Look at all of a column's bytes at once, which is much faster than cell by cell.

    With a blank between the cells, two neighbouring blanks are a cell's end, a run of blanks, or one of the ``empty`` cells.
    """
    import numpy as np

    text = cells.str.join(" ").cast(pl.Binary).item()
    if not text:
        return _Look(tidy=True, plain=True, storable=True, clearing=False, filled=False)
    codes = np.frombuffer(text, np.uint8)
    low, high = int(codes.min()), int(codes.max())
    plain = ord(" ") <= low and high <= ord("~")
    if plain:
        blank = codes == ord(" ")
        ends = int(blank[0]) + int(blank[-1])
        plain = ends + int(np.count_nonzero(blank[1:] & blank[:-1])) == empty
    return _Look(
        tidy=plain,
        plain=plain,
        storable=low > 0,
        clearing=any(token in text for token in _TOKEN_BYTES if token[:1] in text),
        filled=plain and not empty and not cells.null_count(),
        composes=high >= _MAY_COMPOSE,
    )
