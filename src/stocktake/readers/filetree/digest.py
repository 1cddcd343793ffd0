"""One number for a whole walk: where two are equal, every file is as it was, and nothing further is computed (MED-D5)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import polars as pl

from stocktake.media.file_change import COMPARED, StatPolicy
from stocktake.model.media import MediaScope
from stocktake.readers.filetree.survey import Survey


def digest_of(survey: Survey, scope: MediaScope, policy: StatPolicy, settings: dict[str, Any]) -> str:
    """sha256, 64 hexadecimal digits, over all that decides the rows.

    That is every file that may count, with its flags and what the policy compares; what was not looked into, and why; the
    roots; and all settings.
    """
    files = survey.files.filter(pl.col("role") != "other")
    head = {
        "settings": settings,
        "scope": [scope.title, scope.season, scope.episode],
        "roots": {root: each.document() for root, each in survey.roots.items()},
        "fault": survey.fault and survey.fault.code,
        "failures": [(each.where, each.code) for each in survey.failures],
        "shut": sorted((path.hex(), why) for path, why in survey.shut.items()),
        "files": files.height,
    }
    told = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    told.update(_paths(files["raw"]))
    for name in COMPARED[policy]:
        told.update(files[name].to_numpy().tobytes())
    flags = files.select(
        pl.col("left").fill_null("") + pl.when("is_racy").then(pl.lit("!")).otherwise(pl.lit(""))
    )
    told.update(str(flags.to_series().str.join("\n").item()).encode())
    return told.hexdigest()


def _paths(raw: pl.Series) -> bytes:
    """All of them, parted by zero bytes, which no path holds."""
    try:
        return str(raw.cast(pl.String).str.join("\0").item()).encode()
    except pl.exceptions.ComputeError:
        return b"\0".join(raw)
