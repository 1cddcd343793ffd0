"""Stocktake: bring records that live elsewhere into one database, safely and again and again.

>>> import stocktake as st
>>> book = st.open("sqlite://")
>>> book.declared().record_type("device").title
'Device'
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from stocktake._version import __version__ as __version__

# What Polars frees goes back to the system after a tenth of a second, and then at once: an import that walks over a million
# rows needs some 100 MB less and no more time. Heard only where Polars is imported after us and nobody has said otherwise.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")

if TYPE_CHECKING:
    from stocktake.book import Book as Book
    from stocktake.book import Content as Content
    from stocktake.book import Installation as Installation
    from stocktake.book import OpenPlan as OpenPlan
    from stocktake.book import OpenRun as OpenRun
    from stocktake.book import People as People
    from stocktake.book import open_book as open
    from stocktake.book import open_installation as open_installation
    from stocktake.flows.backfill import Backfill as Backfill
    from stocktake.flows.delivering import Delivery as Delivery
    from stocktake.flows.editing import EditPreview as EditPreview
    from stocktake.flows.pruning import PruningPreview as PruningPreview
    from stocktake.flows.undoing import RollbackPreview as RollbackPreview
    from stocktake.model.activity import Activity as Activity
    from stocktake.model.errors import Busy as Busy
    from stocktake.model.errors import GuardRefused as GuardRefused
    from stocktake.model.errors import InvalidInput as InvalidInput
    from stocktake.model.errors import NotAllowed as NotAllowed
    from stocktake.model.errors import NotFound as NotFound
    from stocktake.model.errors import Refusal as Refusal
    from stocktake.model.errors import RollbackBlocked as RollbackBlocked
    from stocktake.model.errors import StalePlan as StalePlan
    from stocktake.model.errors import Throttled as Throttled
    from stocktake.model.errors import Unauthenticated as Unauthenticated
    from stocktake.model.errors import Unreadable as Unreadable
    from stocktake.model.lineage import Lineage as Lineage
    from stocktake.model.person import Principal as Principal
    from stocktake.model.person import Role as Role
    from stocktake.model.person import SignedIn as SignedIn
    from stocktake.model.run import Run as Run
    from stocktake.model.run import RunStatus as RunStatus
    from stocktake.model.source import Source as Source
    from stocktake.model.wiring import WiringHealth as WiringHealth
    from stocktake.planning.diff import Difference as Difference
    from stocktake.ports.progress import Progress as Progress
    from stocktake.reporting.missing import Keeper as Keeper
    from stocktake.reporting.missing import Missing as Missing
    from stocktake.reporting.missing import MissingCount as MissingCount
    from stocktake.reporting.waterfall import Waterfall as Waterfall
    from stocktake.reporting.work_list import HeldQueue as HeldQueue
    from stocktake.reporting.work_list import HeldRetirement as HeldRetirement
    from stocktake.reporting.work_list import LeftOut as LeftOut
    from stocktake.reporting.work_list import WorkList as WorkList

__all__ = [
    "Activity",
    "Backfill",
    "Book",
    "Busy",
    "Content",
    "Delivery",
    "Difference",
    "EditPreview",
    "GuardRefused",
    "HeldQueue",
    "HeldRetirement",
    "Installation",
    "InvalidInput",
    "Keeper",
    "LeftOut",
    "Lineage",
    "Missing",
    "MissingCount",
    "NotAllowed",
    "NotFound",
    "OpenPlan",
    "OpenRun",
    "People",
    "Principal",
    "Progress",
    "PruningPreview",
    "Refusal",
    "Role",
    "RollbackBlocked",
    "RollbackPreview",
    "Run",
    "RunStatus",
    "SignedIn",
    "Source",
    "StalePlan",
    "Throttled",
    "Unauthenticated",
    "Unreadable",
    "Waterfall",
    "WiringHealth",
    "WorkList",
    "__version__",
    "open",
    "open_installation",
]

_ERRORS = (
    "Busy",
    "GuardRefused",
    "InvalidInput",
    "NotAllowed",
    "NotFound",
    "Refusal",
    "RollbackBlocked",
    "StalePlan",
    "Throttled",
    "Unauthenticated",
    "Unreadable",
)
_HOMES = {
    **dict.fromkeys(
        ("Book", "Content", "Installation", "OpenPlan", "OpenRun", "People", "open_installation"),
        "stocktake.book",
    ),
    **dict.fromkeys(_ERRORS, "stocktake.model.errors"),
    **dict.fromkeys(("Run", "RunStatus"), "stocktake.model.run"),
    **dict.fromkeys(("Principal", "Role", "SignedIn"), "stocktake.model.person"),
    "Activity": "stocktake.model.activity",
    "Difference": "stocktake.planning.diff",
    "Delivery": "stocktake.flows.delivering",
    "EditPreview": "stocktake.flows.editing",
    "Backfill": "stocktake.flows.backfill",
    "Lineage": "stocktake.model.lineage",
    "Progress": "stocktake.ports.progress",
    "PruningPreview": "stocktake.flows.pruning",
    "RollbackPreview": "stocktake.flows.undoing",
    "Source": "stocktake.model.source",
    "WiringHealth": "stocktake.model.wiring",
    **dict.fromkeys(("Keeper", "Missing", "MissingCount"), "stocktake.reporting.missing"),
    **dict.fromkeys(("HeldQueue", "HeldRetirement", "LeftOut", "WorkList"), "stocktake.reporting.work_list"),
    "Waterfall": "stocktake.reporting.waterfall",
    "open": "stocktake.book",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and nothing before (``stocktake --help`` stays quick)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'stocktake' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), "open_book" if name == "open" else name)


def __dir__() -> list[str]:
    return sorted(__all__)
