"""What the benchmark declares: a record type told apart by its external id alone, and a source that tracks presence."""

from __future__ import annotations

RECORD_TYPE, SOURCE = "machine", "BENCH"

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
