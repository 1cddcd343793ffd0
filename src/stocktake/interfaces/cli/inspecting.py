"""``inspect``: what a file is like, and what it could be imported as (INT-11)."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.importing import File
from stocktake.interfaces.cli.reading import ColumnFields, ReadArguments, SavedMappingName, columns_of
from stocktake.interfaces.cli.review import key_facts
from stocktake.interfaces.cli.screen import Column, Screen, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.inspection_document import faulty, inspection_document
from stocktake.interfaces.wording import printable
from stocktake.mapping.pasting import map_option
from stocktake.reporting.recognition import options_of
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.ports.reader import Layout
    from stocktake.reporting.inspection import Inspection

_DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}

#: Of a file with more columns only those are shown that feed a field or may feed one.
WIDE = 60
#: So many characters of a sample, samples of a column, suggestions, unmapped columns.
_CELL, _SAMPLES, _SUGGESTIONS, _UNMAPPED = 20, 2, 8, 8
#: How wide a name and a field may be, and all columns between with their gaps; samples need so much at least.
_NAME, _FEEDS, _OTHERS, _LEAST, _TITLES = 28, 30, 40, 12, 6


def inspect(
    file: File,
    /,
    *,
    type: Annotated[
        str | None, Parameter(metavar="TYPE", help="Look at it as these records; else as its header tells.")
    ] = None,
    source: Annotated[
        str | None, Parameter(metavar="SOURCE", help="Look at it as from there; else as its header tells.")
    ] = None,
    mapping: SavedMappingName = None,
    map: ColumnFields = (),
    read: ReadArguments | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """What a file is like: its format, its key, its columns, and what it could be imported as.

    Example: stocktake inspect devices.csv
    """
    read = read or ReadArguments()
    with session(options) as opened:
        with progress_of(opened) as progress:
            found = opened.book.inspect(
                file,
                **read.told,
                record_type=type,
                source=source,
                mapping=mapping,
                columns=columns_of(map),
                progress=progress,
            )
        if opened.options.json:
            opened.screen.document(inspection_document(found))
        else:
            _show(opened, found, str(file))


def _show(opened: Session, found: Inspection, path: str) -> None:
    screen = opened.screen
    screen.line(printable(found.name), style="bold")
    _file(screen, found)
    key_facts(screen, found.key, "  ")
    _columns(screen, found)
    _suggestions(screen, found)
    _left(screen, found)
    if found.warnings or found.faulty:
        screen.heading("Worth knowing")
    for warning in found.warnings:
        screen.line(f"  {printable(warning.message)}", style="yellow")
    if found.faulty:
        screen.line(f"  {faulty(found)}", style="yellow")
    screen.line()
    _outlook(opened, found, path)


def _file(screen: Screen, found: Inspection) -> None:
    """Two lines: how it was read, and how much there is."""
    layout = found.layout
    parted = _DELIMITERS.get(layout.delimiter or "", layout.delimiter)
    how = [
        layout.format,
        _packed(layout),
        layout.encoding,
        f"delimiter {parted}" if parted else None,
        _part(layout),
        _quoting(found),
        _header(found),
    ]
    screen.line(f"  {', '.join(each for each in how if each)}")
    end = "" if found.complete else "; it could not be read to its end"
    screen.line(f"  {plural(found.rows, 'row')}, {plural(len(found.columns), 'column')}{end}")


def _packed(layout: Layout) -> str | None:
    if layout.compression is None:
        return None
    if not layout.member:
        return f"packed with {layout.compression}"
    others = [name for name in layout.members if name != layout.member]
    return f"packed with {layout.compression} ({printable(layout.member)}{_others(others)})"


def _part(layout: Layout) -> str | None:
    """What was read of the file, a sheet, an array or all arrays, and what was not."""
    if layout.sheet is None:
        return None
    if layout.sheet == "*":
        return f"arrays {', '.join(map(printable, layout.sheets))}"
    others = [
        f"{printable(name)}{', hidden' * (name in layout.hidden_sheets)}"
        for name in layout.sheets
        if name != layout.sheet
    ]
    what = "array" if layout.format == "json" else "sheet"
    return f"{what} {printable(layout.sheet)}" + (f" ({_others(others, '')})" if others else "")


def _others(names: list[str], before: str = "; ") -> str:
    """What was not read, the first ten by name."""
    shown = f"{'; '.join(names[:10])}{' …' if len(names) > 10 else ''}"
    return f"{before}others: {shown}" if names else ""


def _quoting(found: Inspection) -> str | None:
    """Said where it is not as usual."""
    layout = found.layout
    if not layout.delimiter or (layout.quote == '"' and layout.escape is None):
        return None
    escape = f" and {layout.escape} before what would end a cell" if layout.escape else ""
    return f"quote {layout.quote or 'none'}{escape}"


def _header(found: Inspection) -> str | None:
    layout = found.layout
    if layout.header_lines == 0:
        return "no header"
    if layout.header_line is None:
        return None
    if (layout.header_lines or 1) > 1:
        return f"header of {layout.header_lines} lines from line {layout.header_line}"
    return f"header in line {layout.header_line}"


def _columns(screen: Screen, found: Inspection) -> None:
    """A row per column: what it holds, and the field it feeds, or ``?`` and the one it may feed."""
    feeds = _feeds(found)
    shown = [
        place
        for place in range(len(found.columns))
        if len(found.columns) <= WIDE or place in feeds or found.suggestions(place)
    ]
    fed = [f"{field} ({how})" if how else field for field, how in feeds.values()]
    names = [found.columns[place].name for place in shown]
    taken = _OTHERS + min(_NAME, max(map(len, names), default=0)) + min(_FEEDS, max(map(len, fed), default=0))
    room = None if screen.width is None else screen.width - taken
    titles = [Column("column", width=_NAME), number("filled"), number("distinct"), mark("reads as")]
    titles += [Column("feeds", width=_FEEDS), mark("samples")]
    rows = [_row(found, place, *feeds.get(place, ("–", "")), room=room) for place in shown]
    if room is not None and room < _LEAST:
        titles, rows = titles[:-1], [each[:-1] for each in rows]
    screen.line()
    screen.table(titles, rows, indent=2)
    if len(shown) < len(found.columns):
        rest = len(found.columns) - len(shown)
        screen.line(f"  … and {plural(rest, 'more column')} without a field: --json lists all", style="dim")
    if len(titles) < _TITLES:
        screen.line("  A wider window shows samples, too.", style="dim")


def _row(found: Inspection, place: int, field: str, how: str, *, room: int | None) -> tuple[object, ...]:
    each = found.columns[place]
    looks = each.looks_like if each.type in ("text", "integer") else None
    if each.type == "integer" and looks is not None and looks.value == "number":
        looks = None
    return (
        each.name or f"(column {place + 1})",
        f"{each.filled / each.rows:.0%}" if each.rows else "–",
        each.distinct,
        looks.value if looks else each.type,
        f"{field} ({how})" if how else field,
        _samples(each.samples, room),
    )


def _feeds(found: Inspection) -> dict[int, tuple[str, str]]:
    """Place → the fields it feeds or may feed, and how, with the confidence where it is not certain."""
    fields: dict[int, list[str]] = {}
    hows: dict[int, str] = {}
    for place, _ in found.target.ignored if found.target else ():
        fields[place], hows[place] = ["nothing"], "ignored by its source"
    for each in found.mapping.columns if found.mapping else ():
        for place in each.positions:
            fields.setdefault(place, []).append(each.field)
            sure = each.confidence >= 0.95 or (each.how == "parts")
            hows.setdefault(place, each.how if sure else f"{each.how} {each.confidence:.0%}")
    for hint in found.advice.suggestions:
        fields.setdefault(hint.position, []).append(f"{hint.field}?")
        hows.setdefault(hint.position, f"{hint.how} {hint.confidence:.0%}")
    return {place: (", ".join(names), hows[place]) for place, names in fields.items()}


def _samples(samples: tuple[str, ...], room: int | None) -> str:
    cells = (each if len(each) <= _CELL else each[: _CELL - 1] + "…" for each in samples[:_SAMPLES])
    text = printable("; ".join(cells))
    return text if room is None or len(text) <= room else text[: max(0, room - 1)] + "…"


def _suggestions(screen: Screen, found: Inspection) -> None:
    """What may feed what, with the words that say so."""
    hints = sorted(found.advice.suggestions, key=lambda each: -each.confidence)
    if not hints:
        return
    screen.heading("Suggested, and not taken unless you say so")
    for each in hints[:_SUGGESTIONS]:
        tied = " Another fits as well." if each.tied else ""
        screen.line(f"  {printable(map_option(each.column, each.field))}")
        screen.line(f"      {each.confidence:.0%}: {printable(each.why)}.{tied}", style="dim")
    if len(hints) > _SUGGESTIONS:
        screen.line(f"  … and {len(hints) - _SUGGESTIONS:,} more: --json lists all", style="dim")


def _left(screen: Screen, found: Inspection) -> None:
    """Required fields without a column, and columns without a field (MAP-3)."""
    target, mapping = found.target, found.mapping
    if target is None or mapping is None:
        return
    if target.missing:
        screen.line()
        screen.line(f"Required, and without a column: {', '.join(target.missing)}", style="bold red")
    left = [printable(column) for _, column in mapping.unmapped if column.strip()]
    if left:
        kept = "kept beside the record (--extra drop: left out)"
        dropped = "dropped (--extra keep: kept beside the record)"
        more = f" and {len(left) - _UNMAPPED:,} more" if len(left) > _UNMAPPED else ""
        what = kept if found.extra == "keep" else dropped
        columns = plural(len(left), "column")
        screen.heading(f"{columns} without a field, {what}")
        screen.line(f"  {', '.join(left[:_UNMAPPED])}{more}")


def _outlook(opened: Session, found: Inspection, path: str) -> None:
    screen, best, recognised = opened.screen, found.target, found.recognition
    if best is None:
        screen.line("No known record type has these columns. Declare one: `stocktake type add FILE`")
        return
    if recognised.best is not None:
        looks = "These are" if recognised.clear else "These may be"
        screen.line(f"{looks} {best.record_type} records from {best.source}: {best.words}.")
        if recognised.why:
            screen.line(f"  {printable(recognised.why)}", style="dim")
    command = f"plan {shlex.quote(path)} {options_of(best)}"
    screen.line(f"Try {opened.command(command)}")
