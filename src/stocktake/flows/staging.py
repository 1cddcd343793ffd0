"""Staging: a source read to its end, mapped, with a key and a hash per row; no cell typed yet (REA-7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from stocktake.cleaning.deciding import Decided, column_course, decided
from stocktake.cleaning.draft import content_keys, keys, row_hashes
from stocktake.cleaning.edit import edited
from stocktake.cleaning.evidence import ColumnReading, Contradiction, contradictions, evidence, readings
from stocktake.cleaning.filled import filled_cells
from stocktake.cleaning.key import key_fields, key_rules
from stocktake.cleaning.key_facts import key_facts
from stocktake.cleaning.row_fault import troubling, without_troubled
from stocktake.cleaning.summary import SUMMARY, summary
from stocktake.flows.advising import Before, advised, sketched
from stocktake.mapping import check_required
from stocktake.mapping.flow import in_flow
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping
from stocktake.model.options import ImportOptions, Overrides
from stocktake.model.plan import Baseline, FileFacts
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.statistic import Statistic
from stocktake.model.suggestion import Advice
from stocktake.planning.beside import beside_rows
from stocktake.planning.duplicate import REPEATS, duplicates
from stocktake.planning.naming import name_column
from stocktake.planning.packed import Packed, Pile
from stocktake.planning.repetition import row_digest
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Origin, Reading

_KEYED = pl.Schema(
    {
        "_row": pl.UInt32,
        "_line": pl.UInt32,
        "_faulty": pl.Boolean,
        "_key": pl.String,
        "_key_raw": pl.String,
        "_hash": pl.Binary,
        "_order": pl.String,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file at rest: a key and a hash per row, what repeats, and the cells as read, packed.

    rows: ``_row, _line, _faulty, _key, _key_raw, _keyless, _hash, duplicate, collision``. repeats: ``REPEATS`` of
    the rows whose key others carry. baseline: what the source's next snapshot is held against. mended: the file carries the
    marks of rejected rows (ERR-3). contradictions: what columns say against the way they are read (PLN-21). decisions: how
    columns are read of which nothing is declared (CLN-1). key: what the external ids are like (MAP-5). advice: columns that
    may feed more fields (MAP-1). statistics: what the columns say, once that was measured (CLN-4).
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

    def fields(self, record_type: RecordType) -> tuple[str, ...]:
        """The fields of the type that the file feeds."""
        return tuple(name for name in self.mapping.fields if name in record_type)

    @property
    def headers(self) -> dict[str, str]:
        """Field → the header of the column that feeds it."""
        return {each.field: each.column for each in self.mapping.columns}


def stage(
    origin: Origin,
    name: str,
    record_type: RecordType,
    source: Source,
    options: ImportOptions,
    progress: Progress,
    *,
    matches: bool,
    earlier: tuple[ColumnDecision, ...] = (),
    known: frozenset[str] = frozenset(),
    before: Before | None = None,
) -> Staged:
    """Read everything and find out which row means what; where nothing ``matches``, no row repeats another (IDN-5).

    earlier: how the source's last import read its columns. known: words of headers that are spelt right. before: what stood
    in the columns of the last import.

    Raises ``Unreadable`` and ``InvalidInput`` as reader and mapping do (ERR-4: before anything is planned).
    """
    reading = origin.open()
    layout = reading.layout
    held, batches = sketched(reading.batches(), layout.header)
    told = advised(
        layout.header,
        record_type,
        source,
        held,
        columns=options.columns,
        saved=options.mapping,
        known=known,
        accept=options.accept_suggestions,
        before=before,
    )
    mapped = told.found
    if layout.header:
        unread = [name for name in layout.sheets if layout.sheet != "*" and name != layout.sheet]
        check_required(mapped.mapping, record_type, source, told.advice.suggestions, unread)
    course = column_course(mapped.mapping, record_type, options.reads, earlier)
    mapping = _whole(course.mapping, options, record_type)
    _check_columns(options.overrides, layout.header)
    order = _order_column(options, layout.header)
    fills: list[pl.DataFrame] = []
    declared, speaking, forms = readings(record_type, mapping), [], []
    cells, keyed, summaries = Packed(), Pile(), [pl.DataFrame(schema=SUMMARY)]
    summarised = summary(record_type, mapping)
    used = {place for each in mapping.columns for place in each.positions}
    used |= {order} if order is not None else set()
    for given in batches:
        batch = troubling(given, used)
        cells.add(batch)
        read = edited(batch, layout.header, options.overrides.edits)
        said = without_troubled(read)
        fills.append(filled_cells(said, mapping))
        summaries.append(said.select(**summarised))
        speaking.append(evidence(said, mapping, declared))
        forms.append(course.counted(said))
        keyed.add(_keyed(batch, read, record_type, source, mapping, order))
        advance(progress, reading, batch.height)
    found = decided(course, forms, source.time_zone)
    mapping = _whole(found.mapping, options, record_type)
    speaking_against = [each for each in _spoken_against(declared, speaking) if each.field not in found.anew]
    contradicting = contradictions(cells, mapping, speaking_against)
    rows = keyed.whole(_KEYED)
    progress.phase("staging", rows.height)
    rows = _with_content_keys(rows)
    repeats = duplicates(rows, choice=options.duplicates) if matches else pl.DataFrame(schema=REPEATS)
    facts = FileFacts(
        name=name,
        sha256=reading.sha256,
        format=layout.format,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        sheet=layout.sheet,
        rows=rows.height,
        header=layout.header,
        complete=reading.complete,
        size=origin.size,
        head=origin.head_digest(),
        name_column=name_column(record_type, mapping),
        row_digest=row_digest(rows["_hash"]),
    )
    _check_lines(options.overrides, rows["_line"])
    key_field = next(iter(key_fields(record_type, source, mapping)), None)
    fed = mapping.of(key_field) if key_field else None
    return Staged(
        file=facts,
        mapping=mapping,
        warnings=(*reading.warnings, *mapped.warnings, *_told(contradicting, found)),
        key_column=fed.column if fed else None,
        cells=cells,
        summary=pl.concat(summaries),
        rows=_with_repeats(rows.drop("_order"), repeats),
        repeats=repeats,
        baseline=Baseline(
            rows=rows.height,
            filled=_totals(fills),
            rules=key_rules(record_type, source, mapping),
        ),
        mended=layout.mended,
        contradictions=contradicting,
        decisions=found.decisions,
        key=key_facts(rows, record_type, source, mapping) if matches else None,
        advice=told.advice,
    )


def _whole(mapping: Mapping, options: ImportOptions, record_type: RecordType) -> Mapping:
    """The mapping with what the flow says of every row, and with the operator's words."""
    return _reworded(in_flow(mapping, options.flow, record_type), options.overrides, record_type)


def _told(contradicting: tuple[Contradiction, ...], found: Decided) -> list[Warning]:
    """What is told of columns that contradict their reading, of each once."""
    told = {each.reading.field for each in contradicting}
    return [each.warning for each in contradicting] + [
        warning for name, warning in found.warnings if name not in told
    ]


def advance(progress: Progress, reading: Reading, rows: int) -> None:
    """So many more rows were read, of as many as can be expected by now (APP-4)."""
    if reading.rows_expected is not None:
        progress.expect(reading.rows_expected)
    progress.advance(rows)


def _spoken_against(decided: tuple[ColumnReading, ...], found: list[pl.DataFrame]) -> list[ColumnReading]:
    """The readings against which some cell of the file speaks."""
    if not decided or not found:
        return []
    counts = pl.concat(found).sum().row(0)
    return [each for each, count in zip(decided, counts, strict=True) if count]


def _totals(counts: list[pl.DataFrame]) -> tuple[tuple[str, int], ...]:
    if not counts or not counts[0].columns:
        return ()
    return tuple((name, int(total)) for name, total in pl.concat(counts).sum().row(0, named=True).items())


def _order_column(options: ImportOptions, header: tuple[str, ...]) -> int | None:
    if not options.duplicates.startswith("latest:"):
        return None
    wanted = options.duplicates.removeprefix("latest:")
    if not wanted.strip():
        raise InvalidInput(
            "unknown-duplicates-choice",
            "--duplicates latest: names no column by which rows are earlier or later.",
            hint=f"Write --duplicates latest:COLUMN; the file has: {', '.join(header)}.",
        )
    if wanted not in header:
        raise InvalidInput(
            "unknown-column",
            f'--duplicates latest:{wanted}: the file has no column "{wanted}".',
            hint=f"It has: {', '.join(header)}.",
        )
    return header.index(wanted)


def _reworded(mapping: Mapping, overrides: Overrides, record_type: RecordType) -> Mapping:
    """The mapping with the operator's words; of fields that the type has."""
    for name, _ in overrides.values:
        if name not in record_type:
            raise InvalidInput(
                "unknown-field",
                f'The overrides give words for "{name}"; {record_type.title} has no such field.',
                hint=f"It has: {', '.join(each.name for each in record_type.fields)}.",
            )
    return mapping.reworded(dict(overrides.values)) if overrides.values else mapping


def _check_columns(overrides: Overrides, header: tuple[str, ...]) -> None:
    unknown = next((each.column for each in overrides.edits if each.column not in header), None)
    if unknown is not None:
        raise InvalidInput(
            "unknown-column",
            f'The overrides edit the column "{unknown}", which the file does not have.',
            hint=f"It has: {', '.join(header)}.",
        )


def _check_lines(overrides: Overrides, lines: pl.Series) -> None:
    """Overrides are of one file: a line that starts no row of it means another one."""
    named = {*overrides.skip_lines, *(each.line for each in overrides.edits)}
    unknown = sorted(named - set(lines.filter(lines.is_in(list(named))).to_list()))
    if unknown:
        raise InvalidInput(
            "unknown-line",
            f"The overrides name line {unknown[0]:,}, at which no row of the file starts.",
            hint="Check that they were made for this file; `--rows FILE.csv` lists its rows with their lines.",
            details={"lines": unknown},
        )


def _keyed(
    batch: pl.DataFrame,
    read: pl.DataFrame,
    record_type: RecordType,
    source: Source,
    mapping: Mapping,
    order: int | None,
) -> pl.DataFrame:
    """Keys of the rows as they are to be ``read``, hashes of the cells as the source wrote them (``batch``)."""
    found = keys(read, record_type, source, mapping)
    return pl.concat(
        [
            read.select("_row", "_line", _faulty=pl.col("_fault").is_not_null()),
            found.select("_key", "_key_raw"),
            batch.select(
                row_hashes(batch, record_type, mapping).alias("_hash"),
                _order=pl.col(f"c{order}") if order is not None else pl.lit(None, dtype=pl.String),
            ),
        ],
        how="horizontal",
    ).select(_KEYED.keys())


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
