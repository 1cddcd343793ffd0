"""Staging: a source read to its end, mapped, with a key and a hash per row; no cell typed yet (REA-7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from stocktake.cleaning.deciding import Decided, column_course, decided
from stocktake.cleaning.draft import content_keys
from stocktake.cleaning.evidence import Contradiction, contradictions
from stocktake.cleaning.key import key_fields, key_rules
from stocktake.cleaning.key_facts import key_facts
from stocktake.flows.advising import Before, advised, sketched
from stocktake.flows.gathering import KEYED, Headed, gathered
from stocktake.flows.overriding import check_columns, check_lines, order_column, reworded
from stocktake.flows.request import Request
from stocktake.mapping import check_required
from stocktake.mapping.flow import in_flow
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.errors import Unreadable
from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping
from stocktake.model.options import ImportOptions
from stocktake.model.plan import Baseline, FileFacts
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.statistic import Statistic
from stocktake.model.suggestion import Advice
from stocktake.planning.beside import beside_rows
from stocktake.planning.duplicate import REPEATS, duplicates
from stocktake.planning.naming import name_column
from stocktake.planning.packed import Packed
from stocktake.planning.repetition import row_digest
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Origin, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is known of a source's files before one is read.

    decisions: how its last import read the columns. words: those of headers that are spelt right. values: what stood in the
    columns of its last import.
    """

    decisions: tuple[ColumnDecision, ...] = ()
    words: frozenset[str] = frozenset()
    values: Before | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file at rest: a key and a hash per row, what repeats, and the cells as read, packed.

    rows: ``_row, _line, _faulty, _key, _key_raw, _keyless, _hash, duplicate, collision``. repeats: ``REPEATS`` of
    the rows whose key others carry. baseline: what the source's next snapshot is held against. mended: the file carries the
    marks of rejected rows (ERR-3). contradictions: what columns say against the way they are read (PLN-21). decisions: how
    columns are read of which nothing is declared (CLN-1). key: what the external ids are like (MAP-5). advice: columns that
    may feed more fields (MAP-1). statistics: what the columns say, once that was measured (CLN-4). plain: the reader knows
    that all cells are plain text, and nobody edits any.
    """

    file: FileFacts
    mapping: Mapping
    warnings: tuple[Warning, ...]
    key_column: str | None
    cells: Packed
    summary: pl.DataFrame
    rows: pl.DataFrame
    repeats: pl.DataFrame
    baseline: Baseline
    mended: bool = False
    contradictions: tuple[Contradiction, ...] = ()
    decisions: tuple[ColumnDecision, ...] = ()
    key: KeyFacts | None = None
    advice: Advice = field(default_factory=Advice)
    statistics: tuple[Statistic, ...] = ()
    plain: bool = False

    def fields(self, record_type: RecordType) -> tuple[str, ...]:
        """The fields of the type that the file feeds."""
        return tuple(name for name in self.mapping.fields if name in record_type)

    @property
    def headers(self) -> dict[str, str]:
        """Field → the header of the column that feeds it."""
        return {each.field: each.column for each in self.mapping.columns}


def stage(
    origin: Origin, request: Request, remembered: Remembered, progress: Progress, *, matches: bool
) -> Staged:
    """Read everything and find out which row means what; where nothing ``matches``, no row repeats another (IDN-5).

    Raises ``Unreadable`` and ``InvalidInput`` as reader and mapping do (ERR-4: before anything is planned).
    """
    record_type, source, options = request.record_type, request.source, request.options
    reading = origin.open()
    headed = _headed(reading, request, remembered)
    walked = gathered(reading, headed, request, progress)
    found = decided(headed.course, walked.forms, source.time_zone)
    mapping = _whole(found.mapping, options, record_type)
    against = [each for each in walked.spoken_against if each.field not in found.anew]
    contradicting = contradictions(walked.cells, mapping, against)
    rows = walked.keyed.whole(KEYED)
    progress.phase("staging", rows.height)
    rows = _with_content_keys(rows)
    repeats = duplicates(rows, choice=options.duplicates) if matches else pl.DataFrame(schema=REPEATS)
    file = _file_facts(origin, reading, request, mapping, rows["_hash"])
    check_lines(options.overrides, rows["_line"])
    return Staged(
        file=file,
        mapping=mapping,
        warnings=(*reading.warnings, *headed.mapped.warnings, *_told(contradicting, found)),
        key_column=_key_column(record_type, source, mapping),
        cells=walked.cells,
        summary=walked.summary,
        rows=_with_repeats(rows.drop("_order"), repeats),
        repeats=repeats,
        baseline=Baseline(
            rows=rows.height, filled=walked.filled, rules=key_rules(record_type, source, mapping)
        ),
        mended=reading.layout.mended,
        plain=reading.plain and not options.overrides.edits,
        contradictions=contradicting,
        decisions=found.decisions,
        key=key_facts(rows, record_type, source, mapping) if matches else None,
        advice=headed.advice,
    )


def _headed(reading: Reading, request: Request, remembered: Remembered) -> Headed:
    """Map the columns, by their header and what their first rows hold; refuse what the operator says of others."""
    record_type, source, options = request.record_type, request.source, request.options
    layout = reading.layout
    held, batches = sketched(reading.batches(), layout.header)
    told = advised(
        layout.header,
        record_type,
        source,
        held,
        columns=options.columns,
        saved=options.mapping,
        known=remembered.words,
        accept=options.accept_suggestions,
        before=remembered.values,
    )
    if layout.header:
        unread = [name for name in layout.sheets if layout.sheet != "*" and name != layout.sheet]
        check_required(told.found.mapping, record_type, source, told.advice.suggestions, unread)
    course = column_course(told.found.mapping, record_type, options.reads, remembered.decisions)
    mapping = _whole(course.mapping, options, record_type)
    check_columns(options.overrides, layout.header)
    return Headed(
        batches=batches,
        mapped=told.found,
        advice=told.advice,
        course=course,
        mapping=mapping,
        order=order_column(options, layout.header),
    )


def _file_facts(
    origin: Origin, reading: Reading, request: Request, mapping: Mapping, hashes: pl.Series
) -> FileFacts:
    layout = reading.layout
    return FileFacts(
        name=request.name,
        sha256=reading.sha256,
        format=layout.format,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        sheet=layout.sheet,
        rows=len(hashes),
        header=layout.header,
        complete=reading.complete,
        size=origin.size,
        head=origin.head_digest(),
        name_column=name_column(request.record_type, mapping),
        row_digest=row_digest(hashes),
    )


def _key_column(record_type: RecordType, source: Source, mapping: Mapping) -> str | None:
    """The header of the column that the external ids come from."""
    name = next(iter(key_fields(record_type, source, mapping)), None)
    fed = mapping.of(name) if name else None
    return fed.column if fed else None


def _whole(mapping: Mapping, options: ImportOptions, record_type: RecordType) -> Mapping:
    """The mapping with what the flow says of every row, and with the operator's words."""
    return reworded(in_flow(mapping, options.flow, record_type), options.overrides, record_type)


def _told(contradicting: tuple[Contradiction, ...], found: Decided) -> list[Warning]:
    """What is told of columns that contradict their reading, of each once."""
    told = {each.reading.field for each in contradicting}
    return [each.warning for each in contradicting] + [
        warning for name, warning in found.warnings if name not in told
    ]


def _with_content_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without an external id are told apart by content and occurrence (PLN-26)."""
    keyless = rows.filter(pl.col("_key").is_null())
    marked = rows.with_columns(_keyless=pl.col("_key").is_null())
    if keyless.is_empty():
        return marked
    contents = keyless.select("_row", _content=content_keys(keyless["_hash"]))
    return beside_rows(marked, contents).with_columns(_key=pl.coalesce("_key", "_content")).drop("_content")


def _with_repeats(rows: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
    if repeats.is_empty():
        return rows.with_columns(duplicate=pl.lit(value=False), collision=pl.lit(value=False))
    flags = repeats.select("_row", "duplicate", "collision")
    return beside_rows(rows, flags).with_columns(pl.col("duplicate", "collision").fill_null(value=False))


def check_not_empty(staged: Staged, *, sweeps: bool) -> None:
    """A file without rows is a structural fault, unless a guard of the strategy speaks of it (PRE-11, REA-4)."""
    if staged.file.rows == 0 and not sweeps:
        raise Unreadable(
            "no-rows",
            f"{staged.file.name} has a header and no rows; there is nothing to import.",
            hint="Check the export: was it filtered, or cut off?",
        )
