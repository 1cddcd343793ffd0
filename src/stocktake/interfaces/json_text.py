"""Documents as JSON text, the same for every face."""

from __future__ import annotations

import json


def json_text(shape: object, *, indent: int | None = None) -> str:
    """What is not JSON by itself, such as a decimal or a day, stands as its text."""
    return json.dumps(shape, ensure_ascii=False, indent=indent, default=str)
