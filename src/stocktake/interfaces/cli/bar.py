"""Progress on a terminal: one bar per phase, on standard error, gone when the work is done (APP-4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stocktake.ports.progress import Progress, Silence

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from stocktake.interfaces.cli.setting import Session


@contextmanager
def progress_of(opened: Session) -> Iterator[Progress]:
    """Who hears how far the work has come: bars where a person looks, else nobody."""
    options = opened.options
    if options.json or options.quiet or options.verbose or not opened.screen.err.isatty():
        yield Silence()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
        console=Console(file=opened.screen.err),
        transient=True,
    ) as bars:
        yield _Watched(bars)


class _Watched:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def phase(self, name: str, total: int | None = None) -> None:
        """Finish the phase before, and begin this one."""
        self._finish()
        self._task = self._bars.add_task(name, total=total)

    def expect(self, total: int) -> None:
        """Give the bar its end, or another one."""
        if self._task is not None:
            self._bars.update(self._task, total=total)

    def advance(self, rows: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.advance(self._task, rows)

    def _finish(self) -> None:
        if self._task is not None:
            done = self._bars.tasks[self._task].completed
            self._bars.update(self._task, total=done, completed=done)
