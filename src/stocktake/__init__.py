"""Stocktake: bring records that live elsewhere into one database, safely and again and again.

>>> import stocktake as st
>>> book = st.open("sqlite://")
>>> book.declared().record_type("device").title
'Device'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake._version import __version__ as __version__

if TYPE_CHECKING:
    from stocktake.book import Book as Book
    from stocktake.book import OpenPlan as OpenPlan
    from stocktake.book import OpenRun as OpenRun
    from stocktake.book import open_book as open
    from stocktake.model.errors import Refusal as Refusal

__all__ = ["Book", "OpenPlan", "OpenRun", "Refusal", "__version__", "open"]

_HOMES = {
    "Book": ("stocktake.book", "Book"),
    "OpenPlan": ("stocktake.book", "OpenPlan"),
    "OpenRun": ("stocktake.book", "OpenRun"),
    "Refusal": ("stocktake.model.errors", "Refusal"),
    "open": ("stocktake.book", "open_book"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and nothing before (``stocktake --help`` stays quick)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'stocktake' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
