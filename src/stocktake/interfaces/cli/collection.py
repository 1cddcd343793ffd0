"""``collection list|show|update|ingest``: libraries of media (MED)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from stocktake.interfaces.cli.screen import Column, mark
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.media_document import collection_document
from stocktake.media.path_mapping import parse_path_mapping
from stocktake.model.errors import InvalidInput
from stocktake.model.media import AttachedEnricher, Collection, HashPolicy, PathMapping

if TYPE_CHECKING:
    from collections.abc import Mapping

app = App(name="collection", help="Libraries of media: list, show, update, ingest.", help_format="plaintext")

app.command("stocktake.interfaces.cli.ingesting:ingest", name="ingest")

Named = Annotated[
    str, Parameter(metavar="COLLECTION", help="Its name, its id, or how its media source calls it.")
]


@app.command(name="list")
def listed(
    *,
    media_source: Annotated[str | None, Parameter(metavar="NAME", help="Only those of this one.")] = None,
    options: GlobalOptions | None = None,
) -> None:
    """The collections, and whether they may be ingested.

    Example: stocktake collection list
    """
    with session(options) as opened:
        found = opened.book.collections(media_source)
        if opened.options.json:
            opened.screen.document({"items": [collection_document(each) for each in found]})
        elif not found:
            find = opened.command("media-source discover NAME")
            opened.screen.line(f"No collections yet. Find those of a media source: {find}")
        else:
            collection_table(opened, found)


def collection_table(opened: Session, found: Sequence[Collection]) -> None:
    """Collections, one a line."""
    opened.screen.table(
        [
            Column("collection"),
            mark("media source"),
            mark("sync"),
            mark("ingestible"),
            mark("last ingest"),
            mark("id"),
        ],
        [
            (
                each.name,
                each.media_source,
                "enabled" if each.is_sync_enabled else "disabled",
                _ingestible(each),
                (each.last_ingest_time or "never")[:16].replace("T", " "),
                str(each.collection_id),
            )
            for each in found
        ],
    )


def _ingestible(collection: Collection) -> str:
    if collection.is_ingestible:
        return "yes"
    return "no" if collection.hindrances else "not checked"


@app.command
def show(named: Named, /, *, options: GlobalOptions | None = None) -> None:
    """One collection: where it lies, and how it is ingested.

    Example: stocktake collection show "TV Shows"
    """
    with session(options) as opened:
        found = opened.book.collection(named)
        if opened.options.json:
            opened.screen.document(collection_document(found))
        else:
            _show(opened, found)


def _show(opened: Session, found: Collection) -> None:
    enrichers = [f"{each.enricher_id} (priority {each.priority})" for each in found.enrichers]
    lines: list[tuple[str, str]] = [
        ("id", str(found.collection_id)),
        ("media source", f"{found.media_source}, there {found.external_id}"),
        ("paths", ", ".join(found.paths) or "none"),
        ("sync", "enabled" if found.is_sync_enabled else "disabled"),
        ("ingestible", _ingestible(found)),
        *((("stands in the way", each)) for each in found.hindrances),
        ("content is told by", _hash_words(found)),
        *((("path mapping", f"{each.source} → {each.local}")) for each in found.path_mappings),
        ("enrichers", ", ".join(enrichers) or "none: assets are ready as they are"),
        *((("left out", each)) for each in found.excludes),
        ("presence", f"source {found.source_code}"),
        ("last ingest", found.last_ingest_time or "never"),
    ]
    opened.screen.line(found.name, style="bold")
    opened.screen.table([mark(""), Column("")], lines, indent=2)


def _hash_words(found: Collection) -> str:
    hashed = f"{found.hash_policy.value}, once size or time differ"
    told = "size and time" if found.hash_policy is HashPolicy.NONE else hashed
    return f"{told}; case is folded" if found.is_case_insensitive else told


@app.command
def update(
    named: Named,
    /,
    *,
    sync: Annotated[
        bool | None,
        Parameter(
            name="--enable-sync",
            negative="--disable-sync",
            show_default=False,
            help="Whether it is ingested as a whole.",
        ),
    ] = None,
    path_mapping: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="SRC=DST",
            show_default=False,
            help="Paths of the source that begin with SRC lie below DST here; repeat for several, SRC= takes one away.",
        ),
    ] = (),
    enricher: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="ID[:PRIORITY]",
            show_default=False,
            help="Attach an enricher; repeat for several. Lower priorities speak first. `-ID` takes one away.",
        ),
    ] = (),
    hash: Annotated[
        Literal["none", "sha256", "blake3"] | None,
        Parameter(help="By what changed content is told: size and time alone, or a full hash as well."),
    ] = None,
    case_insensitive: Annotated[
        bool | None,
        Parameter(
            negative="--case-sensitive", show_default=False, help="Its file system does not tell case apart."
        ),
    ] = None,
    exclude: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="PATTERN", show_default=False, help="Leave paths out, as in .gitignore; repeatable."
        ),
    ] = (),
    include: Annotated[
        tuple[str, ...],
        Parameter(metavar="PATTERN", show_default=False, help="Leave out no longer what this one left out."),
    ] = (),
    options: GlobalOptions | None = None,
) -> None:
    """Change how a collection is ingested.

    Example: stocktake collection update "TV Shows" --enable-sync --enricher technical:10
    """
    with session(options) as opened:
        known = opened.book.collection(named)
        changes: dict[str, Any] = {
            "is_sync_enabled": sync,
            "is_case_insensitive": case_insensitive,
            "hash_policy": HashPolicy(hash) if hash else None,
            "path_mappings": _mapped(known, path_mapping) if path_mapping else None,
            "enrichers": _attached(known, enricher) if enricher else None,
            "excludes": _excluded(known, exclude, include) if exclude or include else None,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        if not given:
            raise InvalidInput(
                "nothing-to-change",
                "Nothing is named that should change.",
                hint="`stocktake collection update --help` lists what can.",
            )
        changed = opened.book.update_collection(str(known.collection_id), **given)
        if opened.options.json:
            opened.screen.document(collection_document(changed))
        else:
            _show(opened, changed)


def _mapped(known: Collection, texts: tuple[str, ...]) -> tuple[PathMapping, ...]:
    """The path mappings with those that are given; an empty local path takes one away."""
    given = [parse_path_mapping(each) for each in texts]
    held = {each.source: each for each in known.path_mappings}
    held.update({each.source: each for each in given})
    return tuple(each for each in held.values() if each.local)


def _excluded(known: Collection, more: tuple[str, ...], fewer: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns with ``more`` and without ``fewer``."""
    strange = next((each for each in fewer if each not in known.excludes), None)
    if strange is not None:
        there = ", ".join(known.excludes) or "none"
        raise InvalidInput(
            "unknown-exclude",
            f'"{known.name}" leaves out nothing by the pattern {strange!r}.',
            hint=f"Its patterns: {there}.",
        )
    kept = tuple(each for each in known.excludes if each not in fewer)
    return tuple(dict.fromkeys((*kept, *more)))


def _attached(known: Collection, texts: tuple[str, ...]) -> tuple[AttachedEnricher, ...]:
    """The enrichers with those that are given; ``-ID`` takes one away."""
    held: Mapping[str, AttachedEnricher] = {each.enricher_id: each for each in known.enrichers}
    kept = dict(held)
    for text in texts:
        if text.startswith("-"):
            kept.pop(text.removeprefix("-"), None)
            continue
        name, _, priority = text.partition(":")
        if priority and not priority.isdecimal():
            raise InvalidInput(
                "bad-priority",
                f'"{priority}" is no priority of an enricher.',
                hint="Write --enricher technical:10; lower numbers speak first.",
            )
        kept[name] = AttachedEnricher(enricher_id=name, priority=int(priority) if priority else 100)
    return tuple(sorted(kept.values(), key=lambda each: (each.priority, each.enricher_id)))
