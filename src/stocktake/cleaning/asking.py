"""The refusal that asks how columns are to be read: the cells in doubt, what each may mean, and what to say (CLN-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import Any

import polars as pl

from stocktake.cleaning.form_count import CountedColumn
from stocktake.cleaning.type_rule import type_rule
from stocktake.cleaning.verdict import Question
from stocktake.model.errors import InvalidInput

AMBIGUOUS, MIXED, ZONELESS = "column-ambiguous", "column-mixed", "column-without-time-zone"

_WHY = {
    "century": "",
    "serial": "Numbers may be Excel's count of days, or no dates at all.",
    "percent": "Percent may be kept as it is, or be hundredths.",
    "currency": "One column has one currency.",
    "order": "",
    "mark": "",
    "zone": "",
}


def value_of(column: CountedColumn, formats: tuple[str, ...], time_zone: str | None, cell: str) -> str | None:
    """What a cell becomes by these formats; None where they do not read it."""
    rule = type_rule(replace(column.field, formats=formats or column.field.formats), time_zone)
    value: str | None = pl.select(rule.canonical(pl.lit(cell, dtype=pl.String))).item()
    return value


def refusal(asked: Sequence[tuple[CountedColumn, Question]], time_zone: str | None) -> InvalidInput:
    """The refusal of a file in which columns leave open how they are read; all of them are named at once."""
    told = [_told(column, question, time_zone) for column, question in asked]
    sentences = [each.pop("sentence") for each in told]
    codes = [each["code"] for each in told]
    ways = [_ways(each) for each in told]
    declared = [each["declaration"] for each in told if each["declaration"]]
    hint = f"Say how it is meant: {'; and '.join(ways)}. It is remembered for the next files of the source."
    if declared:
        hint += f" A saved mapping may say it, too: {', '.join(declared)}."
    return InvalidInput(codes[0], "\n".join(sentences), hint=hint, details={"columns": told})


def _ways(told: dict[str, Any]) -> str:
    """What to write for one column."""
    options = " or ".join(choice["option"] for choice in told["choices"])
    if told["code"] == ZONELESS:
        return f"{options}, with the zone whose clocks it was written by"
    return options or f"export {told['column']} in one way"


def _told(column: CountedColumn, question: Question, time_zone: str | None) -> dict[str, Any]:
    """One column for programs, and its ``sentence`` for people."""
    header, field = column.header, column.field.name
    code = ZONELESS if question.what == "zone" else MIXED if question.mixed else AMBIGUOUS
    choices = [
        {"read": word, "values": values, "option": f"--read {quote(f'{header}={word}')}"}
        for word, values in _values(column, question, time_zone).items()
    ]
    table = "time_zones" if code == ZONELESS else "formats"
    word = choices[0]["read"] if choices else ""
    told = f'[{table}] {field} = "{word}"' if code == ZONELESS else f'[{table}] {field} = ["{word}"]'
    return {
        "code": code,
        "column": header,
        "field": field,
        "cells": [{"value": each.example, "line": each.line, "count": each.count} for each in question.seen],
        "choices": choices,
        "declaration": told if choices else "",
        "sentence": _sentence(header, question, choices),
    }


def _values(column: CountedColumn, question: Question, time_zone: str | None) -> dict[str, list[str | None]]:
    """What the cells in doubt become by each choice; one that reads none of them is left away."""
    if question.what == "zone":
        return {word: [] for word in question.choices}
    zone = time_zone or "UTC"
    read = {
        word: [value_of(column, (word,), zone, each.example) for each in question.seen]
        for word in question.choices
    }
    return {word: values for word, values in read.items() if any(values)}


def _sentence(header: str, question: Question, choices: list[dict[str, Any]]) -> str:
    first = question.seen[0]
    if question.what == "zone":
        return (
            f'{header}: "{first.example}" (line {first.line}) has no time zone, nor has any other cell, and the source '
            "declares none."
        )
    why = _WHY[question.what]
    if question.mixed:
        cells = " and ".join(f'"{each.example}" (line {each.line})' for each in question.seen)
        return f"{header}: {cells} are written in different ways, and no one way reads both. {why}".rstrip()
    if question.what == "century":
        means = " or ".join(f"{each['values'][0]} ({each['read']})" for each in choices)
        return f'{header}: "{first.example}" (line {first.line}) has a year of two digits. It may be {means}.'
    means = " or ".join(f"{each['values'][0]} ({each['read']})" for each in choices if each["values"][0])
    cells = "cell" if first.count == 1 else "cells"
    return (
        f'{header}: "{first.example}" (line {first.line}) may be {means}, and none of its {first.count:,} such {cells} '
        f"says which. {why}".rstrip()
    )
