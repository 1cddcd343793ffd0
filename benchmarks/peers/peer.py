"""The peers by name: what runs them, where they can be measured, and how much faster we mean to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.child import Measurement, told
from benchmarks.peers import environment

#: A peer's step that takes longer, in seconds, is ended.
PATIENCE = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A tool to compare with.

    ``module`` runs its steps in the peers' environment, ``way`` chooses among its ways of doing them, and ``needs``
    are the distributions that must be there. ``rows`` fixes the size of its files where it is not meant for large ones.
    ``goals`` say, by step, how many times as fast as the peer we mean to be.
    """

    name: str
    module: str
    needs: tuple[str, ...]
    stores: tuple[str, ...]
    goals: Mapping[str, float]
    way: str = "fastest"
    rows: int | None = None
    setup: tuple[str, ...] = field(default=())

    def step(self, name: str, *, db: str, folder: Path, file: Path | None = None) -> Measurement:
        """Do a step in a process of its own; ``folder`` is the peer's to keep its state in."""
        given = {"file": file} if file is not None else {}
        command = [environment.python(), "-m", self.module, name, f"--way={self.way}"]
        return told(command, patience=PATIENCE, db=db, folder=folder, **given)


_DLT = {"first": 2.0, "unchanged": 15.0, "delta": 3.0}
_DJANGO = {"first": 5.0, "unchanged": 50.0, "delta": 20.0}

PEERS = {
    each.name: each
    for each in (
        Peer(
            name="dlt",
            module="benchmarks.peers.dlt_import",
            needs=("dlt", "pyarrow", "adbc-driver-postgresql"),
            stores=("postgres",),
            goals=_DLT,
        ),
        Peer(
            name="dlt-plain",
            module="benchmarks.peers.dlt_import",
            needs=("dlt", "pandas"),
            stores=("postgres",),
            goals=_DLT,
            way="plain",
        ),
        Peer(
            name="django",
            module="benchmarks.peers.django_import",
            needs=("django-import-export", "django"),
            stores=("sqlite", "postgres"),
            goals=_DJANGO,
            rows=10_000,
            setup=("prepare",),
        ),
        Peer(
            name="django-plain",
            module="benchmarks.peers.django_import",
            needs=("django-import-export", "django"),
            stores=("sqlite", "postgres"),
            goals=_DJANGO,
            way="plain",
            rows=10_000,
            setup=("prepare",),
        ),
    )
}
#: Measured where nobody chose: the plain ways take long and are the weaker opponents.
USUAL = ("dlt", "django")


def installed(peer: Peer) -> bool:
    """Whether all it needs is there."""
    return set(peer.needs) <= environment.versions().keys()


def version(peer: Peer) -> str:
    """What it is made of."""
    there = environment.versions()
    return ", ".join(f"{name} {there[name]}" for name in peer.needs if name in there)
