"""Saved mappings: found by name or read from a file, and checked for what they are to be used for (MAP-4)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stocktake.book.declared import Declared
from stocktake.catalog.mapping_declaration import mapping_from_json, parse_mapping
from stocktake.catalog.vocabulary import nearest
from stocktake.model.errors import InvalidInput, NotFound, Unreadable
from stocktake.model.mapping import SavedMapping

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMapping:
    """A mapping as the workspace keeps it: its name, what it is for, and its document as JSON."""

    name: str
    source: str
    record_type: str
    descriptor: str

    @property
    def version(self) -> str:
        """sha256 of the document: another one means that the mapping was saved anew, with other columns or words (MAP-4)."""
        said = json.dumps(json.loads(self.descriptor), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def mapping(self) -> SavedMapping:
        """The mapping itself."""
        return mapping_from_json(self.descriptor, name=self.name)


def named(name: str, kept: Iterable[KeptMapping]) -> KeptMapping:
    """The kept mapping of that name. Raises ``NotFound`` ``unknown-mapping``, with the nearest name."""
    by_name = {each.name: each for each in kept}
    if name not in by_name:
        close = nearest(name, by_name).strip()
        raise NotFound(
            "unknown-mapping",
            f'There is no saved mapping "{name}", and no file of that name.',
            hint=f"{close} List them with `stocktake mappings`.".strip(),
        )
    return by_name[name]


def checked(
    name: str,
    text: str,
    declared: Declared,
    kept: Iterable[KeptMapping],
    *,
    kind: str,
    source: str,
    origin: str,
) -> SavedMapping:
    """A document that can be kept under ``name``. Raises ``InvalidInput``, ``NotFound``."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "bad-name",
            f'"{name}" cannot be a mapping\'s name: up to 60 letters, digits, underscores and hyphens.',
            hint="Choose a name such as hubspot-deals.",
        )
    found = declared.source(source, kind)
    _check_use(next((each for each in kept if each.name == name), None), found.name, kind)
    return parse_mapping(text, declared.record_type(kind), found, name=name, origin=origin)


def chosen(
    wanted: str | Path, declared: Declared, kept: Iterable[KeptMapping], *, kind: str, source: str
) -> SavedMapping:
    """The mapping that an import asks for: a saved one by name, else a file.

    Raises ``NotFound`` ``unknown-mapping``, ``Unreadable``, and ``InvalidInput`` for a mapping of another source or
    type, or a document with mistakes.
    """
    record_type, found = declared.record_type(kind), declared.source(source, kind)
    path, kept = Path(wanted), list(kept)
    if str(wanted) not in {each.name for each in kept} and path.is_file():
        return parse_mapping(_text(path), record_type, found, name=path.name, origin=str(path))
    saved = named(str(wanted), kept)
    _check_use(saved, found.name, kind)
    return saved.mapping


def _check_use(kept: KeptMapping | None, source: str, kind: str) -> None:
    if kept is not None and (kept.source, kept.record_type) != (source, kind):
        raise InvalidInput(
            "mapping-of-other-source",
            f'The mapping "{kept.name}" is for {kept.record_type} records from {kept.source}, not for {kind} records '
            f"from {source}.",
            hint="Choose another name, or list them with `stocktake mappings`.",
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise Unreadable("declaration-unreadable", f"{path} cannot be read: {reason}.") from error
