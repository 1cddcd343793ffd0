"""The options of a run, as its row keeps them (PLN-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from stocktake.model.options import ImportOptions

_FORM = TypeAdapter(ImportOptions)


def options_from_kept(kept: Mapping[str, Any]) -> ImportOptions:
    """The options that a run was given; what its row does not know is as usual."""
    return _FORM.validate_python(dict(kept))
