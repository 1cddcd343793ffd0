"""Named cleaners (CLN-2): each turns a column of trimmed NFC text into the value, or nothing.

Null means that the cleaner found no value in the cell: the caller, who knows row and column, makes the
problem. An empty text means that the cell is blank by this cleaner's rule.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from stocktake.cleaning.address import url
from stocktake.cleaning.call import mistake, parsed
from stocktake.cleaning.cell import composed, folded, folded_words, trimmed
from stocktake.cleaning.device_name import device_make, device_model, device_storage
from stocktake.cleaning.hardware import imei, mac, serial
from stocktake.cleaning.phone import international
from stocktake.cleaning.piece import expand, extract, look_up, pad, part, prefix, replace, suffix, tag
from stocktake.cleaning.size import ram, volumes
from stocktake.model.errors import InvalidInput

Cleaner = Callable[[pl.Expr], pl.Expr]

TRUE_WORDS = ("true", "yes", "y", "1", "on")
FALSE_WORDS = ("false", "no", "n", "0", "off")


def collapse(cell: pl.Expr) -> pl.Expr:
    r"""Every run of blanks becomes one space; blanks at the ends go.

    >>> example("collapse", "Dell\t Latitude \u00a0 5420 ")
    'Dell Latitude 5420'
    """
    return cell.str.replace_all(r"[\s\x1c-\x1f]+", " ").str.strip_chars(" ")


def upper(cell: pl.Expr) -> pl.Expr:
    """Upper case.

    >>> example("upper", "sn-00a1")
    'SN-00A1'
    """
    return cell.str.to_uppercase()


def lower(cell: pl.Expr) -> pl.Expr:
    """Lower case.

    >>> example("lower", "ACME GmbH")
    'acme gmbh'
    """
    return cell.str.to_lowercase()


def title(cell: pl.Expr) -> pl.Expr:
    """Each word with a capital, the rest in lower case.

    >>> example("title", "ANNA o'neil")
    "Anna O'Neil"
    """
    return cell.str.to_titlecase()


def digits(cell: pl.Expr) -> pl.Expr:
    """The digits 0 to 9 alone; nothing where there is none.

    >>> example("digits", "No. 00-417 b")
    '00417'
    >>> example("digits", "none")
    """
    return _or_nothing(cell, cell.str.replace_all(r"[^0-9]+", ""))


def phone(cell: pl.Expr, country: str | None = None) -> pl.Expr:
    """The digits, after a leading plus if there is one; nothing where letters say that there is more to it.

    With a country the number is as the world dials it (E.164): one without plus is dialled there. Nothing where it is
    too short or too long for a number. That takes a library, which is asked once for every distinct number.

    >>> example("phone", "+1 (604) 555-0199")
    '+16045550199'
    >>> example("phone", "604.555.0199")
    '6045550199'
    >>> example("phone", "604 555 0199 ext. 7")
    >>> example("phone(CA)", "(604) 555-0199"), example("phone(DE)", "030 123456"), example("phone(CA)", "555-0199")
    ('+16045550199', '+4930123456', None)
    """
    number = pl.concat_str(
        [
            pl.when(cell.str.starts_with("+")).then(pl.lit("+")).otherwise(pl.lit("")),
            cell.str.replace_all(r"[^0-9]+", ""),
        ]
    )
    plain = pl.when(cell.str.contains(r"^(?:\+?[0-9\s()./\-]*[0-9][0-9\s()./\-]*|)$")).then(number)
    return plain if country is None else international(plain, country)


def email(cell: pl.Expr) -> pl.Expr:
    """The address without ``mailto:``, its domain in lower case; nothing where there is no ``@``.

    >>> example("email", "mailto:Anna.Lee@Example.COM")
    'Anna.Lee@example.com'
    >>> example("email", "Anna Lee")
    """
    address = cell.str.replace(r"^(?i:mailto:)\s*", "")
    local, domain_part = address.str.extract(r"^([^@]+)@[^@]+$"), address.str.extract(r"^[^@]+@([^@]+)$")
    return (
        pl.when(cell == "")
        .then(pl.lit(""))
        .otherwise(pl.concat_str([local, domain_part.str.to_lowercase()], separator="@"))
    )


def domain(cell: pl.Expr) -> pl.Expr:
    """The domain of a URL or an e-mail address in lower case, without ``www.`` and port; nothing where there is none.

    >>> example("domain", "https://www.Acme.com:8443/about?x=1")
    'acme.com'
    >>> example("domain", "anna@Mail.Acme.com")
    'mail.acme.com'
    >>> example("domain", "Acme Inc")
    """
    host = cell.str.to_lowercase().str.extract(
        r"^(?:mailto:)?(?:[a-z][a-z0-9+.\-]*://)?(?:[^@/?#\s]*@)?(?:www\.)?"
        r"((?:[\pL\pN](?:[\pL\pN_\-]*[\pL\pN])?\.)+[\pL][\pL\pN\-]+)\.?(?::[0-9]*)?(?:[/?#].*)?$"
    )
    return pl.when(cell == "").then(pl.lit("")).otherwise(host)


def user(cell: pl.Expr) -> pl.Expr:
    r"""The user's name without the domain before a backslash and without ``@`` and all behind it.

    >>> example("user", "ACME\\anna")
    'anna'
    >>> example("user", "anna@acme.com")
    'anna'
    """
    return _or_nothing(cell, cell.str.replace(r"^.*\\", "").str.replace(r"@.*$", "").str.strip_chars())


def boolean(cell: pl.Expr) -> pl.Expr:
    """``true`` or ``false`` for true, yes, y, 1, on and false, no, n, 0, off; nothing for other words.

    >>> example("boolean", "Yes")
    'true'
    >>> example("boolean", "perhaps")
    """
    words = {**dict.fromkeys(TRUE_WORDS, "true"), **dict.fromkeys(FALSE_WORDS, "false"), "": ""}
    return cell.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String)


def number(cell: pl.Expr) -> pl.Expr:
    r"""The number without blanks, thousands apostrophes and a currency sign; separators are not guessed at.

    >>> example("number", "CHF 1'250'000.50")
    '1250000.50'
    >>> example("number", "\u20ac\u00a012 500")
    '12500'
    >>> example("number", "1,5 Mio")
    """
    bare = cell.str.replace_all(r"[\s\p{Sc}'\u{2019}]+", "").str.replace_all(r"^[A-Z]{3}|[A-Z]{3}$", "")
    return pl.when(bare.str.contains(r"^(?:[+-]?[0-9.,]*[0-9][0-9.,]*|)$")).then(_or_nothing(cell, bare))


def none_words(cell: pl.Expr, *words: str) -> pl.Expr:
    """Blank where the cell is one of the words, compared without case.

    >>> example("none_words(n/a, unknown)", "N/A")
    ''
    >>> example("none_words(n/a, unknown)", "Nanaimo")
    'Nanaimo'
    """
    return pl.when(folded(cell).is_in(folded_words(words))).then(pl.lit("")).otherwise(cell)


#: All cleaners by name; ``call.SIGNATURES`` says what parameters each takes.
CLEANERS: dict[str, Callable[..., pl.Expr]] = {
    each.__name__: each
    for each in (
        collapse, upper, lower, title, digits, phone, email, domain, url, user, boolean, number, none_words,
        pad, tag, prefix, suffix, part, extract, replace, expand, look_up,
        serial, imei, mac, ram, volumes, device_make, device_model, device_storage,
    )
}  # fmt: skip


def resolve(name: str) -> Cleaner:
    """The cleaner that a declaration names, such as ``collapse``, ``pad(5)`` or ``none_words(n/a, unknown)``.

    Raises ``InvalidInput`` (``unknown-cleaner``, ``cleaner-arguments``).
    """
    wrong = mistake(name)
    if wrong is not None:
        told, hint = (
            f'The cleaner "{name}" cannot be used: {wrong}',
            "Use one as docs/reference/cleaners.md tells.",
        )
        if _named(name) in CLEANERS:
            raise InvalidInput("cleaner-arguments", told, hint=hint)
        raise InvalidInput("unknown-cleaner", told, hint=hint)
    call = parsed(name)
    cleaner = CLEANERS[call.name]
    return lambda cell: cleaner(cell, *call.arguments)


def _named(text: str) -> str | None:
    try:
        return parsed(text).name
    except ValueError:
        return None


def chained(cell: pl.Expr, names: tuple[str, ...], *, plain: bool = False) -> pl.Expr:
    """The cell after the named cleaners, in their order.

    ``plain`` says that the column is known to hold single blanks only, so that a first ``collapse`` is left
    out.
    """
    for name in names[1:] if plain and names[:1] == ("collapse",) else names:
        cell = resolve(name)(cell)
    return cell


#: What is wrong with a cell in which a cleaner found nothing; it follows the cell in quotes.
REFUSALS: dict[str, str] = {
    "digits": "holds no digit. Write the number.",
    "phone": "is not a phone number. Write it in digits, such as +16045550199, without an extension.",
    "email": "is not an e-mail address. Write one address, such as anna@example.com.",
    "domain": "holds no domain. Write one, such as acme.com.",
    "url": "is not a web address. Write it with its scheme, such as https://example.com.",
    "user": "holds no user name. Write one, such as anna.",
    "boolean": "is neither true nor false. Write true or false.",
    "number": "is not a number. Write it in digits, such as 1500.",
    "extract": "does not have the form that the mapping looks for. Correct it, or the pattern.",
    "look_up": "stands in no row of the table. Add a row for it, or a last row for all others.",
    "imei": "is not an IMEI: it has 15 digits, of which the last checks the others. Correct it.",
    "mac": "is not a network address. Write six pairs, such as 00:1A:2B:3C:4D:5E.",
    "ram": "is not a size of memory. Write it with its unit, such as 16 GB.",
    "volumes": "does not tell one size for each volume. Write them like C: (475.8 GiB); D: (931.5 GiB).",
}
_NOTHING = "holds nothing that the field's cleaners can use. Correct the cell or clear it."


def refusal(cell: pl.Expr, names: tuple[str, ...]) -> pl.Expr:
    """What is wrong with cells in which one of the cleaners found nothing: in the words of the first that did."""
    found = pl.lit(_NOTHING)
    for place in range(len(names), 0, -1):
        sentence = REFUSALS.get(parsed(names[place - 1]).name, _NOTHING)
        nothing = chained(cell, names[:place]).is_null()
        found = pl.when(nothing).then(pl.lit(sentence)).otherwise(found)
    return found


def example(name: str, text: str) -> str | None:
    """What a cleaner makes of one text after trimming and NFC; for documentation and tests."""
    cell = composed(trimmed(pl.lit(text, dtype=pl.String)))
    value: str | None = pl.select(resolve(name)(cell)).item()
    return value


def _or_nothing(cell: pl.Expr, value: pl.Expr) -> pl.Expr:
    """``value``, but nothing where a cell that was not blank has lost all of itself."""
    return pl.when((value != "") | (cell == "")).then(value)
