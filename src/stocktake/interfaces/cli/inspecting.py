"""``inspect``: what a file is like, and what it could be imported as (INT-11)."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.cli.arguments import ReadArguments
from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.importing import File
from stocktake.interfaces.cli.screen import Column, Screen, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.document import mapping_document
from stocktake.interfaces.wording import printable

if TYPE_CHECKING:
    from stocktake.ports.reader import Layout
    from stocktake.reporting.inspection import Inspection

_DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}


def inspect(
    file: File, /, *, read: ReadArguments | None = None, options: GlobalOptions | None = None
) -> None:
    """What a file is like: its format, its columns, and what it could be imported as.

    Example: stocktake inspect devices.csv
    """
    read = read or ReadArguments()
    with session(options) as opened:
        with progress_of(opened) as progress:
            found = opened.book.inspect(
                file,
                **read.told,
                progress=progress,
            )
        if opened.options.json:
            opened.screen.document(_document(found))
        else:
            _show(opened, found, str(file))


def _document(found: Inspection) -> dict[str, Any]:
    layout, hint = found.layout, found.suggestion
    return {
        "format": layout.format,
        "compression": layout.compression,
        "member": layout.member,
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "quote": layout.quote,
        "sheet": layout.sheet,
        "sheets": list(layout.sheets),
        "header_line": layout.header_line,
        "header_lines": layout.header_lines,
        "escape": layout.escape,
        "rows": found.rows,
        "complete": found.complete,
        "columns": [
            {
                "name": each.name,
                "type": each.type,
                "filled": each.filled,
                "distinct": each.distinct,
                "samples": list(each.samples),
            }
            for each in found.columns
        ],
        "suggested": {
            "record_type": hint.record_type if hint else None,
            "source": hint.source if hint else None,
            "mapping": mapping_document(hint.mapping) if hint else None,
        },
        "warnings": [
            {"code": each.code, "message": each.message, "count": each.count, "rows": list(each.rows)}
            for each in found.warnings
        ],
        "errors": [{"code": "faulty-rows", "message": _faulty(found)}] if found.faulty else [],
    }


def _faulty(found: Inspection) -> str:
    noun = "row does" if found.faulty == 1 else "rows do"
    return f"{found.faulty:,} {noun} not have the form of the header; `stocktake plan` names their lines."


def _show(opened: Session, found: Inspection, path: str) -> None:
    screen, layout = opened.screen, found.layout
    parted = _DELIMITERS.get(layout.delimiter or "", layout.delimiter)
    facts = (
        ("format", layout.format),
        ("packed", _packed(layout)),
        ("encoding", layout.encoding),
        ("delimiter", parted),
        ("quote", _quoting(found)),
        _part(layout),
        ("others", _others(layout)),
        ("header", _header(found)),
        ("rows", f"{found.rows:,}"),
        ("complete", "yes" if found.complete else "no: the file could not be read to its end"),
    )
    screen.line(printable(found.name), style="bold")
    screen.table([mark(""), Column("")], [each for each in facts if each[1]], indent=2)
    _columns(screen, found)
    for warning in found.warnings:
        screen.line(f"  {warning.message}", style="yellow")
    if found.faulty:
        screen.line(f"  {_faulty(found)}", style="yellow")
    screen.line()
    if found.suggestion is None:
        screen.line("No known record type has these columns. Declare one: `stocktake type add FILE`")
        return
    hint = found.suggestion
    command = f"plan {shlex.quote(path)} --type {hint.record_type} --source {shlex.quote(hint.source)}"
    screen.line(
        f"This looks like {hint.record_type} records from {hint.source}. Try {opened.command(command)}"
    )


def _packed(layout: Layout) -> str | None:
    if layout.member is None:
        return layout.compression
    return f"{layout.compression}, {printable(layout.member)}"


def _part(layout: Layout) -> tuple[str, str | None]:
    """What was read of the file: a sheet, an array, or all arrays."""
    if layout.sheet == "*":
        return "arrays", ", ".join(map(printable, layout.sheets))
    return "array" if layout.format == "json" else "sheet", printable(layout.sheet) if layout.sheet else None


def _others(layout: Layout) -> str | None:
    """The sheets or arrays that were not read."""
    others = [] if layout.sheet == "*" else [name for name in layout.sheets if name != layout.sheet]
    shown = ", ".join(printable(name) for name in others[:10])
    return f"{shown} …" if len(others) > 10 else shown or None


def _quoting(found: Inspection) -> str | None:
    """Said where it is not as usual."""
    layout = found.layout
    if not layout.delimiter or (layout.quote == '"' and layout.escape is None):
        return None
    escape = f", {layout.escape} before what would end a cell" if layout.escape else ""
    return f"{layout.quote or 'none'}{escape}"


def _header(found: Inspection) -> str | None:
    layout = found.layout
    if layout.header_lines == 0:
        return "none"
    if layout.header_line is None:
        return None
    if (layout.header_lines or 1) > 1:
        return f"{layout.header_lines} lines from line {layout.header_line}"
    return f"line {layout.header_line}"


def _columns(screen: Screen, found: Inspection) -> None:
    feeds: dict[int, list[str]] = {}
    for each in found.suggestion.mapping.columns if found.suggestion else ():
        for place in each.positions:
            feeds.setdefault(place, []).append(each.field)
    rows = [
        (
            each.name,
            each.type,
            each.filled,
            each.distinct,
            ", ".join(feeds.get(place, [])) or "–",
            "; ".join(sample[:40] for sample in each.samples),
        )
        for place, each in enumerate(found.columns)
    ]
    titles = [Column("column"), mark("type"), number("filled"), number("distinct"), Column("feeds")]
    screen.line()
    screen.table([*titles, Column("samples")], rows, indent=2)
