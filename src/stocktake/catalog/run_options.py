"""The options of an import as its run keeps them (PLN-8, ROL-7)."""

from __future__ import annotations

from pydantic import TypeAdapter

from stocktake.model.options import ImportOptions

_OPTIONS = TypeAdapter(ImportOptions)


def import_options_from_json(text: str) -> ImportOptions:
    """What a run keeps of its options, as it was asked for."""
    return _OPTIONS.validate_json(text)
