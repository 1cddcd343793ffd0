"""Cleaners that take a text apart or put something to it (CLN-2). One expression each; patterns run in linear time."""

from __future__ import annotations

import polars as pl

_LITERAL = {".", "^", "$", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "\\", "-", "#", "&", "~", "/"}


def pad(cell: pl.Expr, digits: str) -> pl.Expr:
    """Zeros before a number until it has so many digits; a text that is not of digits alone stays.

    >>> example("pad(5)", "417")
    '00417'
    >>> example("pad(5)", "1234567"), example("pad(5)", "A-417")
    ('1234567', 'A-417')
    """
    return pl.when(_of_digits(cell)).then(cell.str.zfill(int(digits))).otherwise(cell)


def tag(cell: pl.Expr, before: str, digits: str) -> pl.Expr:
    """A text of digits alone gets zeros in front, and the prefix before them; every other text stays.

    >>> example("tag(IT-, 5)", "417")
    'IT-00417'
    >>> example("tag(IT-, 5)", "LT-0101"), example("tag(IT-, 5)", "IT-00417")
    ('LT-0101', 'IT-00417')
    """
    numbered = pl.concat_str([pl.lit(before), cell.str.zfill(int(digits))])
    return pl.when(_of_digits(cell)).then(numbered).otherwise(cell)


def prefix(cell: pl.Expr, text: str) -> pl.Expr:
    """The text before the cell, unless the cell begins with it.

    >>> example("prefix(https://)", "acme.com"), example("prefix(https://)", "https://acme.com")
    ('https://acme.com', 'https://acme.com')
    """
    kept = cell.str.starts_with(text) | (cell == "")
    return pl.when(kept).then(cell).otherwise(pl.concat_str([pl.lit(text), cell]))


def suffix(cell: pl.Expr, text: str) -> pl.Expr:
    """The text behind the cell, unless the cell ends with it.

    >>> example("suffix(.local)", "srv-01"), example("suffix(.local)", "srv-01.local")
    ('srv-01.local', 'srv-01.local')
    """
    kept = cell.str.ends_with(text) | (cell == "")
    return pl.when(kept).then(cell).otherwise(pl.concat_str([cell, pl.lit(text)]))


def part(cell: pl.Expr, separator: str, place: str) -> pl.Expr:
    """One part of a text that a separator parts: 1 is the first, -1 the last; blank where there is no such part.

    >>> example('part("/", 2)', "Harbour / Floor 3 / Desk 12")
    'Floor 3'
    >>> example('part(" ", -1)', "Anna Maria Lee"), example('part("/", 4)', "Harbour / Floor 3")
    ('Lee', '')
    """
    wanted = int(place) - 1 if int(place) > 0 else int(place)
    return cell.str.split(separator).list.get(wanted, null_on_oob=True).str.strip_chars().fill_null("")


def extract(cell: pl.Expr, pattern: str) -> pl.Expr:
    """What the pattern finds: its first group, or all of it where it has none; nothing where it finds nothing.

    >>> example('extract("PO ([0-9]+)")', "Order PO 4711 of May")
    '4711'
    >>> example('extract("PO ([0-9]+)")', "by hand")
    """
    found = cell.str.extract(pattern, 1 if _has_group(pattern) else 0)
    return pl.when(cell == "").then(pl.lit("")).otherwise(found)


def replace(cell: pl.Expr, pattern: str, text: str) -> pl.Expr:
    """Whatever the pattern finds becomes the text; ``^`` and ``$`` are the cell's ends, ``$1`` is a group.

    The engine has no look-around and no back-references, and no pattern makes it slow.

    >>> example('replace("^SN[: ]*", "")', "SN: 8ZK4WN3")
    '8ZK4WN3'
    >>> example('replace("^([0-9]+) - (.*)$", "$2 ($1)")', "12 - Stores")
    'Stores (12)'
    """
    return cell.str.replace_all(pattern, text).str.strip_chars()


def expand(cell: pl.Expr, table: tuple[tuple[str, str], ...]) -> pl.Expr:
    """Whole words that stand in the table become what it says, without case; longer words of the table go first.

    >>> example('expand({"FP5": "Fairphone 5"})', "fp5 256GB"), example('expand({"FP5": "Fairphone 5"})', "FP50")
    ('Fairphone 5 256GB', 'FP50')
    """
    for word, meaning in sorted(table, key=lambda pair: -len(pair[0])):
        pattern = rf"(?i)(^|[^\pL\pN]){_literal(word)}($|[^\pL\pN])"
        cell = cell.str.replace_all(pattern, "${1}" + meaning.replace("$", "$$") + "${2}")
    return cell


def look_up(cell: pl.Expr, table: tuple[tuple[str, str], ...]) -> pl.Expr:
    """What the table says of the cell, without case: the first row that fits, ``*`` for any text and ``?`` for one sign.

    Nothing where no row fits; a last row ``"*" = ""`` leaves such cells blank.

    >>> sites = 'look_up({"VAN*": "Vancouver", "SRV-??-CGY*": "Calgary"})'
    >>> example(sites, "van-file01"), example(sites, "SRV-02-CGY1")
    ('Vancouver', 'Calgary')
    >>> example(sites, "HAL-01")
    >>> example('look_up({"VAN*": "Vancouver", "*": ""})', "HAL-01")
    ''
    """
    found = pl.lit(None, dtype=pl.String)
    for shape, value in reversed(table):
        inside = "".join({"*": ".*", "?": "."}.get(each) or _literal(each) for each in shape)
        found = pl.when(cell.str.contains(rf"(?is)\A{inside}\z")).then(pl.lit(value)).otherwise(found)
    return pl.when(cell == "").then(pl.lit("")).otherwise(found)


def _of_digits(cell: pl.Expr) -> pl.Expr:
    return cell.str.contains(r"^[0-9]+$")


def _has_group(pattern: str) -> bool:
    bare = pattern.replace("\\\\", "").replace("\\(", "")
    return any(
        each == "("
        and (bare[place + 1 : place + 2] != "?" or bare[place + 1 : place + 4].startswith(("?P<", "?<")))
        for place, each in enumerate(bare)
    )


def _literal(text: str) -> str:
    return "".join(f"\\{each}" if each in _LITERAL else each for each in text)
