"""How a file spells what the grammar knows, turned into that and back (REA-2).

The grammar knows one dialect: cells quoted by ``"``, a quote within doubled, LF or CR LF behind each record. Files that
quote by another character, or not at all, that escape by a backslash, or that end lines by CR alone, are read in that
dialect's spelling: single bytes change places, escaped characters get stand-ins that no text holds. The cells are turned
back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.readers.grammar import QUOTE

#: Noncharacters of Unicode, which text never holds.
_STAND_INS = ("\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4")
_NUL = "\0"


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """A file's way to write records. ``quote`` and ``escape`` None: it has none. ``spaced``: blanks before an opening quote.

    ``swapped``: CR ends lines, LF does not.
    """

    delimiter: str
    quote: str | None = QUOTE
    escape: str | None = None
    swapped: bool = False
    spaced: bool = False

    @cached_property
    def _pairs(self) -> tuple[tuple[str, str], ...]:
        """Characters that change places. Without quotes the quote goes where NUL is, which is a fault anyway."""
        pairs = [("\r", "\n")] if self.swapped else []
        if self.quote != QUOTE:
            pairs.append((QUOTE, self.quote or _NUL))
        return tuple(pairs)

    @cached_property
    def _table(self) -> bytes | None:
        table = bytearray(range(256))
        for one, other in self._pairs:
            table[ord(one)], table[ord(other)] = ord(other), ord(one)
        return bytes(table) if self._pairs else None

    @property
    def _special(self) -> tuple[str, ...]:
        """What an escape may stand before, as the grammar knows it."""
        return (self.delimiter, QUOTE if self.quote else _NUL, "\n", "\r", self.escape or "")

    @cached_property
    def _escaped(self) -> tuple[re.Pattern[bytes], dict[bytes, bytes]] | None:
        if self.escape is None:
            return None
        special = dict(zip(self._special, _STAND_INS, strict=True))
        mark = re.escape(self.escape.encode())
        choices = b"|".join(re.escape(each.encode()) for each in special)
        table = {each.encode(): stand_in.encode() for each, stand_in in special.items()}
        return re.compile(mark + b"(" + choices + b")"), table

    @cached_property
    def _spaced(self) -> re.Pattern[bytes]:
        mark = re.escape(self.delimiter.encode())
        cell = rb'("(?:[^"]|"")*")'
        return re.compile(
            rb"(^|" + mark + rb")[ \t]*" + cell + rb"[ \t]*(?=" + mark + rb"|\r?$)", re.MULTILINE
        )

    @property
    def is_plain(self) -> bool:
        """Whether the file is written as the grammar knows it."""
        return not self._pairs and self.escape is None and not self.spaced

    def warnings(self, options: ReadOptions) -> tuple[Warning, ...]:
        """``dialect-guessed``, where quotes are not what they mostly are and nobody said so."""
        told = []
        if self.quote is None and options.quote is None:
            told.append("quotes are characters like others (--quote '\"' lets them quote)")
        elif self.quote != QUOTE and options.quote is None:
            told.append(f"cells are quoted by {self.quote} (--quote none takes it as it is)")
        if self.escape is not None and options.escape is None:
            told.append(f"{self.escape} stands before quotes within cells (--escape none takes it as it is)")
        if self.spaced:
            told.append("blanks before an opening quote are left out (--quote '\"' keeps them)")
        if not told:
            return ()
        return (Warning(code="dialect-guessed", message=f"As most lines show, {', and '.join(told)}."),)

    def split(self, text: bytes) -> tuple[bytes, bytes]:
        """``text`` and what of its end cannot be turned yet: an escape whose character is not there."""
        if self.escape is None:
            return text, b""
        run = len(text) - len(text.rstrip(self.escape.encode()))
        return (text[:-1], text[-1:]) if run % 2 else (text, b"")

    def turned(self, text: bytes) -> bytes:
        """``text`` as the grammar knows it. Raises ``Unreadable`` ``not-text`` for text that holds our stand-ins."""
        if self._table is not None:
            text = text.translate(self._table)
        if self._escaped is None:
            return text
        if _STAND_INS[0].encode()[:2] in text and any(each.encode() in text for each in _STAND_INS):
            raise Unreadable(
                "not-text",
                "The file holds noncharacters of Unicode (U+FDD0 to U+FDD4), which stand for nothing.",
                hint="Delete them, or state --escape none.",
            )
        pattern, table = self._escaped
        return pattern.sub(lambda found: table[found[1]], text)

    def closed_up(self, records: bytes) -> bytes:
        """Whole records without the blanks around their quoted cells."""
        return self._spaced.sub(rb"\1\2", records) if self.spaced and QUOTE.encode() in records else records

    def line_ends(self, text: bytes) -> int:
        """How many line ends of the file are stand-ins in ``text``."""
        return text.count(_STAND_INS[2].encode()) if self.escape else 0

    def line_ends_in(self, texts: pl.DataFrame) -> pl.Series | None:
        """For each row of cells or whole records, its line ends that are stand-ins; None where there can be none."""
        if self.escape is None:
            return None
        counts = [pl.col(name).str.count_matches(_STAND_INS[2], literal=True) for name in texts.columns]
        return texts.select(pl.sum_horizontal(counts).cast(pl.Int64).alias("n"))["n"]

    def restored(self, cells: pl.Expr) -> pl.Expr:
        """Cells as the file has them."""
        old = list(_STAND_INS) if self.escape else []
        if old:
            cells = cells.str.replace_many(old, list(self._special))
        ones = [each for pair in self._pairs for each in pair]
        others = [each for one, other in self._pairs for each in (other, one)]
        return cells.str.replace_many(ones, others) if ones else cells

    def restored_text(self, text: str) -> str:
        """One cell as the file has it."""
        if self.is_plain:
            return text
        return str(pl.select(self.restored(pl.lit(text))).item())
