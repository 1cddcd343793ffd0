"""``python -m benchmarks [--rows 100000,1000000] [--files 200000] [--stores sqlite,postgres] [--pairs 5]``; 0 is none."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.child import Measurement, measured
from benchmarks.databases import database
from benchmarks.library import ingests
from benchmarks.library import show as show_libraries
from benchmarks.match import match
from benchmarks.pages import pages
from benchmarks.pages import show as show_pages
from benchmarks.pair import pair
from benchmarks.peers import environment
from benchmarks.peers.peer import PEERS, USUAL, Peer, installed
from benchmarks.report import names, show
from benchmarks.results import Found, keep
from benchmarks.tree import planted, walks
from benchmarks.tree import show as show_trees


def main() -> None:
    """Measure, print the tables, and keep the figures in ``benchmarks/results``."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was begun is put away
    given = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 170)
    given.folder.mkdir(parents=True, exist_ok=True)
    found = Found(began=datetime.now(UTC))
    work = Path(tempfile.mkdtemp(prefix="work-", dir=given.folder))
    try:
        _names_of_media(console, found)
        for rows in sorted({*given.rows, *(peer.rows for peer in given.peers if peer.rows)}):
            files = _files(given.folder, rows)
            for number in range(given.pairs):
                _round(given, rows, number, files, work, console, found)
        for files in given.files:
            _library(given, files, work, console, found)
        for rows in given.pages:
            _pages(given, rows, work, console, found)
    finally:
        shutil.rmtree(work)
    show(console, found)
    show_trees(console, found.trees)
    show_libraries(console, found.libraries)
    show_pages(console, found.pages)
    console.print(f"kept in {keep(found)}")
    if absent := [name for name in USUAL if not installed(PEERS[name])]:
        console.print(f"not compared with {' and '.join(absent)}; to install them: {environment.HOW}")


def _round(
    given: argparse.Namespace,
    rows: int,
    number: int,
    files: dict[str, Path],
    work: Path,
    console: Console,
    found: Found,
) -> None:
    """One pair on every store, and one match with every peer that is measured there at this size."""

    def say(store: str, name: str, measurement: Measurement | str) -> None:
        _say(console, store, name, measurement)

    for name in given.stores:
        peers = list(_opponents(given, rows, name))
        if rows not in given.rows and not peers:
            continue
        console.print(f"[bold]{rows:,} rows, pair {number + 1} of {given.pairs}, {name}")
        with database(name, work) as store:
            if rows in given.rows:
                found.pairs.setdefault((rows, name), []).append(pair(store, files, say))
            for peer in peers:
                one = match(store, files, peer, say, ours_first=number % 2 == 0)
                found.matches.setdefault((rows, name, peer.name), []).append(one)
        keep(found)


def _library(given: argparse.Namespace, files: int, work: Path, console: Console, found: Found) -> None:
    """A tree of small files, walked, and ingested on every store."""
    say = partial(_say, console)
    console.print(f"[bold]{files:,} small files")
    root = planted(work, files)
    found.trees[files] = walks(root, given.pairs, say)
    keep(found)
    for name in given.stores:
        with database(name, work) as store:
            found.libraries[files, name] = ingests(store, root, files, say)
        keep(found)


def _pages(given: argparse.Namespace, rows: int, work: Path, console: Console, found: Found) -> None:
    """The pages of a workspace of so many records, over HTTP, on every store."""
    files = _files(given.folder, rows)
    for name in given.stores:
        console.print(f"[bold]{rows:,} records, pages, {name}")
        with database(name, work) as store:
            found.pages[rows, name] = pages(store, files, rows)
        keep(found)


def _names_of_media(console: Console, found: Found) -> None:
    """What the name of a media file costs, beside what it may."""
    _, said = measured([sys.executable, "-m", "benchmarks.names"])
    found.names = json.loads(said)
    console.print(names(found.names))


def _opponents(given: argparse.Namespace, rows: int, store: str) -> Iterator[Peer]:
    for peer in given.peers:
        if store in peer.stores and (rows == peer.rows if peer.rows else rows in given.rows):
            yield peer


def _files(folder: Path, rows: int) -> dict[str, Path]:
    _, said = measured([sys.executable, "-m", "benchmarks.machines", str(folder), str(rows)])
    return {name: Path(path) for name, path in json.loads(said).items()}


def _say(console: Console, store: str, name: str, measurement: Measurement | str) -> None:
    if isinstance(measurement, str):
        console.print(f"[bold red]{store} {name}: {measurement}")
        return
    phases = " ".join(f"{phase}={value:.2f}" for phase, value in measurement.phases.items())
    console.print(
        f"{store:8} {name:16} {measurement.wall:8.2f} s {measurement.peak_mb:6,} MB  {phases}  "
        f"{dict(measurement.counts)}",
        highlight=False,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=_numbers, default=[100_000, 1_000_000])
    parser.add_argument(
        "--files", type=_numbers, default=[200_000], help="small files that are walked; 0: none"
    )
    parser.add_argument(
        "--pages", type=_numbers, default=[1_000_000], help="records whose pages are asked for; 0: none"
    )
    parser.add_argument("--stores", type=lambda text: text.split(","), default=["sqlite", "postgres"])
    parser.add_argument(
        "--peers",
        type=_names,
        help=f"of {', '.join(PEERS)}, or none; unsaid: {', '.join(USUAL)}, where installed",
    )
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stocktake-bench")
    given = parser.parse_args()
    peers = [name for name in USUAL if installed(PEERS[name])] if given.peers is None else given.peers
    if unknown := [name for name in peers if name not in PEERS]:
        parser.error(f"there is no peer {unknown[0]}; there are {', '.join(PEERS)}")
    given.peers = [PEERS[name] for name in peers]
    if absent := [peer.name for peer in given.peers if not installed(peer)]:
        parser.error(f"{absent[0]} is not installed: {environment.HOW}")
    return given


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each != "0"]


def _names(text: str) -> list[str]:
    return [] if text == "none" else text.split(",")


if __name__ == "__main__":
    main()
