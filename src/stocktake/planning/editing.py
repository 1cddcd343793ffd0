"""Edits by hand, planned: what is asked for as a row, what is wrong with it, and what it changes (PRE-24, ERR-2, PRE-17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import ColumnMapping
from stocktake.model.mapping import Mapping as Columns
from stocktake.model.record_type import OnBlank, RecordType, Reference, check_known
from stocktake.model.source import Source
from stocktake.planning.problem import PROBLEMS

#: Who a person's values are cleaned for: nobody declares anything about them.
_HAND = "by hand"


def check_fields(kind: RecordType, values: Mapping[str, str]) -> None:
    """Raises ``InvalidInput``: ``unknown-field``, or ``nothing-to-change`` where no value is given."""
    check_known(kind, values)
    if not values:
        raise InvalidInput(
            "nothing-to-change",
            "No field is named, so there is nothing to change.",
            hint=f"Write FIELD=VALUE, such as {kind.fields[0].name}=…; FIELD= clears the field.",
        )


def handed(kind: RecordType, values: Mapping[str, str]) -> tuple[pl.DataFrame, RecordType, Source, Columns]:
    """What cleaning takes: the values as the one row of a file whose columns are called as the fields; a blank clears."""
    cells = {f"c{place}": [value] for place, value in enumerate(values.values())}
    batch = pl.DataFrame(
        {"_row": [0], "_line": [1], "_fault": [None], **cells},
        schema={
            "_row": pl.UInt32,
            "_line": pl.UInt32,
            "_fault": pl.String,
            **dict.fromkeys(cells, pl.String),
        },
    )
    columns = tuple(
        ColumnMapping(position=place, column=kind[name].label, field=name, how="map")
        for place, name in enumerate(values)
    )
    clearing = tuple(replace(each, on_blank=OnBlank.CLEAR) for each in kind.fields)
    source = Source(name=_HAND, record_types=(kind.name,))
    return batch, replace(kind, fields=clearing), source, Columns(columns=columns)


def unresolved(kind: RecordType, each: Reference, text: str, candidates: list[str] | None) -> pl.DataFrame:
    """The problem of a reference that names no record, or several (IDN-4)."""
    if candidates:
        said = f'"{text}" names several records of {each.to}: {", ".join(candidates)}. Name one by its external id.'
    else:
        said = f'"{text}" names no {each.to}. Import that first, or correct the value.'
    code = "ambiguous-reference" if candidates else "unresolved-reference"
    return _problem(kind[each.field].label, each.field, text, code, said)


def identities_taken(
    kind: RecordType, ladder: list[tuple[str, ...]], mine: pl.DataFrame, theirs: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """Problems of identities that other records have (IDN-1); ladder: the rungs that the edit touches."""
    for place, rung in enumerate(kind.identity):
        value = mine[f"_rung{place}"][0]
        if rung not in ladder or value is None:
            continue
        holders = theirs.filter(pl.col(f"_rung{place}") == value)["_record_id"].to_list()
        if holders:
            what = " and ".join(kind[part].label for part in rung)
            said = (
                f'{what} "{value}" stands for record {holders[0]} already, and rows could not tell the two apart. '
                "Correct the one that is wrong."
            )
            yield _problem(what, rung[0], value, "unique-error", said)


def _problem(column: str, field: str, value: str, code: str, message: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "_row": [0],
            "line": [1],
            "column": [column],
            "field": [field],
            "value": [value],
            "code": [code],
            "message": [message],
        },
        schema=PROBLEMS,
    )


def rejected(kind: RecordType, record_id: int, problems: pl.DataFrame) -> InvalidInput:
    """The refusal of values that do not hold, with all that is wrong with them."""
    found = problems.select("field", "column", "value", "code", "message").to_dicts()
    said = " ".join(
        each["message"]
        if each["message"].startswith(each["column"])
        else f"{each['column']}: {each['message']}"
        for each in found
    )
    return InvalidInput(
        "values-rejected",
        f"{kind.title} {record_id} was not changed. {said}",
        hint=f"`stocktake type show {kind.name}` says what each field takes.",
        details={"errors": found},
    )


def changes(now: pl.DataFrame, drafts: pl.DataFrame) -> pl.DataFrame:
    """``field, before, after`` of what differs; now: the record, drafts: its new values ("" clears)."""
    lines = [
        (name, now[name][0], drafts[name][0] or None)
        for name in drafts.columns
        if name in now.columns and now[name][0] != (drafts[name][0] or None)
    ]
    return pl.DataFrame(
        lines, schema={"field": pl.String, "before": pl.String, "after": pl.String}, orient="row"
    )


def after(now: pl.DataFrame, drafts: pl.DataFrame) -> pl.DataFrame:
    """The record with its new values."""
    return now.with_columns(
        pl.lit(drafts[name][0] or None, dtype=pl.String).alias(name)
        for name in now.columns
        if name in drafts.columns
    )


def written(record_id: int, version: int, changed: pl.DataFrame) -> pl.DataFrame:
    """The record as it is to be written: ``id, version`` and a column per changed field."""
    values = {field: [value] for field, _, value in changed.iter_rows()}
    return pl.DataFrame(
        {"id": [record_id], "version": [version], **values},
        schema={"id": pl.Int64, "version": pl.Int64, **dict.fromkeys(values, pl.String)},
    )


def act_of(kind: RecordType, changed: pl.DataFrame, *, is_retired: bool) -> Action:
    """Whether the edit retires the record, brings it back, or neither (PRE-17)."""
    status = kind.lifecycle.field if kind.lifecycle else None
    turned = changed.filter(pl.col("field") == status)["after"].to_list() if status else []
    if not turned or kind.lifecycle is None:
        return Action.UPDATE
    retires = turned[0] == kind.lifecycle.retired
    if retires == is_retired:
        return Action.UPDATE
    return Action.RETIRE if retires else Action.REACTIVATE
