"""Names as they are compared: of companies, and of people (IDN-1, IDN-4)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.cell import composed, folded, trimmed

#: What companies are by law, as it stands at the end of their names; without points, since those are left out first.
LEGAL_FORMS = (
    "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg", "limited", "llc", "llp",
    "ltd", "nv", "oy", "plc", "pty", "sa", "sarl", "srl",
)  # fmt: skip

_LEFT_OUT = r"[.'’ʼ`´™®©\x{200b}-\x{200d}\x{2060}\x{feff}]+"
_BETWEEN = r"[\p{P}\s\x1c-\x1f]+"
_LAST_WORDS = rf"(?: (?:{'|'.join(LEGAL_FORMS)}))+$"


def plain_name(cell: pl.Expr) -> pl.Expr:
    """The name in NFC, without case, punctuation, runs of blanks, and legal forms at its end; null stays null.

    Points, apostrophes and trade marks are left out, other punctuation parts words as a blank does. The first word
    always stays, and so does a name of nothing but punctuation.

    >>> example("  ACME   Holdings, Inc. ")
    'acme holdings'
    >>> example("Müller & Söhne GmbH & Co. KG") == example("müller & söhne")
    True
    >>> example("Rolls-Royce plc"), example("L'Oréal S.A."), example("AT&T Corp")
    ('rolls royce', 'loréal', 'at t')
    >>> example("Co"), example("The Limited Edition"), example("!!!")
    ('co', 'the limited edition', '!!!')
    """
    whole = folded(composed(trimmed(cell)))
    words = whole.str.replace_all(_LEFT_OUT, "").str.replace_all(_BETWEEN, " ").str.strip_chars(" ")
    return pl.when(words == "").then(whole).otherwise(words.str.replace(_LAST_WORDS, ""))


def example(text: str) -> str | None:
    """What :func:`plain_name` makes of one text; for documentation and tests."""
    value: str | None = pl.select(plain_name(pl.lit(text, dtype=pl.String))).item()
    return value
