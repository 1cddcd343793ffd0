"""Make, model and storage out of one text such as ``APPLE IPHONE 13 128GB MIDNIGHT`` (CLN-2, packs.md).

All that is known stands as data in ``device_table``. Nothing is guessed: a text of no known make or family is the model
as it stands, without make; two sizes that differ give no storage. A text is parsed once in a batch, whatever its
number of rows: expressions run over the distinct texts.
"""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.device_table import (
    CODES,
    FAMILIES,
    LEFT_OUT,
    MAKES,
    MAKES_IN_MODELS,
    SHORT_MAKES,
    SPELLED,
    SPELLINGS,
)
from stocktake.cleaning.distinct import by_distinct

_MARKS = "[®™©]"
_BLANKS = r"[\s_|]+"
#: Memory beside storage: ``8GB/256GB``, ``8+256GB``, ``12 GB RAM``.
_MEMORY = (
    (r"\b\d{1,2}[/+](\d{2,4} ?GB|\d ?TB)\b", "$1"),
    (r"\b\d{1,2} ?GB(?: ?RAM)? ?[/+] ?(\d{2,4} ?GB|\d ?TB)\b", "$1"),
    (r"\b\d{1,3} ?GB (?:RAM|MEMORY|L?P?DDR\dX?)\b", ""),
    (r"\bRAM:? ?\d{1,3} ?GB\b", ""),
)
_GIG = (r"\b(\d{1,4}) ?GIG\b", "$1GB")
_STORAGE = r"(?i)\b(?:(8|16|32|64|128|256|512|1024) ?GB|([12]) ?TB|(16|32|64|128|256|512) ?G)\b"
#: A size without unit, behind a model that is complete without it.
_BARE = (
    r"(?i)^((?:Apple )?iPhone (?:Air|SE(?: [23])?|X|XR|XS|XS Max|\d{1,2}[se]?)(?: Plus| Pro Max| Pro| mini| Air)?"
    r"|(?:Apple )?iPad(?: Air(?: \d)?| Pro(?: 11| 12\.9| 13| 10\.5| 9\.7)?| mini(?: \d)?| \d{1,2})?"
    r"|(?:Samsung )?Galaxy [SAZ][^ ]*(?: Ultra| FE| 5G| (?:Flip|Fold)\d?)*"
    r"|(?:Google )?Pixel \d{1,2}a?(?: Pro(?: XL)?)?) (16|32|64|128|256|512)( .*)?$"
)
_EMPTY = r"\(\s*\)|\[\s*\]"
_BETWEEN = r" ,;:/\-–—."


def device_make(cell: pl.Expr) -> pl.Expr:
    """The maker of a device, from its name; blank where the name tells none that is known.

    >>> example("device_make", "APPLE IPHONE 13 128GB MIDNIGHT"), example("device_make", "S21 Grey - 128GB")
    ('Apple', 'Samsung')
    >>> example("device_make", "IPADAIR128"), example("device_make", "Harbour Phone 3000")
    ('Apple', '')
    """
    return _asked(cell, "make")


def device_model(cell: pl.Expr) -> pl.Expr:
    """The model of a device, from its name, without make, storage, colour and order number.

    A name that tells no known make is the model as it stands.

    >>> example("device_model", "APLE IP11PM 6425651GR"), example("device_model", "S21 Grey - 128GB")
    ('iPhone 11 Pro Max', 'Galaxy S21')
    >>> example("device_model", "IPDP11"), example("device_model", "Harbour Phone 3000 64GB")
    ('iPad Pro 11', 'Harbour Phone 3000 64GB')
    """
    return _asked(cell, "model")


def device_storage(cell: pl.Expr) -> pl.Expr:
    """The storage that a device's name tells; blank where it tells none, or two that differ.

    >>> example("device_storage", "APPLE IPHONE 13 128GB MIDNIGHT"), example("device_storage", "IPADAIR128")
    ('128 GB', '128 GB')
    >>> example("device_storage", "SAMSUNG GALAXY A52 5G"), example("device_storage", "APLE IP11PM 6425651GR")
    ('', '')
    """
    return _asked(cell, "storage")


def device_names(names: pl.Series) -> pl.DataFrame:
    """``make``, ``model`` and ``storage`` of names that are trimmed; blank where a name does not tell.

    In steps, since every expression of a step looks at its column many times.
    """
    text, named = pl.col("text"), pl.col("named")
    frame = names.alias("name").to_frame().select(plain=_tidy(pl.col("name")))
    frame = frame.with_columns(text=_spelled_out(pl.col("plain")))
    frame = frame.with_columns(named=_without_end(_without_storage(text)))
    frame = frame.with_columns(bare=named.str.extract(_BARE, 2))
    frame = frame.with_columns(named=_without_end(named.str.replace(_BARE, "${1}${3}")))
    frame = frame.with_columns(make=_make(named), told=_model(named))
    return frame.select(
        make=pl.col("make").fill_null(""),
        model=pl.when(pl.col("make").is_not_null()).then(pl.col("told")).otherwise(pl.col("plain")),
        storage=_storage(text, pl.col("bare")),
    )


def _asked(cell: pl.Expr, wanted: str) -> pl.Expr:
    """One part of the name."""
    return by_distinct(cell, lambda texts: device_names(texts)[wanted])


def _tidy(cell: pl.Expr) -> pl.Expr:
    return cell.str.replace_all(_MARKS, "").str.replace_all(_BLANKS, " ").str.strip_chars()


def _spelled_out(text: pl.Expr) -> pl.Expr:
    """Short makes and codes as words, and no memory beside the storage."""
    for pattern, make in SHORT_MAKES.items():
        text = text.str.replace(rf"(?i)^(?:{pattern})\b", make)
    for pattern, words in CODES:
        text = text.str.replace_all(f"(?i){pattern}", _safe(words))
    for pattern, words in (*_MEMORY, _GIG):
        text = text.str.replace_all(f"(?i){pattern}", _safe(words))
    return text.str.replace_all(" +", " ").str.strip_chars()


def _without_storage(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_STORAGE, " ").str.replace_all(_EMPTY, " ").str.replace_all(" +", " ")


def _safe(text: str) -> str:
    """Groups of a replacement in braces, so that no letter behind one is taken for its name."""
    braced = text
    for group in "123":
        braced = braced.replace(f"${group}", f"${{{group}}}")
    return braced


def _without_end(text: pl.Expr) -> pl.Expr:
    """Without colours, conditions and order numbers at its end; a text of nothing else keeps its first word."""
    end = rf"(?i)(?:[{_BETWEEN}(]+(?:{'|'.join(LEFT_OUT)})\)?)+[{_BETWEEN}]*$"
    return text.str.replace(end, "").str.strip_chars(" ,;:/-–—")


def _make(text: pl.Expr) -> pl.Expr:
    found = pl.lit(None, dtype=pl.String)
    for pattern, make in reversed(FAMILIES.items()):
        found = pl.when(text.str.contains(rf"(?i)^(?:{pattern})")).then(pl.lit(make)).otherwise(found)
    for make in (*MAKES, *MAKES_IN_MODELS):
        found = pl.when(text.str.contains(rf"(?i)^{make}\b")).then(pl.lit(make)).otherwise(found)
    return found


def _model(text: pl.Expr) -> pl.Expr:
    model = text.str.replace(rf"(?i)^(?:{'|'.join(MAKES)})\b[\s\-]*", "")
    for word in SPELLINGS:
        model = model.str.replace_all(rf"(?i)\b{word}\b", word)
    for pattern, words in SPELLED:
        model = model.str.replace_all(f"(?i){pattern}", _safe(words))
    return model.str.replace_all(" +", " ").str.strip_chars()


def _storage(text: pl.Expr, bare: pl.Expr) -> pl.Expr:
    """The one size that the text tells."""
    sizes = text.str.extract_all(_STORAGE).list.eval(
        pl.element()
        .str.to_uppercase()
        .str.replace(r"^(\d+) ?(TB|GB|G)$", "${1} ${2}")
        .str.replace(r" G$", " GB")
    )
    one = sizes.list.unique()
    told = pl.when(one.list.len() == 1).then(one.list.first())
    alone = pl.when(one.list.len() == 0).then(pl.concat_str([bare, pl.lit(" GB")]))
    return pl.coalesce([told, alone, pl.lit("")])
