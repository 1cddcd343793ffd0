"""One match: ours and a peer, step by step on one store and the same files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.child import ChildFailed, Measurement, step
from benchmarks.databases import Database
from benchmarks.pair import Say
from benchmarks.peers.peer import Peer

#: The steps, and the file that each of them imports.
STEPS = {"first": "base", "unchanged": "shuffled", "delta": "delta"}

Side = Callable[[Path], Measurement]


def match(
    store: Database, files: dict[str, Path], peer: Peer, say: Say, *, ours_first: bool
) -> dict[str, Measurement]:
    """``ours first``, ``dlt first`` …: each side's steps by name, as far as the peer came; databases are gone afterwards.

    Who begins matters little and is the caller's to change from match to match.
    """
    found: dict[str, Measurement] = {}
    ours, theirs = store.new("ours"), store.new("theirs")
    with tempfile.TemporaryDirectory(prefix="stocktake-peer-") as folder:

        def import_ours(file: Path) -> Measurement:
            return step("load", db=ours, file=file)

        def import_theirs(file: Path) -> Measurement:
            return peer.step("load", db=theirs, folder=Path(folder), file=file)

        sides: list[tuple[str, Side]] = [("ours", import_ours), (peer.name, import_theirs)]
        try:
            step("declare", db=ours)
            for each in peer.setup:
                peer.step(each, db=theirs, folder=Path(folder))
            for name, file in STEPS.items():
                for side, run in sides if ours_first else reversed(sides):
                    store.settle()
                    measurement = found[f"{side} {name}"] = run(files[file])
                    say(store.name, f"{side} {name}", measurement)
        except ChildFailed as fault:
            say(store.name, f"against {peer.name}", f"FAILED: {fault}; what comes after is missing")
        finally:
            for database in ("ours", "theirs"):
                store.drop(database)
    return found
