"""Reads one sidecar; in the child of :mod:`stocktake.readers.enriching.probe`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stocktake.media.sidecar_json import read_json_sidecar
from stocktake.media.unfit import Unfit
from stocktake.ports.enricher import Enrichment
from stocktake.readers.enriching.nfo import read_nfo
from stocktake.readers.enriching.opening import opened

#: What is larger is no sidecar.
MOST_BYTES = 16 * 1024**2


def look(path: Path, options: Mapping[str, Any]) -> Enrichment:
    """What an .nfo or a .json says. Raises ``Unfit``: ``sidecar-invalid``, and what opening it does."""
    with opened(path) as file:
        content = file.read(MOST_BYTES + 1)
        while len(content) <= MOST_BYTES and (more := file.read(MOST_BYTES + 1 - len(content))):
            content += more
    if len(content) > MOST_BYTES:
        raise Unfit(
            "sidecar-invalid",
            f"has more than {MOST_BYTES // 1024**2} MiB, which no sidecar has; take it away",
        )
    read = read_json_sidecar if path.suffix.lower() == ".json" else read_nfo
    return Enrichment(tags=read(content))
