"""What was measured, and keeping it as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.child import Measurement
from benchmarks.databases import versions
from benchmarks.goals import FOR_INFORMATION, GOALS, faster, growth, medians, ratios
from benchmarks.match import STEPS
from benchmarks.pages import Pages
from benchmarks.peers.peer import PEERS, version

RESULTS = Path(__file__).parent / "results"

Pairs = list[Mapping[str, Measurement]]


@dataclass(slots=True, kw_only=True)
class Found:
    """Pairs by number of rows and store; matches also by peer.

    ``names``: microseconds a name of media files, by its form. ``trees``: pairs by number of files. ``libraries``: steps by
    number of files and store. ``pages``: by number of records and store.
    """

    began: datetime
    pairs: dict[tuple[int, str], Pairs] = field(default_factory=dict)
    matches: dict[tuple[int, str, str], Pairs] = field(default_factory=dict)
    trees: dict[int, Pairs] = field(default_factory=dict)
    libraries: dict[tuple[int, str], Mapping[str, Measurement]] = field(default_factory=dict)
    pages: dict[tuple[int, str], Pages] = field(default_factory=dict)
    names: Mapping[str, float] = field(default_factory=dict)

    def grown(self) -> dict[str, tuple[int, int, dict[str, float]]]:
        """By store: the smallest and the largest number of rows, and how much longer each step took on the latter."""
        told = {}
        for store in dict.fromkeys(store for _, store in self.pairs):
            sizes = sorted(rows for rows, name in self.pairs if name == store)
            if len(sizes) > 1:
                few, many = (medians(self.pairs[rows, store]) for rows in (sizes[0], sizes[-1]))
                told[store] = (sizes[0], sizes[-1], growth(few, many))
        return told


def keep(found: Found) -> Path:
    """Write all figures so far; a run that is cut short leaves what it has."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{found.began:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(_content(found), indent=1))
    return path


def _content(found: Found) -> dict[str, Any]:
    return {
        "began": found.began.isoformat(),
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
                "ratios": {
                    f"{each.step}/{each.against}": ratios(pairs, each) for each in (*GOALS, *FOR_INFORMATION)
                },
                "pairs": _plain(pairs),
            }
            for (rows, store), pairs in found.pairs.items()
        ],
        "peers": [
            {
                "rows": rows,
                "store": store,
                "peer": peer,
                "version": version(PEERS[peer]),
                "medians": medians(matches),
                "times_as_fast": {step: faster(matches, step, peer) for step in STEPS},
                "pairs": _plain(matches),
            }
            for (rows, store, peer), matches in found.matches.items()
        ],
        "trees": [
            {"files": files, "medians": medians(pairs), "pairs": _plain(pairs)}
            for files, pairs in found.trees.items()
        ],
        "libraries": [
            {"files": files, "store": store, "steps": {name: asdict(each) for name, each in steps.items()}}
            for (files, store), steps in found.libraries.items()
        ],
        "pages": [
            {"records": rows, "store": store, **asdict(each)} for (rows, store), each in found.pages.items()
        ],
        "names": dict(found.names),
        "growth": [
            {"store": store, "from": small, "to": large, "times": times}
            for store, (small, large, times) in found.grown().items()
        ],
    }


def _plain(pairs: Pairs) -> list[dict[str, Any]]:
    return [{name: asdict(each) for name, each in one.items()} for one in pairs]


def _revision() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip()
