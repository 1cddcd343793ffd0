"""A unit of work: one open transaction with every statement the flows may ask for."""

from __future__ import annotations

from stocktake.stores.activity import ActivityLog
from stocktake.stores.courses import Courses
from stocktake.stores.declarations import Declarations
from stocktake.stores.drafts import Drafts
from stocktake.stores.flows import Flows
from stocktake.stores.hand_edits import HandEdits
from stocktake.stores.media_collections import MediaCollections
from stocktake.stores.outbox import Outbox
from stocktake.stores.raw_pages import RawPages
from stocktake.stores.records import Records
from stocktake.stores.references import References
from stocktake.stores.undoing import Undoing
from stocktake.stores.upkeep import Upkeep
from stocktake.stores.webhooks import Webhooks
from stocktake.stores.wiring import Wiring
from stocktake.stores.work_list import WorkLists


class Unit(
    Wiring,
    Undoing,
    Records,
    References,
    HandEdits,
    Declarations,
    Courses,
    MediaCollections,
    WorkLists,
    RawPages,
    Flows,
    Drafts,
    Upkeep,
    ActivityLog,
    Outbox,
    Webhooks,
):
    """All statements over one transaction in one workspace."""
