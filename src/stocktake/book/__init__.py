"""The composition root: opens a database and a workspace, knows the clock, and hands both down."""

from stocktake.book.book import Book, open_book
from stocktake.book.handle import Home, OpenPlan, OpenRun
from stocktake.book.installation import Installation, open_installation, open_locally
from stocktake.book.people import People
from stocktake.readers.handed import Content

__all__ = [
    "Book",
    "Content",
    "Home",
    "Installation",
    "OpenPlan",
    "OpenRun",
    "People",
    "open_book",
    "open_installation",
    "open_locally",
]
