"""The operator's overrides from a file: rows to leave out, cells written anew, words and what they mean (PLN-8, INT-11)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from stocktake.model.errors import InvalidInput
from stocktake.model.options import Edit, Overrides, Ruling


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    line: PositiveInt
    column: Annotated[str, Field(min_length=1)]
    value: str


class _Overrides(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    skip_lines: list[PositiveInt] = []
    edits: list[_Edit] = []
    values: dict[str, dict[str, str]] = {}
    retire_skip_ids: list[PositiveInt] = []
    reactivate_skip_ids: list[PositiveInt] = []
    reactivate_only_external_ids: list[str] | None = None
    reactivate_ids: list[PositiveInt] = []
    same: dict[str, PositiveInt] = {}
    new: list[str] = []


class ParsedOverrides(BaseModel):
    """A file of overrides: what concerns rows, and the lists that have options of their own (INT-3)."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    overrides: Overrides
    keep: tuple[int, ...]
    no_reactivate: tuple[int, ...]
    reactivate_only: tuple[str, ...] | None
    reactivate: tuple[int, ...]


def parse_overrides(text: str, *, origin: str) -> ParsedOverrides:
    """Overrides written in JSON or TOML.

    Raises ``InvalidInput`` ``bad-overrides`` with all mistakes at once.
    """
    try:
        told = _Overrides.model_validate(_document(text, origin))
    except ValidationError as error:
        mistakes = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise _refusal(origin, mistakes) from error
    cells = [(each.line, each.column) for each in told.edits]
    twice = sorted({cell for cell in cells if cells.count(cell) > 1})
    if twice:
        raise _refusal(origin, [f"edits: line {line}, {column} is written twice" for line, column in twice])
    return ParsedOverrides(
        overrides=Overrides(
            skip_lines=tuple(told.skip_lines),
            edits=tuple(Edit(line=each.line, column=each.column, value=each.value) for each in told.edits),
            values=tuple((name, tuple(words.items())) for name, words in told.values.items()),
            rulings=rulings(told.same.items(), told.new),
        ),
        keep=tuple(told.retire_skip_ids),
        no_reactivate=tuple(told.reactivate_skip_ids),
        reactivate_only=None
        if told.reactivate_only_external_ids is None
        else tuple(told.reactivate_only_external_ids),
        reactivate=tuple(told.reactivate_ids),
    )


def rulings(same: Iterable[tuple[str, int]], new: Iterable[str]) -> tuple[Ruling, ...]:
    """What the operator decided of rows in conflict: external id and record, and external ids of new records (PRE-20)."""
    return (
        *(Ruling(row=row, record_id=record_id) for row, record_id in same),
        *(Ruling(row=row) for row in new),
    )


def _document(text: str, origin: str) -> Any:
    try:
        return json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refusal(origin, [str(error)]) from error


def _refusal(origin: str, mistakes: list[str]) -> InvalidInput:
    return InvalidInput(
        "bad-overrides",
        f"{origin} holds no overrides that can be used:\n" + "\n".join(f"  {each}" for each in mistakes),
        hint='Write for example {"skip_lines": [14], "edits": [{"line": 17, "column": "Amount", "value": "1500"}], '
        '"values": {"stage": {"Closed": "won"}}}.',
        details={"mistakes": mistakes},
    )
