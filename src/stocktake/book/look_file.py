"""What was found in an upload, kept beside it: whoever asks again need not read the file again (UPL-1, UPL-2)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stocktake._version import __version__
from stocktake.reporting.inspection import Inspection

_KEPT = TypeAdapter(Inspection)


def digest_of(reading: Mapping[str, Any]) -> str:
    """Tells one way to read a file from another; another version of Stocktake may read it otherwise."""
    told = json.dumps([__version__, reading], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def keep(path: Path, found: Inspection) -> None:
    """Write down what a file is like, for its owner's eyes only. Where there is no room it is read again instead."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_KEPT.dump_json(found.file_alone))
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def read(path: Path) -> Inspection | None:
    """What was found there; None where nothing is kept, or nothing that can be understood."""
    try:
        return _KEPT.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
