"""``cancel``: give an uploaded import up before its commit (UPL-2)."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.run import RunNumber
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.run_document import run_document
from stocktake.model.run import RunStatus


def cancel(
    run: RunNumber,
    /,
    *,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who cancels it; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Give up an import that was uploaded and is not applied yet: its file is deleted, nothing was written.

    One that is being applied right now is asked to stop. What is applied already is undone with `stocktake rollback`.

    Example: stocktake cancel 12
    """
    with session(options, by=by) as opened:
        found = opened.book.cancel(run).run
        if opened.options.json:
            opened.screen.document(run_document(found))
        elif found.status is RunStatus.APPLYING:
            opened.screen.line(
                f"Import {run} is being applied. It was asked to stop, and does so unless its commit comes first: "
                f"`{opened.command(f'run show {run}')}` tells."
            )
        else:
            opened.screen.line(
                f"Import {run} ({found.filename}) is cancelled. Its file is gone; nothing was written."
            )
