"""The whole product on a library of small files, on every store: each thing that may become of it, and the right counts.

First ingest, unchanged, a hundredth touched, a hundredth moved, a hundredth in folders that cannot be read, an emptied root,
and all of it back. Told by the processor time of our process; what a server takes is not in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.child import Measurement, step
from benchmarks.databases import Database
from benchmarks.tree import SHOW, Say, cpu, path_of, unchanged_goal

#: One file in so many is touched and moved, and one show in so many cannot be read.
SHARE = 100
#: The most memory that a library of so many files may take, in MiB, on either store.
PEAK_FILES, PEAK_MB = 200_000, 600

Steps = Mapping[str, Measurement]


def right(files: int) -> dict[str, dict[str, int]]:
    """What each step must count, by its name; what is 0 is left out."""
    some, shows = -(-files // SHARE), -(-files // SHOW)
    shut = range(0, shows, SHARE)
    unseen = sum(min(SHOW, files - show * SHOW) for show in shut)
    same = {"assets_discovered": files, "assets_skipped": files}
    changed = {"assets_discovered": files, "assets_updated": some, "assets_skipped": files - some}
    seen = {"assets_discovered": files - unseen, "assets_skipped": files - unseen, "errors": len(shut)}
    return {
        "first": {"assets_discovered": files, "assets_ingested": files},
        "unchanged": same,
        "touched": changed,
        "moved": changed,
        "failed subtree": seen,
        "emptied root": {"root-suspect": 1},
        "all back": same,
    }


def ingests(store: Database, root: Path, files: int, say: Say) -> Steps:
    """Every step on ``store`` by name; the tree is as it was afterwards, and the database gone."""
    found: dict[str, Measurement] = {}
    url = store.new("library")

    def ingest(name: str, **options: object) -> None:
        store.settle()
        found[name] = step("ingest", db=url, file=root, **options)
        say(store.name, name, found[name])

    some = [path_of(root, number) for number in range(0, files, SHARE)]
    try:
        ingest("first")
        ingest("unchanged")
        for path in some:
            os.utime(path, (path.stat().st_mtime - 60,) * 2)
        ingest("touched")
        with _moved(some):
            ingest("moved")
            with _shut(root, files):
                ingest("failed subtree", bound=1)
            with _emptied(root):
                ingest("emptied root")
            ingest("all back")
    finally:
        store.drop("library")
    return found


@contextmanager
def _moved(some: list[Path]) -> Iterator[None]:
    pairs = [(path, path.with_name(path.name.replace("Episode", "Renamed"))) for path in some]
    for path, elsewhere in pairs:
        path.rename(elsewhere)
    try:
        yield
    finally:
        for path, elsewhere in pairs:
            elsewhere.rename(path)


@contextmanager
def _shut(root: Path, files: int) -> Iterator[None]:
    """One show in so many cannot be read. Permissions do not bind root: then the step becomes somebody whom they bind."""
    if os.geteuid() == 0:
        root.parent.chmod(0o777)
        for database in root.parent.glob("*.db"):
            database.chmod(0o666)
    shows = [path_of(root, number).parents[1] for number in range(0, files, SHOW * SHARE)]
    for each in shows:
        each.chmod(0)
    try:
        yield
    finally:
        for each in shows:
            each.chmod(0o755)


@contextmanager
def _emptied(root: Path) -> Iterator[None]:
    aside = root.with_name("aside")
    aside.mkdir()
    for each in list(root.iterdir()):
        each.rename(aside / each.name)
    try:
        yield
    finally:
        for each in list(aside.iterdir()):
            each.rename(root / each.name)
        aside.rmdir()


def table(files: int, store: str, steps: Steps) -> Table:
    """What people read."""
    shown = Table(title=f"{store}: {files:,} small files ingested", title_justify="left")
    for heading in ("step", "wall s", "user s", "sys s", "µs of CPU a file", "peak MB", "counts", "goal", ""):
        shown.add_column(heading)
    for name, one in steps.items():
        shown.add_row(
            name,
            f"{one.wall:.2f}",
            f"{one.user:.2f}",
            f"{one.system:.2f}",
            f"{cpu(one) / files * 1e6:.2f}",
            f"{one.peak_mb:,}",
            _counts(one.counts, right(files)[name]),
            *(unchanged_goal(cpu(one), files) if name == "unchanged" else ("", "")),
        )
    peak = max(one.peak_mb for one in steps.values())
    if files == PEAK_FILES:
        met = "goal met" if peak <= PEAK_MB else "FALLS SHORT"
        shown.add_row("", "", "", "", "", f"{peak:,}", "", f"at most {PEAK_MB} MB", met)
    return shown


def _counts(found: Mapping[str, int], wanted: Mapping[str, int]) -> str:
    told = ", ".join(f"{count:,} {name.removeprefix('assets_')}" for name, count in found.items())
    return f"{told}: right" if dict(found) == dict(wanted) else f"{told}: WRONG, not {dict(wanted)}"


def show(console: Console, libraries: Mapping[tuple[int, str], Steps]) -> None:
    """A table for each number of files and store."""
    for (files, store), steps in libraries.items():
        console.print(table(files, store, steps))
