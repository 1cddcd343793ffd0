"""``reimport``: another file in the place of a run that was rolled back (ROL-7)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from stocktake.book.plan_sheets import decisions_with_problems
from stocktake.interfaces.cli.arguments import limit_of
from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.importing import File, confirmed, must_be_able_to_ask, previewed, write_csv
from stocktake.interfaces.cli.reading import (
    ColumnFields,
    ColumnReadings,
    ReadArguments,
    SavedMappingName,
    columns_of,
    reads_of,
)
from stocktake.interfaces.cli.run import RunNumber
from stocktake.interfaces.cli.setting import GlobalOptions, session


def reimport(
    run: RunNumber,
    file: File,
    /,
    *,
    dry_run: Annotated[bool, Parameter(show_default=False, help="Preview only.")] = False,
    yes: Annotated[
        bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask. Never answers a guard.")
    ] = False,
    strategy: Annotated[
        str | None, Parameter(metavar="STRATEGY", help="Another strategy than the run's.")
    ] = None,
    map: Annotated[
        ColumnFields,
        Parameter(help="Let a column feed a field, in place of those the run was told; repeat for more."),
    ] = (),
    read_as: Annotated[
        ColumnReadings,
        Parameter(
            help="How a column is written, in place of what the run was told; as for `stocktake import`."
        ),
    ] = (),
    mapping: Annotated[SavedMappingName, Parameter(help="Another saved mapping than the run's.")] = None,
    on_error: Annotated[
        Literal["fail", "reject-rows"] | None, Parameter(help="Rows with problems; default: as the run.")
    ] = None,
    reject_limit: Annotated[
        str | None, Parameter(metavar="LIMIT", help="So many rows may be left out; default: as the run.")
    ] = None,
    allow_retire: Annotated[
        int | None,
        Parameter(metavar="N", help="Let this import retire up to N records; never taken from the run."),
    ] = None,
    on_guard: Annotated[
        Literal["refuse", "hold"] | None, Parameter(help="Where a guard blocks; default: as the run.")
    ] = None,
    overrides: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Rows to skip, cells written anew, records to keep, of this file."),
    ] = None,
    as_of: Annotated[str | None, Parameter(metavar="TIME", help="When this file was true.")] = None,
    rows: Annotated[
        Path | None, Parameter(metavar="OUT.csv", help="Write every decision, row by row, to this file.")
    ] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who imports; default: you.")] = None,
    read: ReadArguments | None = None,
    options: GlobalOptions | None = None,
) -> int:
    """Import another file in the place of a run that was rolled back: same type, source, strategy, mapping and options.

    What was said of the old file alone (rows to skip, records to keep, how many may be retired) is not said again.

    Example: stocktake reimport 3 corrected.csv --dry-run
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "an import")
        reading = read or ReadArguments()
        with progress_of(opened) as progress:
            planned = opened.book.reimport_plan(
                run,
                file,
                strategy=strategy,
                columns=columns_of(map) if map else None,
                reads=reads_of(read_as) if read_as else None,
                mapping=mapping,
                on_error=on_error,
                reject_limit=limit_of(reject_limit) if reject_limit else None,
                allow_retire=allow_retire,
                on_guard=on_guard,
                overrides=overrides,
                as_of=as_of,
                **reading.told,
                progress=progress,
            )
        if rows is not None:
            write_csv(decisions_with_problems(planned), rows)
        if not opened.options.json and not opened.options.quiet:
            opened.screen.line(f"In the place of run {run}, which was rolled back.", style="dim")
        if dry_run:
            return previewed(opened, planned, "Nothing was written. Without --dry-run this is applied.")
        return confirmed(opened, planned, yes=yes)
