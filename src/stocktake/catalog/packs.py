"""The packs that ship with Stocktake: record types, sources and sample files, read when asked for (PACK).

A pack is a folder of declarations that any user could write: record types as ``*.toml``, sources in
``sources/``, files to try in ``samples/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeVar

from stocktake.catalog.declaration import parse_record_type, parse_source
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source

Declared = TypeVar("Declared", RecordType, Source)


@cache
def pack_record_types() -> Mapping[str, RecordType]:
    """Name → record type, of all packs; each carries its pack's name."""
    return MappingProxyType({each.name: each for each in _declared(parse_record_type)})


@cache
def pack_sources() -> Mapping[str, Source]:
    """Name → source, of all packs; each carries its pack's name."""
    return MappingProxyType({each.name: each for each in _declared(parse_source, "sources")})


def find_pack_source(name: str) -> Source | None:
    """The source of that name or alias (PACK-2), or None."""
    sources = pack_sources()
    return sources.get(name) or next((each for each in sources.values() if name in each.aliases), None)


def pack_samples(pack: str) -> Mapping[str, Traversable]:
    """File name → sample file of a pack, to be opened with ``importlib.resources.as_file``; empty if unknown."""
    folder = next((each / "samples" for each in _packs() if each.name == pack), None)
    if folder is None:
        return {}
    return {each.name: each for each in _sorted(folder) if each.name != "README.md"}


def _declared(parse: Callable[..., Declared], folder: str | None = None) -> Iterator[Declared]:
    for pack in _packs():
        for each in _sorted(pack / folder if folder else pack):
            if each.name.endswith(".toml"):
                origin = f"{pack.name}/{each.name}"
                yield replace(parse(each.read_text(encoding="utf-8"), origin=origin), pack=pack.name)


def _packs() -> list[Traversable]:
    return [each for each in _sorted(files("stocktake.catalog") / "packs") if each.is_dir()]


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else []
