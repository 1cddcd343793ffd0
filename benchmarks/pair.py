"""One pair: the limits and our steps, side by side on one store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.child import ChildFailed, Measurement, step
from benchmarks.databases import Database, NoLimit

#: Rolling back is done within this, in seconds, or not as it should be.
ROLLBACK_PATIENCE = 120.0

Say = Callable[[str, str, Measurement | str], None]


def pair(store: Database, files: dict[str, Path], say: Say) -> dict[str, Measurement]:
    """Every step on ``store`` by name, told to ``say`` as it ends; databases are gone afterwards."""
    found: dict[str, Measurement] = {}

    def note(name: str, measurement: Measurement) -> Measurement:
        found[name] = measurement
        say(store.name, name, measurement)
        store.settle()
        return measurement

    try:
        try:
            note("limit", store.limit("limit", files["keyed"]))
        except NoLimit as absent:
            say(store.name, "limit", f"SKIPPED: {absent}; ratios to it are missing")
        url = store.new("main")
        step("declare", db=url)
        first = note("first", step("load", db=url, file=files["base"]))
        copied = store.copy("undo", "main")
        try:
            note("rollback_first", step("undo", patience=ROLLBACK_PATIENCE, db=copied, run=first.run))
        except ChildFailed as fault:
            say(store.name, "rollback_first", f"FAILED: {fault}; measured again below, with statistics")
            copied = store.copy("undo", "main")
            store.analyse("undo")
            note("rollback_first_analysed", step("undo", db=copied, run=first.run))
        store.drop("undo")
        note("hash", step("digest", file=files["base"]))
        note("identical", step("load", db=url, file=files["base"]))
        note("parse", step("parse", file=files["shuffled"]))
        note("reading", step("reading", file=files["shuffled"]))
        note("typing", step("typing", file=files["shuffled"]))
        note("cleaning", step("cleaning", file=files["shuffled"]))
        note("unchanged", step("load", db=url, file=files["shuffled"]))
        delta = note("delta", step("load", db=url, file=files["delta"]))
        note("rollback_delta", step("undo", db=url, run=delta.run))
        note("health", step("health", db=url))
        step("unlink", db=url)
        note("backfill", step("backfill", db=url))
    finally:
        for name in ("limit", "main", "undo"):
            store.drop(name)
    return found
