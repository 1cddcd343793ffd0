"""Where our steps spend their time: ``python -m benchmarks.hotspot [--rows N] [--stores …] [--steps first,delta]``.

Each step runs under py-spy (not a dependency: ``pip install py-spy``), which looks at the main thread 50 times a second,
waiting included. A look counts for the innermost line of ours on the stack, whatever Polars or a driver does below it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console

from benchmarks.child import measured
from benchmarks.databases import Database, database

RATE = 50
STEPS = ("first", "rollback_first", "unchanged", "delta", "rollback_delta")
_FRAME = re.compile(r"(?P<function>[^;]+) \((?P<place>[^;()]*stocktake/[^;()]+:\d+)\)")


def hotspots(store: Database, files: dict[str, Path], wanted: list[str], console: Console, top: int) -> None:
    """Run the steps in their order; tell the lines of those that are ``wanted``."""

    def run(name: str, step: str, **options: object) -> dict[str, object]:
        counted, told = _looked_at(step, options) if name in wanted else (None, _plain(step, options))
        if counted is not None:
            _tell(console, f"{store.name} {name}", counted, top)
        store.settle()
        return told

    try:
        url = store.new("hot")
        run("declare", "declare", db=url)
        first = run("first", "load", db=url, file=files["base"])
        if "rollback_first" in wanted:
            copied = store.copy("cold", "hot")
            store.analyse("cold")
            run("rollback_first", "undo", db=copied, run=first["run"])
            store.drop("cold")
        if "unchanged" in wanted:
            run("unchanged", "load", db=url, file=files["shuffled"])
        if {"delta", "rollback_delta"} & set(wanted):
            delta = run("delta", "load", db=url, file=files["delta"])
            run("rollback_delta", "undo", db=url, run=delta["run"])
    finally:
        for name in ("hot", "cold"):
            store.drop(name)


def _plain(step: str, options: dict[str, object]) -> dict[str, object]:
    _, said = measured([sys.executable, "-m", "benchmarks.step", step, *_arguments(options)])
    told: dict[str, object] = json.loads(said)
    return told


def _looked_at(step: str, options: dict[str, object]) -> tuple[Counter[tuple[str, ...]], dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        looker = [str(Path(sys.executable).with_name("py-spy")), "record", "--idle", "--rate", str(RATE)]
        looker += ["--format", "raw", "--threads", "--output", str(stacks), "--"]
        command = [*looker, sys.executable, "-m", "benchmarks.step", step, *_arguments(options)]
        said = subprocess.run(command, capture_output=True, check=True).stdout
        counted = _counted(stacks.read_text())
    told: dict[str, object] = json.loads(said[said.index(b"{") : said.rindex(b"}") + 1])
    return counted, told


def _arguments(options: dict[str, object]) -> list[str]:
    return [f"--{key}={value}" for key, value in options.items()]


def _counted(stacks: str) -> Counter[tuple[str, ...]]:
    """Looks per chain of our frames, outermost first."""
    counted: Counter[tuple[str, ...]] = Counter()
    for line in stacks.splitlines():
        stack, _, looks = line.rpartition(" ")
        if "MainThread" not in stack:
            continue
        frames = tuple(
            f"{each['place'].rpartition('stocktake/')[2]} {each['function'].strip()}"
            for each in _FRAME.finditer(stack)
        )
        if frames:
            counted[frames] += int(looks)
    return counted


def _tell(console: Console, title: str, counted: Counter[tuple[str, ...]], top: int) -> None:
    lines: Counter[str] = Counter()
    callers: dict[str, Counter[str]] = {}
    for frames, looks in counted.items():
        lines[frames[-1]] += looks
        above = next((each for each in reversed(frames[:-1]) if each.startswith("flows/")), "")
        callers.setdefault(frames[-1], Counter())[above] += looks
    console.print(f"\n[bold]{title}: {sum(lines.values()) / RATE:.1f} s in our frames")
    for line, looks in lines.most_common(top):
        above = ", ".join(
            f"{place} {count / RATE:.1f}" for place, count in callers[line].most_common(3) if place
        )
        console.print(
            f"  {looks / RATE:6.2f} s  {line}" + (f"   < {above}" if above else ""), highlight=False
        )


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hotspot")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stores", type=lambda text: text.split(","), default=["sqlite", "postgres"])
    parser.add_argument("--steps", type=lambda text: text.split(","), default=list(STEPS))
    parser.add_argument("--top", type=int, default=14)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stocktake-bench")
    given = parser.parse_args()
    console = Console(width=180)
    _, said = measured([sys.executable, "-m", "benchmarks.machines", str(given.folder), str(given.rows)])
    files = {name: Path(path) for name, path in json.loads(said).items()}
    with tempfile.TemporaryDirectory(prefix="hot-", dir=given.folder) as work:
        for name in given.stores:
            with database(name, Path(work)) as store:
                hotspots(store, files, given.steps, console, given.top)


if __name__ == "__main__":
    main()
