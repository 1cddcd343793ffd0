"""``python -m benchmarks [--rows 100000,1000000] [--stores sqlite,postgres] [--pairs 5]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.child import Measurement, measured
from benchmarks.databases import database, versions
from benchmarks.goals import GOALS, medians, ratios
from benchmarks.pair import pair
from benchmarks.report import Pairs, show

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print the tables, and keep the figures in ``benchmarks/results``."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was begun is put away
    given = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 170)
    found: dict[tuple[int, str], Pairs] = {}
    given.folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="work-", dir=given.folder))

    def say(store: str, name: str, measurement: Measurement | str) -> None:
        if isinstance(measurement, str):
            console.print(f"[bold red]{store} {name}: {measurement}")
            return
        phases = " ".join(f"{phase}={value:.2f}" for phase, value in measurement.phases.items())
        console.print(
            f"{store:8} {name:14} {measurement.wall:8.2f} s {measurement.peak_mb:6,} MB  {phases}  "
            f"{dict(measurement.counts)}",
            highlight=False,
        )

    try:
        for rows in given.rows:
            _, said = measured([sys.executable, "-m", "benchmarks.machines", str(given.folder), str(rows)])
            files = {name: Path(path) for name, path in json.loads(said).items()}
            for number in range(given.pairs):
                for name in given.stores:
                    console.print(f"[bold]{rows:,} rows, pair {number + 1} of {given.pairs}, {name}")
                    with database(name, work) as store:
                        found.setdefault((rows, name), []).append(pair(store, files, say))
                    _keep(given, found)
    finally:
        shutil.rmtree(work)
    show(console, found)
    console.print(f"kept in {_keep(given, found)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rows", type=lambda text: [int(each) for each in text.split(",")], default=[1_000_000]
    )
    parser.add_argument("--stores", type=lambda text: text.split(","), default=["sqlite", "postgres"])
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stocktake-bench")
    given = parser.parse_args()
    given.began = datetime.now(UTC)
    return given


def _keep(given: argparse.Namespace, found: dict[tuple[int, str], Pairs]) -> Path:
    """Write all figures so far; a run that is cut short leaves what it has."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{given.began:%Y%m%dT%H%M%SZ}.json"
    content: dict[str, Any] = {
        "began": given.began.isoformat(),
        "revision": _revision(),
        "machine": {
            "platform": platform.platform(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
        "programs": versions(),
        "measured": [
            {
                "rows": rows,
                "store": store,
                "medians": medians(pairs),
                "ratios": {f"{goal.step}/{goal.against}": ratios(pairs, goal) for goal in GOALS},
                "pairs": [{name: asdict(each) for name, each in one.items()} for one in pairs],
            }
            for (rows, store), pairs in found.items()
        ],
    }
    path.write_text(json.dumps(content, indent=1))
    return path


def _revision() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


if __name__ == "__main__":
    main()
