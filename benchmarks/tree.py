"""A library of many small files, walked: our walk with its rows beside ``find``, and a discovery that finds nothing new.

Both sides are told by their processor time, user and system: what the disk takes is the same for both.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.child import Measurement, measured, step

EPISODES, SEASONS = 20, 5
#: Walk and rows take at most so many times the processor time of ``find``; and an unchanged million so many seconds of it.
WALK_LIMIT, WALK_AIM = 2.0, 1.5
UNCHANGED_LIMIT, UNCHANGED_AIM = 10.0, 8.0

#: As its user would redirect it: nothing is written anywhere.
_FIND = ("sh", "-c", r"""exec find "$0" -type f -printf '%p %s %T@ %C@ %i\n' > /dev/null""")

Say = Callable[[str, str, Measurement | str], None]


def plant(root: Path, files: int) -> None:
    """So many small files below ``root``: shows of five seasons of twenty episodes, all written an hour ago."""
    for season in range(-(-files // EPISODES)):
        show, number = divmod(season, SEASONS)
        folder = root / f"Show {show:05}" / f"Season {number + 1:02}"
        folder.mkdir(parents=True)
        for episode in range(min(EPISODES, files - season * EPISODES)):
            path = folder / f"Show {show:05} S{number + 1:02}E{episode + 1:02} - Episode.mkv"
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL)
            os.write(descriptor, b"x" * 100)
            os.close(descriptor)


def walks(work: Path, files: int, pairs: int, say: Say) -> list[Mapping[str, Measurement]]:
    """So many pairs on one tree, which lies below ``work`` and is left there."""
    root = work / f"library-{files}"
    measured([sys.executable, "-m", "benchmarks.tree", str(root), str(files)])
    found: list[Mapping[str, Measurement]] = []
    for number in range(pairs):
        one = {"find": measured([*_FIND, str(root)])[0], "walk": step("walk", file=root)}
        if not number:
            one["discover"] = step("discover", file=root)
        one["discover_unchanged"] = step("discover", file=root)
        if not number:
            one |= _ingested(work / f"library-{files}.db", root, files)
        for name, measurement in one.items():
            say("files", name, measurement)
        found.append(one)
    return found


def _ingested(database: Path, root: Path, files: int) -> dict[str, Measurement]:
    """The whole product on the tree, on SQLite: new, unchanged, a hundredth touched, a hundredth moved."""
    ingest = partial(step, "ingest", db=f"sqlite:///{database}", file=root)
    found = {"ingest": ingest(), "ingest_unchanged": ingest()}
    every = sorted(root.rglob("*.mkv"))[::100]
    for path in every:
        os.utime(path, (path.stat().st_mtime - 60,) * 2)
    found["ingest_touched"] = ingest()
    for path in every:
        path.rename(path.with_name(path.name.replace("Episode", "Renamed")))
    found["ingest_moved"] = ingest()
    for path in every:  # as it was, for the next pair
        moved = path.with_name(path.name.replace("Episode", "Renamed"))
        moved.rename(path)
    return found


def table(files: int, pairs: list[Mapping[str, Measurement]]) -> Table:
    """What people read."""
    shown = Table(title=f"{files:,} small files, medians of {len(pairs)} pair(s)", title_justify="left")
    for heading in ("step", "user s", "sys s", "µs of CPU a file", "peak MB", "goal", ""):
        shown.add_column(heading)
    for name in dict.fromkeys(name for pair in pairs for name in pair):
        each = [pair[name] for pair in pairs if name in pair]
        cpu = median(one.user + one.system for one in each)
        shown.add_row(
            name,
            f"{median(one.user for one in each):.2f}",
            f"{median(one.system for one in each):.2f}",
            f"{cpu / files * 1e6:.2f}",
            f"{max(one.peak_mb for one in each):,}",
            *_goal(name, files, pairs),
        )
    return shown


def _goal(name: str, files: int, pairs: list[Mapping[str, Measurement]]) -> tuple[str, str]:
    if name == "walk":
        ratio = median(_cpu(pair["walk"]) / _cpu(pair["find"]) for pair in pairs)
        return f"{ratio:.2f} × find; at most {WALK_LIMIT:g}", _verdict(ratio, WALK_LIMIT, WALK_AIM)
    if name in ("discover_unchanged", "ingest_unchanged"):
        million = median(_cpu(pair[name]) for pair in pairs if name in pair) / files * 1e6
        return f"{million:.1f} s a million; at most {UNCHANGED_LIMIT:g}", _verdict(
            million, UNCHANGED_LIMIT, UNCHANGED_AIM
        )
    return "", ""


def _cpu(found: Measurement) -> float:
    return max(found.user + found.system, 0.001)


def _verdict(value: float, limit: float, aim: float) -> str:
    return "aim met" if value <= aim else "goal met" if value <= limit else "FALLS SHORT"


def show(console: Console, trees: Mapping[int, list[Mapping[str, Measurement]]]) -> None:
    """A table for each number of files."""
    for files, pairs in trees.items():
        console.print(table(files, pairs))


def main() -> None:
    """Plant the tree that the arguments name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("files", type=int)
    given = parser.parse_args()
    plant(given.root, given.files)


if __name__ == "__main__":
    main()
