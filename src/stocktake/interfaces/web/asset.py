"""What pages are made of beside their text: stylesheets and scripts, which stand in the package and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from stocktake.interfaces.http.route import Access
from stocktake.interfaces.web.route import Pages
from stocktake.model.errors import NotFound

routes = Pages("")

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; its address holds a digest of it, so that browsers may keep it for good."""

    content: bytes
    media_type: str
    address: str


@cache
def assets() -> dict[str, Asset]:
    """The assets of the package, by name."""
    found = {}
    for each in resources.files("stocktake.interfaces.web").joinpath("assets").iterdir():
        media_type = _TYPES.get("." + each.name.rpartition(".")[2])
        if media_type is not None:
            content = each.read_bytes()
            digest = sha256(content).hexdigest()[:12]
            found[each.name] = Asset(content, media_type, f"/assets/{digest}/{each.name}")
    return found


def address_of(name: str) -> str:
    """Where a page finds an asset. Raises ``KeyError`` for one that does not exist."""
    return assets()[name].address


Digest = Annotated[str, Path(max_length=20)]
Name = Annotated[str, Path(max_length=60)]


@routes.get("/assets/{digest}/{name}", needs=Access.ANYBODY)
def show_asset(digest: Digest, name: Name) -> Response:
    """An asset; kept for good where the digest is its own."""
    found = assets().get(name)
    if found is None or found.address != f"/assets/{digest}/{name}":
        raise NotFound("not-found", "There is nothing at this address.", hint="Load the page again.")
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
