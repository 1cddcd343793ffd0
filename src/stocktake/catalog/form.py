"""From the text of a declaration to its shape, with every mistake of form on the way."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from stocktake.catalog.mistake import Mistake, refusal
from stocktake.catalog.position import Path, Positions, json_positions, toml_positions
from stocktake.catalog.shape import TABLES, Shape, keys_of
from stocktake.catalog.vocabulary import nearest

Shaped = TypeVar("Shaped", bound=Shape)

#: What pydantic calls a mistake, in plain words.
_PLAIN = {
    "string_type": "must be text, in quotes.",
    "string_too_short": "must not be empty.",
    "int_type": "must be a whole number, without quotes.",
    "float_type": "must be a number, without quotes.",
    "bool_type": "must be true or false, without quotes.",
    "list_type": "must be a list, in square brackets.",
    "dict_type": "must be a table.",
    "model_type": "must be a table.",
    "model_attributes_type": "must be a table.",
    "missing": "is missing.",
}


def read_text(text: str, *, origin: str) -> tuple[dict[str, Any], Positions]:
    """The keys of a TOML or JSON declaration and the line of each; refused where it is neither.

    A text that begins with a brace is JSON, every other is TOML.

    Raises:
        InvalidInput: ``invalid-declaration``, with the line where the text stops being TOML or JSON.
    """
    plain = text.removeprefix("\ufeff")
    if plain.lstrip().startswith("{"):
        return _read_json(plain, origin)
    try:
        return tomllib.loads(plain), toml_positions(plain)
    except (ValueError, RecursionError) as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        sentence = re.sub(r" \(at .*\)$", "", str(error)) or "nested too deeply"
        line = int(found[1]) if found else plain.count("\n") + 1
        raise refusal([Mistake((), f"not valid TOML: {sentence}.")], {(): line}, origin=origin) from None


def _read_json(text: str, origin: str) -> tuple[dict[str, Any], Positions]:
    repeated: list[str] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        read = json.loads(text, object_pairs_hook=table)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        sentence = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise refusal([Mistake((), f"not valid JSON: {sentence}.")], {(): line}, origin=origin) from None
    if repeated:
        mistakes = [Mistake((), f'"{name}" stands twice in one table.') for name in repeated]
        raise refusal(mistakes, {}, origin=origin)
    return read, json_positions(text)


def read_shape(shape: type[Shaped], keys: Mapping[str, Any]) -> tuple[Shaped | None, list[Mistake]]:
    """What ``keys`` declare, without the values that have the wrong form, and the mistakes about those.

    The shape is None only where nothing could be saved.
    """
    rest = copy.deepcopy(dict(keys))
    mistakes: list[Mistake] = []
    for _ in range(10):
        try:
            return shape.model_validate(rest), mistakes
        except ValidationError as error:
            for each in error.errors(include_url=False):
                path = tuple(each["loc"])
                mistakes.append(Mistake(path, _sentence(shape, path, each["type"], each["msg"])))
                _leave_out(rest, path)
    return None, mistakes


def _sentence(shape: type[Shape], path: Path, kind: str, message: str) -> str:
    if kind != "extra_forbidden":
        return _PLAIN.get(kind, f"{message}.")
    around = tuple(each for each in path[:-1] if isinstance(each, str))
    known = keys_of(TABLES[shape][around])
    return f"unknown key.{nearest(str(path[-1]), known)} Known here: {', '.join(known)}."


def _leave_out(keys: Any, path: Path) -> None:
    """Take the value at ``path`` out; in a list, leave an empty one in its place, so that places hold."""
    around = None
    for depth, each in enumerate(path):
        inside = isinstance(keys, dict) and each in keys
        inside = inside or (isinstance(keys, list) and isinstance(each, int) and each < len(keys))
        if not inside:
            break
        around, at, found = keys, each, depth
        keys = keys[each]
    if isinstance(around, dict):
        del around[at]
    elif isinstance(around, list):
        parent = path[found - 1]
        around[int(at)] = {} if parent in ("field", "reference") else [] if parent == "identity" else ""
