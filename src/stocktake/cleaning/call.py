"""How a declaration names a cleaner: ``upper``, ``pad(5)``, ``replace("^SN[: ]*", "")`` (CLN-2).

Parameters stand in brackets, parted by commas. One in double quotes is taken as it stands (a quote inside is doubled),
every other without the blanks around it. ``@sites`` means the table of that name in the same declaration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

#: The longest pattern that a cleaner takes, in characters.
MAXIMUM_PATTERN = 500

_CALL = re.compile(r"\s*(?P<name>[A-Za-z_]+)\s*(?:\((?P<inside>.*)\))?\s*", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"\s*(?:,|$)')
_SIZE = re.compile(r"(?:by )?[0-9]+(?:\.[0-9]+)?\s?(?:GB|TB)?", re.IGNORECASE)

Table = tuple[tuple[str, str], ...]
Argument = str | Table


class Kind(StrEnum):
    """What a parameter is; the value says so in a refusal."""

    WORD = "a word"
    TEXT = "a text"
    WHOLE = "a whole number"
    PATTERN = "a regular expression"
    COUNTRY = "a country, as its two capital letters"
    SIZE = 'a size, such as 512, 1TB or "by 1TB"'
    TABLE = "a table, as @ and its name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The parameters that a cleaner takes and how it is written with them; ``more``: the last may stand again and again."""

    kinds: tuple[Kind, ...] = ()
    least: int = 0
    more: bool = False
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A cleaner's name and its parameters; ``given`` says whether there were brackets."""

    name: str
    arguments: tuple[Argument, ...] = ()
    given: bool = False


def _with(written: str, *kinds: Kind, least: int | None = None, more: bool = False) -> Signature:
    return Signature(
        kinds=kinds, least=len(kinds) if least is None else least, more=more, written=f"{written}"
    )


#: Every cleaner and the parameters that it takes.
SIGNATURES: Mapping[str, Signature] = {
    **dict.fromkeys(("collapse", "upper", "lower", "title", "digits"), Signature()),
    "phone": _with("phone(CA)", Kind.COUNTRY, least=0),
    **dict.fromkeys(("email", "domain", "url", "user", "boolean", "number"), Signature()),
    "none_words": _with("none_words(N/A, unknown)", Kind.WORD, more=True),
    "pad": _with("pad(5)", Kind.WHOLE),
    "tag": _with("tag(IT-, 5)", Kind.TEXT, Kind.WHOLE),
    "prefix": _with("prefix(IT-)", Kind.TEXT),
    "suffix": _with("suffix(.local)", Kind.TEXT),
    "part": _with('part("/", 2)', Kind.TEXT, Kind.WHOLE),
    "extract": _with('extract("PO ([0-9]+)")', Kind.PATTERN),
    "replace": _with('replace("^SN[: ]*", "")', Kind.PATTERN, Kind.TEXT),
    "expand": _with("expand(@abbreviations)", Kind.TABLE),
    "look_up": _with("look_up(@sites)", Kind.TABLE),
    "serial": Signature(),
    "imei": Signature(),
    "mac": Signature(),
    "ram": _with("ram(8, 16, 32)", Kind.SIZE, least=0, more=True),
    "volumes": _with("volumes(256, 512, by 1TB)", Kind.SIZE, least=0, more=True),
    "device_make": Signature(),
    "device_model": Signature(),
    "device_storage": Signature(),
}


def parsed(text: str) -> Call:
    """The call that a declaration writes, whether or not there is such a cleaner.

    Raises ``ValueError`` with a sentence where the text is no call.
    """
    found = _CALL.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not the name of a cleaner.')
    inside = found["inside"]
    return Call(name=found["name"], arguments=_arguments(inside or ""), given=inside is not None)


def mistake(text: str, tables: Mapping[str, Mapping[str, str]] | None = None) -> str | None:
    """What is wrong with a cleaner as declared beside ``tables``, as a sentence; None where nothing is.

    Whether a pattern is one that the engine takes is not asked here.
    """
    try:
        call = parsed(text)
    except ValueError as error:
        return str(error)
    if call.name not in SIGNATURES:
        known = ", ".join(SIGNATURES)
        return (
            f'there is no cleaner "{call.name}".{_nearest(call.name, list(SIGNATURES))} There are: {known}.'
        )
    signature, arguments = SIGNATURES[call.name], call.arguments
    if not signature.kinds:
        return f'"{call.name}" takes nothing in brackets.' if call.given else None
    most = len(arguments) if signature.more else len(signature.kinds)
    if not signature.least <= len(arguments) <= most:
        wanted = " and ".join(signature.kinds)
        return f'"{call.name}" takes {wanted} in brackets: write it like {signature.written}.'
    for place, argument in enumerate(arguments):
        kind = signature.kinds[min(place, len(signature.kinds) - 1)]
        wrong = _argument_mistake(argument, kind, tables or {})
        if wrong:
            return f'"{call.name}": {wrong} Write it like {signature.written}.'
    return None


def with_tables(text: str, tables: Mapping[str, Mapping[str, str]]) -> str:
    """The call with the tables that it names written out, so that it means the same wherever it stands."""
    if not tables or "@" not in text:
        return text
    call = parsed(text)
    inside = [
        json.dumps(dict(tables[each[1:]]), ensure_ascii=False)
        if isinstance(each, str) and each.startswith("@") and each[1:] in tables
        else _written(each)
        for each in call.arguments
    ]
    return f"{call.name}({', '.join(inside)})"


def _written(argument: Argument) -> str:
    if isinstance(argument, tuple):
        return json.dumps(dict(argument), ensure_ascii=False)
    return '"' + argument.replace('"', '""') + '"'


def _arguments(inside: str) -> tuple[Argument, ...]:
    """The parameters between the brackets; blank ones without quotes are none."""
    found: list[Argument] = []
    rest = inside.strip()
    while rest:
        if rest.startswith('"'):
            quoted = _QUOTED.match(rest)
            if quoted is None:
                raise ValueError(f"a quote is never closed in ({inside}).")
            found.append(quoted[1].replace('""', '"'))
            rest = rest[quoted.end() :].strip()
        elif rest.startswith("{"):
            table, end = _table(rest)
            found.append(table)
            rest = rest[end:].strip().removeprefix(",").strip()
        else:
            word, _, rest = rest.partition(",")
            found += [word.strip()] if word.strip() else []
            rest = rest.strip()
    return tuple(found)


def _table(text: str) -> tuple[Table, int]:
    try:
        read, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{text} is not a table: {error.msg}.") from None
    if not all(isinstance(value, str) for value in read.values()):
        raise ValueError(f"{text} is not a table of texts.")
    return tuple(read.items()), end


def _argument_mistake(argument: Argument, kind: Kind, tables: Mapping[str, Mapping[str, str]]) -> str | None:
    if kind is Kind.TABLE:
        return _table_mistake(argument, tables)
    if isinstance(argument, tuple):
        return f"a table is not {kind}."
    fits = {
        Kind.WHOLE: re.fullmatch(r"-?[0-9]{1,3}", argument) is not None,
        Kind.SIZE: _SIZE.fullmatch(argument) is not None,
        Kind.COUNTRY: re.fullmatch(r"[A-Z]{2}", argument) is not None,
        Kind.PATTERN: 0 < len(argument) <= MAXIMUM_PATTERN,
    }.get(kind, True)
    return None if fits else f'"{argument}" is not {kind}.'


def _table_mistake(argument: Argument, tables: Mapping[str, Mapping[str, str]]) -> str | None:
    if isinstance(argument, tuple):
        return None if argument else "the table is empty."
    name = argument.removeprefix("@")
    if name == argument:
        return f'"{argument}" is not {Kind.TABLE}.'
    if name not in tables:
        known = ", ".join(tables) or "none"
        return f'there is no table "{name}" here.{_nearest(name, list(tables))} There are: {known}.'
    return None if tables[name] else f'the table "{name}" is empty.'


def _nearest(word: str, allowed: list[str]) -> str:
    found = get_close_matches(word.casefold(), allowed, n=1, cutoff=0.6)
    return f' Did you mean "{found[0]}"?' if found else ""
