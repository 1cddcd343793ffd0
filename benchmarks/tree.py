"""A library of many small files, walked: our walk with its rows beside ``find``, and a discovery that finds nothing new.

Both sides are told by their processor time, user and system: what the disk takes is the same for both.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.child import Measurement, measured, step

EPISODES, SEASONS = 20, 5
#: Files of one show.
SHOW = EPISODES * SEASONS
#: Walk and rows take at most so many times the processor time of ``find``; and an unchanged million so many seconds of it.
WALK_LIMIT, WALK_AIM = 2.0, 1.5
UNCHANGED_LIMIT, UNCHANGED_AIM = 10.0, 8.0

#: As its user would redirect it: nothing is written anywhere.
_FIND = ("sh", "-c", r"""exec find "$0" -type f -printf '%p %s %T@ %C@ %i\n' > /dev/null""")

Say = Callable[[str, str, Measurement | str], None]


def path_of(root: Path, number: int) -> Path:
    """Where the file of that number lies, from 0: computed, so that nobody need hold them all."""
    show, within = divmod(number, SHOW)
    season, episode = divmod(within, EPISODES)
    folder = root / f"Show {show:05}" / f"Season {season + 1:02}"
    return folder / f"Show {show:05} S{season + 1:02}E{episode + 1:02} - Episode.mkv"


def plant(root: Path, files: int) -> None:
    """So many small files below ``root``: shows of five seasons of twenty episodes, all written an hour ago."""
    for number in range(files):
        path = path_of(root, number)
        if number % EPISODES == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL)
        os.write(descriptor, b"x" * 100)
        os.close(descriptor)


def planted(work: Path, files: int) -> Path:
    """A tree of so many files below ``work``, which is left there; made by a process of its own."""
    root = work / f"library-{files}"
    measured([sys.executable, "-m", "benchmarks.tree", str(root), str(files)])
    return root


def walks(root: Path, pairs: int, say: Say) -> list[Mapping[str, Measurement]]:
    """So many pairs on one tree."""
    found: list[Mapping[str, Measurement]] = []
    for number in range(pairs):
        one = {"find": measured([*_FIND, str(root)])[0], "walk": step("walk", file=root)}
        if not number:
            one["discover"] = step("discover", file=root)
        one["discover_unchanged"] = step("discover", file=root)
        for name, measurement in one.items():
            say("files", name, measurement)
        found.append(one)
    return found


def table(files: int, pairs: list[Mapping[str, Measurement]]) -> Table:
    """What people read."""
    shown = Table(title=f"{files:,} small files, medians of {len(pairs)} pair(s)", title_justify="left")
    for heading in ("step", "user s", "sys s", "µs of CPU a file", "peak MB", "goal", ""):
        shown.add_column(heading)
    for name in dict.fromkeys(name for pair in pairs for name in pair):
        each = [pair[name] for pair in pairs if name in pair]
        seconds = median(cpu(one) for one in each)
        shown.add_row(
            name,
            f"{median(one.user for one in each):.2f}",
            f"{median(one.system for one in each):.2f}",
            f"{seconds / files * 1e6:.2f}",
            f"{max(one.peak_mb for one in each):,}",
            *_goal(name, files, pairs),
        )
    return shown


def _goal(name: str, files: int, pairs: list[Mapping[str, Measurement]]) -> tuple[str, str]:
    if name == "walk":
        ratio = median(cpu(pair["walk"]) / cpu(pair["find"]) for pair in pairs)
        return f"{ratio:.2f} × find; at most {WALK_LIMIT:g}", verdict(ratio, WALK_LIMIT, WALK_AIM)
    if name == "discover_unchanged":
        return unchanged_goal(median(cpu(pair[name]) for pair in pairs if name in pair), files)
    return "", ""


def unchanged_goal(seconds: float, files: int) -> tuple[str, str]:
    """What so many files that had not changed may take, and whether ``seconds`` of processor time are within that."""
    million = seconds / files * 1e6
    told = f"{million:.1f} s a million; at most {UNCHANGED_LIMIT:g}"
    return told, verdict(million, UNCHANGED_LIMIT, UNCHANGED_AIM)


def cpu(found: Measurement) -> float:
    """Seconds of processor time, user and system."""
    return max(found.user + found.system, 0.001)


def verdict(value: float, limit: float, aim: float) -> str:
    """How a figure stands to its goal."""
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
