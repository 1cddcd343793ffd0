"""On which line of a declaration a key stands.

Neither ``tomllib`` nor ``json`` tells positions, so the text is walked once more. Good enough is: the line of
the key, otherwise the line of the table that holds it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

Key = str | int
Path = tuple[Key, ...]
Positions = dict[Path, int]

_STRING = r'"(?:\\.|[^"\\\n])*"'
_QUOTED = rf"{_STRING}|'[^'\n]*'"
_TOML_TOKEN = re.compile(
    rf'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|{_QUOTED}|#[^\n]*|[\[{{]|[\]}}]|\n', re.DOTALL
)
_TOML_KEY = rf"(?:{_QUOTED}|[A-Za-z0-9_-]+)"
_TOML_KEYS = rf"{_TOML_KEY}(?:\s*\.\s*{_TOML_KEY})*"
_TOML_HEADER = re.compile(rf"(\[\[?)\s*({_TOML_KEYS})\s*\]")
_TOML_PAIR = re.compile(rf"({_TOML_KEYS})\s*=")
_JSON_TOKEN = re.compile(rf"{_STRING}|[{{}}\[\],:]|\n")


def line_of(path: Path, positions: Positions) -> int:
    """The line of the key at ``path``, otherwise of the closest table around it, otherwise 1."""
    for length in range(len(path), -1, -1):
        if path[:length] in positions:
            return positions[path[:length]]
    return 1


def toml_positions(text: str) -> Positions:
    """Path → line (from 1) of each table header and each key of a TOML text."""
    positions: Positions = {}
    seen: Counter[Path] = Counter()
    table: Path = ()
    for line, statement in _toml_statements(text):
        if header := _TOML_HEADER.match(statement):
            *around, last = _keys(header[2])
            table = ()
            for each in around:
                table = (*table, each)
                table = (*table, seen[table] - 1) if table in seen else table
            table = (*table, last)
            if header[1] == "[[":
                seen[table] += 1
                table = (*table, seen[table] - 1)
            positions.setdefault(table, line)
        elif pair := _TOML_PAIR.match(statement):
            keys = (*table, *_keys(pair[1]))
            for length in range(len(table) + 1, len(keys) + 1):
                positions.setdefault(keys[:length], line)
    return positions


def _toml_statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the line it begins on; strings and lists over several lines stay whole."""
    depth, line, begins, start = 0, 1, 1, 0
    for token in _TOML_TOKEN.finditer(text + "\n"):
        found = token[0]
        if found in "[{":
            depth += 1
        elif found in "]}":
            depth = max(0, depth - 1)
        line += found.count("\n")
        if found == "\n" and depth == 0:
            yield begins, text[start : token.start()].strip()
            begins, start = line, token.end()


def _keys(text: str) -> Path:
    return tuple(each.strip("\"'") for each in re.findall(_TOML_KEY, text))


@dataclass(slots=True)
class _Open:
    """An object or a list of a JSON text that is not closed yet."""

    path: Path
    is_list: bool
    key: Key = 0
    awaits_key: bool = field(default=True)


def json_positions(text: str) -> Positions:
    """Path → line (from 1) of each key and each list element of a JSON text that is an object."""
    positions: Positions = {}
    stack: list[_Open] = []
    line = 1
    for token in _JSON_TOKEN.finditer(text):
        found = token[0]
        line += found == "\n"
        inner = stack[-1] if stack else None
        if found in ("{", "["):
            path = (*inner.path, inner.key) if inner else ()
            positions.setdefault(path, line)
            stack.append(_Open(path, found == "["))
        elif inner is None or found == "\n":
            continue
        elif found in ("}", "]"):
            stack.pop()
        elif found == ",":
            inner.awaits_key = True
            inner.key = inner.key + 1 if isinstance(inner.key, int) else inner.key
        elif found == ":":
            inner.awaits_key = False
        elif not inner.is_list and inner.awaits_key:
            inner.key = found[1:-1]
            positions.setdefault((*inner.path, inner.key), line)
    return positions
