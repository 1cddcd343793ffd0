"""A unit of work: one open transaction with every statement the flows may ask for."""

from __future__ import annotations

from stocktake.stores.courses import Courses
from stocktake.stores.declarations import Declarations
from stocktake.stores.links import Links
from stocktake.stores.listings import Listings
from stocktake.stores.records import Records
from stocktake.stores.references import References


class Unit(Records, Links, References, Declarations, Courses, Listings):
    """All statements over one transaction in one workspace."""
