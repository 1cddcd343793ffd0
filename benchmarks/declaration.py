"""What the benchmark declares: a record type told apart by its external id alone, and a source that tracks presence.

Standard library only: the peers read it too.
"""

from __future__ import annotations

RECORD_TYPE, SOURCE = "machine", "BENCH"

#: What our store sets on its own connections; whoever is compared with it gets the same.
SQLITE_SETTINGS = (
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;"
)

COLUMNS = (
    "serial",
    "name",
    "manufacturer",
    "model",
    "city",
    "department",
    "quantity",
    "price",
    "purchased_on",
    "email",
    "asset_tag",
    "comment",
)

DECLARED = """
name = "machine"
title = "Machine"
plural = "Machines"
display = "name"
external_id = "serial"

[[field]]
name = "serial"
required = true
[[field]]
name = "name"
required = true
[[field]]
name = "manufacturer"
[[field]]
name = "model"
[[field]]
name = "city"
[[field]]
name = "department"
[[field]]
name = "quantity"
type = "integer"
[[field]]
name = "price"
type = "decimal"
[[field]]
name = "purchased_on"
type = "date"
[[field]]
name = "email"
type = "email"
[[field]]
name = "asset_tag"
[[field]]
name = "comment"
"""
