"""Whether the folders of a section can be found and read here (MED-B24)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from stocktake.media.path_mapping import mapped
from stocktake.model.media import PathMapping
from stocktake.readers.plex.section import Section


def folder_hindrances(
    there: Section, mappings: Sequence[PathMapping], allowed_roots: Sequence[Path] = ()
) -> tuple[str, ...]:
    """What is wrong with the folders of a section, a sentence each."""
    if not there.paths:
        return (f"The Plex server names no folder of the section {there.title!r}.",)
    found = [(path, mapped(path, mappings)) for path in there.paths]
    faults = [
        _fault(path, Path(local), allowed_roots)
        if local is not None
        else f"The folder {path} at the Plex server has no path mapping: say where it lies here, as "
        f"--path-mapping '{path}=/mnt/…'."
        for path, local in found
    ]
    return tuple(fault for fault in faults if fault is not None)


def _fault(path: str, local: Path, allowed_roots: Sequence[Path]) -> str | None:
    said = f"The folder {local}, to which {path} is mapped,"
    try:
        whole = local.resolve()
        if allowed_roots and not any(whole.is_relative_to(root.resolve()) for root in allowed_roots):
            return (
                f"{said} lies outside of the folders that are allowed: {', '.join(map(str, allowed_roots))}."
            )
        with os.scandir(whole):
            return None
    except FileNotFoundError:
        return f"{said} does not exist."
    except NotADirectoryError:
        return f"{said} is a file."
    except (OSError, ValueError) as error:
        return f"{said} cannot be read ({error.__class__.__name__})."
