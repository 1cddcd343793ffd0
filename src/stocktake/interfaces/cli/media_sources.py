"""``media-source add|list|discover|update``: folders and servers that have collections (MED)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.collection import collection_table
from stocktake.interfaces.cli.screen import Column, mark
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.media_document import collection_document, media_source_document
from stocktake.media.path_mapping import parse_path_mapping
from stocktake.model.media import MediaKind, MediaSource

app = App(
    name="media-source",
    help="Folders and Plex servers that have collections: add, list, discover, update.",
    help_format="plaintext",
)
add = App(name="add", help="Declare a media source: filesystem, plex.", help_format="plaintext")
app.command(add)

Name = Annotated[str, Parameter(metavar="NAME", help="What it is called, such as NAS.")]


@add.command
def filesystem(
    name: Name,
    /,
    *,
    path: Annotated[Path, Parameter(metavar="DIR", help="The folder whose subfolders are the collections.")],
    single: Annotated[
        bool, Parameter(show_default=False, help="The folder is itself the one collection.")
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """Declare a folder: each direct subfolder is a collection, or, with --single, the folder itself is.

    Example: stocktake media-source add filesystem NAS --path /mnt/media
    """
    with session(options) as opened:
        made = opened.book.add_media_source(
            MediaSource(name=name, kind=MediaKind.FILESYSTEM, path=str(path), single=single)
        )
        if opened.options.json:
            opened.screen.document(media_source_document(made))
        else:
            opened.screen.line(f"Media source {made.name} is there: {made.path}.")
            opened.screen.line(
                f"Find its collections: {opened.command(f'media-source discover {made.name}')}"
            )


@add.command
def plex(
    name: Name,
    /,
    *,
    url: Annotated[
        str, Parameter(metavar="URL", help="Where the server answers, such as http://plex.local:32400.")
    ],
    token_env: Annotated[
        str,
        Parameter(metavar="VAR", help="The environment variable that holds its token; it is kept nowhere."),
    ],
    path_mapping: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="SRC=DST",
            show_default=False,
            help="Paths of the server that begin with SRC lie below DST here; repeat for several.",
        ),
    ] = (),
    options: GlobalOptions | None = None,
) -> None:
    """Declare a Plex server: each of its library sections is a collection.

    Example: stocktake media-source add plex HOME --url http://plex.local:32400 --token-env PLEX_TOKEN
    """
    with session(options) as opened:
        made = opened.book.add_media_source(
            MediaSource(
                name=name,
                kind=MediaKind.PLEX,
                url=url,
                token_env=token_env,
                path_mappings=tuple(parse_path_mapping(each) for each in path_mapping),
            )
        )
        if opened.options.json:
            opened.screen.document(media_source_document(made))
        else:
            opened.screen.line(
                f"Media source {made.name} is there: {made.url}, token from ${made.token_env}."
            )
            opened.screen.line(
                f"Find its collections: {opened.command(f'media-source discover {made.name}')}"
            )


@app.command(name="list")
def listed(*, options: GlobalOptions | None = None) -> None:
    """The media sources.

    Example: stocktake media-source list
    """
    with session(options) as opened:
        found = opened.book.media_sources()
        if opened.options.json:
            opened.screen.document({"items": [media_source_document(each) for each in found]})
        elif not found:
            first = opened.command("media-source add filesystem NAS --path DIR")
            opened.screen.line(f"No media sources yet. Add one: {first}")
        else:
            opened.screen.table(
                [mark("media source"), mark("kind"), Column("where")],
                [(each.name, each.kind.value, each.path or each.url) for each in found],
            )


@app.command
def discover(name: Name, /, *, options: GlobalOptions | None = None) -> None:
    """Ask a media source for its collections, and keep them; the sync of new ones is disabled.

    Example: stocktake media-source discover NAS
    """
    with session(options) as opened:
        found = opened.book.discover_collections(name)
        if opened.options.json:
            opened.screen.document({"items": [collection_document(each) for each in found]})
            return
        if not found:
            opened.screen.line(f"{name} has no collections: each direct subfolder would be one.")
            return
        collection_table(opened, found)
        disabled = next((each for each in found if not each.is_sync_enabled), None)
        if disabled is not None:
            shown = opened.command(f'collection update "{disabled.name}" --enable-sync')
            opened.screen.line()
            opened.screen.line(f"Look first with `collection ingest … --dry-run`, then enable one: {shown}")


@app.command
def update(
    name: Name,
    /,
    *,
    path: Annotated[Path | None, Parameter(metavar="DIR", help="Where its folder lies now.")] = None,
    url: Annotated[str | None, Parameter(metavar="URL", help="Where its server answers now.")] = None,
    token_env: Annotated[
        str | None, Parameter(metavar="VAR", help="The environment variable that holds its token.")
    ] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Change where a media source lies. Its collections follow with the next discovery.

    Example: stocktake media-source update HOME --url http://plex.local:32401
    """
    with session(options) as opened:
        changed = opened.book.update_media_source(
            name, path=str(path) if path else None, url=url, token_env=token_env
        )
        if opened.options.json:
            opened.screen.document(media_source_document(changed))
        else:
            opened.screen.line(f"Media source {changed.name} is changed: {changed.path or changed.url}.")
            opened.screen.line(
                f"Find its collections: {opened.command(f'media-source discover {changed.name}')}"
            )
