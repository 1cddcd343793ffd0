"""The composition root: opens a database and a workspace, knows the clock, and hands both down."""

from stocktake.book.book import Book, open_book
from stocktake.book.handle import Home, OpenPlan, OpenRun

__all__ = ["Book", "Home", "OpenPlan", "OpenRun", "open_book"]
