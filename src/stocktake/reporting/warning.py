"""Warnings of a plan: what stops nothing and is worth knowing before applying."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.model.plan import Baseline, Deduplication, FileFacts
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run

#: So many names are told in a sentence.
_EXAMPLES = 3

#: Files of fewer rows are not compared: each row weighs too much.
_COMPARABLE = 20
#: How much smaller or larger than the last one a snapshot may be without a word, and by how much emptier a column.
_LEAST_ROWS, _MOST_ROWS, _EMPTIER = 0.8, 1.5, 0.2
#: From this share on, nearly all known records change.
_NEARLY_ALL = 0.95

#: Lists in a reply hold so many entries at most (interfaces.md).
SHOWN = 100


def warnings_of(rows: pl.DataFrame, *, tracks: bool) -> tuple[Warning, ...]:
    """What planning noticed: rows without an external id, returns ruled out."""
    found = []
    if tracks:
        keyless = rows.filter(pl.col("_keyless"))
        if not keyless.is_empty():
            noun = "row has" if keyless.height == 1 else "rows have"
            found.append(
                _warning(
                    "without-external-id",
                    f"{keyless.height:,} {noun} no external id: imported, but presence tracking is not possible.",
                    keyless,
                )
            )
    renamed = rows.filter(pl.col("_rule") == "rekey")
    if not renamed.is_empty():
        noun = "row looks" if renamed.height == 1 else "rows look"
        shown = ", ".join(
            f'"{each["_key_raw"] or each["_key"]}" (record {each["_record_id"]})'
            for each in renamed.head(_EXAMPLES).iter_rows(named=True)
        )
        more = f" and {renamed.height - _EXAMPLES:,} more" if renamed.height > _EXAMPLES else ""
        found.append(
            _warning(
                "rekey-proposed",
                f"{renamed.height:,} {noun} like a known record under a new external id: {shown}{more}. Confirm with "
                "--rekey ID, or --rekey all.",
                renamed,
            )
        )
    stays = rows.filter(pl.col("_suppressed"))
    if not stays.is_empty():
        noun, verb = ("record is", "stays") if stays.height == 1 else ("records are", "stay")
        found.append(
            _warning(
                "reactivation-suppressed",
                f"{stays.height:,} {noun} back in this source and {verb} retired, as a person decided.",
                stays,
            )
        )
    return tuple(found)


def unlike(
    now: Baseline, before: Baseline, counts: Mapping[str, int], record_type: RecordType
) -> tuple[Warning, ...]:
    """In what a snapshot is unlike the one before it: rows, blank columns, all rows changed (PRE-14)."""
    if min(now.rows, before.rows) < _COMPARABLE:
        return ()
    found = []
    growth = now.rows / before.rows
    if not _LEAST_ROWS <= growth <= _MOST_ROWS:
        found.append(
            Warning(
                code="row-count-changed",
                message=f"The file has {now.rows:,} rows; the last snapshot had {before.rows:,}.",
                count=now.rows,
            )
        )
    earlier = dict(before.filled)
    for name, filled in now.filled:
        was, is_now = earlier.get(name, 0) / before.rows, filled / now.rows
        if was - is_now > _EMPTIER:
            label = record_type[name].label if name in record_type else name
            found.append(
                Warning(
                    code="emptier-column",
                    message=f"{label} is filled in {is_now:.0%} of the rows; in the last snapshot it was in {was:.0%}.",
                    count=now.rows - filled,
                )
            )
    matched = counts["update"] + counts["unchanged"]
    if matched >= _COMPARABLE and counts["update"] > _NEARLY_ALL * matched:
        found.append(
            Warning(
                code="all-rows-changed",
                message=f"{counts['update']:,} of {matched:,} known records change. Has the export's format changed?",
                count=counts["update"],
            )
        )
    return tuple(found)


def reordered(order: str, source: str, count: int) -> tuple[Warning, ...]:
    """That values change because sources are believed in another order than before (PRE-24)."""
    if not count:
        return ()
    values = "1 value changes" if count == 1 else f"{count:,} values change"
    return (
        Warning(
            code="order-of-sources-changed",
            message=f"Sources are believed in another order ({order or 'none'}) than when {source} was imported last: "
            f"{values} for that alone, though the rows say what they said.",
            count=count,
        ),
    )


def partial_export(told: Deduplication, rows: int, counts: Mapping[str, int]) -> tuple[Warning, ...]:
    """That a file taken for all there is looks like a part of it, where records would go because of it (PLN-10)."""
    lost = counts["retire"] + counts["delete"] + counts["held"]
    if not lost or not 0 < rows < told.existing_records / 2:
        return ()
    return (
        Warning(
            code="partial-export",
            message=f"{told.reason} If so, import it with --strategy merge, which takes nothing away.",
            count=rows,
        ),
    )


def flapping_records(found: pl.DataFrame, source: str, *, times: int, snapshots: int) -> tuple[Warning, ...]:
    """That records of a source come and go (PRE-8): which, and what would help.

    found: ``_external, _record_id, _line``; they were back at least so many ``times`` within so many ``snapshots``.
    """
    if found.is_empty():
        return ()
    shown = ", ".join(
        f'"{each["_external"]}" (record {each["_record_id"]})'
        for each in found.head(_EXAMPLES).iter_rows(named=True)
    )
    more = f" and {found.height - _EXAMPLES:,} more" if found.height > _EXAMPLES else ""
    noun = "record flaps" if found.height == 1 else "records flap"
    return (
        Warning(
            code="flapping-records",
            message=f"{found.height:,} {noun}: {shown}{more}. {source} lost "
            f"{'it' if found.height == 1 else 'each'} and had it again at least {times} times within its last {snapshots} "
            "snapshots. If its exports flicker, let it declare a grace (`[grace] snapshots = 3`).",
            count=found.height,
            rows=tuple(found["_line"].drop_nulls().head(SHOWN).to_list()),
        ),
    )


def mended_file(run_id: int | None) -> Warning:
    """That a file carries the marks of rejected rows and does not say whose; ``run_id``: the run it may mend (ERR-3)."""
    whose = (
        f"It may mend run {run_id}: say so with --mends {run_id}" if run_id else "Say whose with --mends RUN"
    )
    return Warning(
        code="mended-file",
        message="The file carries the marks of rejected rows (_line, _code, _message), which are left out. "
        f"{whose}, and both runs are told together.",
    )


def same_content(file: FileFacts, earlier: Run | None, last: Run | None) -> tuple[Warning, ...]:
    """That the same content was imported before (PLN-11).

    earlier: the newest import of the same bytes; last: the source's newest import, which may have had the same rows.
    """
    if earlier is not None:
        again = _again("The same file was imported before", earlier)
        return (again, *_flapping(earlier, last))
    same_rows = last is not None and last.file is not None and last.file.row_digest == file.row_digest
    if same_rows and last is not None and file.rows:
        return (_again("The same rows, written otherwise, were imported before", last),)
    return ()


def _flapping(earlier: Run, last: Run | None) -> tuple[Warning, ...]:
    """That a source shows an old state again, with another one between (PRE-12)."""
    if (
        last is None
        or last.run_id == earlier.run_id
        or not (last.is_full_snapshot and earlier.is_full_snapshot)
    ):
        return ()
    return (
        Warning(
            code="flapping-source",
            message=f"The file is that of run {earlier.run_id} again, and not that of run {last.run_id}: does the export "
            "flip between a stale and a live copy?",
        ),
    )


def _again(what: str, run: Run) -> Warning:
    when = f" on {run.applied_at:%Y-%m-%d %H:%M} UTC" if run.applied_at else ""
    return Warning(code="same-content", message=f"{what}, by run {run.run_id}{when}.")


def reference_notes(
    lacking: pl.DataFrame, record_type: RecordType, headers: Mapping[str, str]
) -> tuple[Warning, ...]:
    """References that are left blank, per field: what is named, and where (IDN-4).

    lacking: ``_line, field, to, text, outcome, candidates``; headers: field → column.
    """
    found = []
    for (name, outcome), mine in lacking.group_by("field", "outcome", maintain_order=True):
        label = record_type[str(name)].label
        column = headers.get(str(name), label)
        first = mine.unique("text", keep="first", maintain_order=True).head(_EXAMPLES)
        one = mine.height == 1
        rows = f"{mine.height:,} {'row' if one else 'rows'}"
        if outcome == "ambiguous":
            called = [
                f"{_shown(each['text'])} (records {', '.join(each['candidates'][:_EXAMPLES])})"
                for each in first.iter_rows(named=True)
            ]
            told = f"{rows}: {column} names several records of {mine['to'][0]}: {', '.join(called)}. "
        else:
            called = [_shown(each) for each in first["text"]]
            told = f"{rows}: {column} names no {mine['to'][0]}: {', '.join(called)}. "
        more = mine["text"].n_unique() - first.height
        told = told.removesuffix(". ") + f" and {more:,} more. " if more else told
        found.append(_warning(f"{outcome}-reference", f"{told}{label} is left blank.", mine))
    return tuple(found)


def _shown(text: str) -> str:
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


def _warning(code: str, message: str, rows: pl.DataFrame) -> Warning:
    lines = tuple(rows["_line"].head(SHOWN).to_list())
    return Warning(code=code, message=message, count=rows.height, rows=lines)
