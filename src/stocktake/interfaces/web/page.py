"""Pages as they are drawn: a template, what it shows, and what stands around every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from stocktake.access.right import Right
from stocktake.interfaces import wording
from stocktake.interfaces.page import LARGEST, Page
from stocktake.interfaces.web.asset import address_of
from stocktake.interfaces.web.menu import AREAS, Area

if TYPE_CHECKING:
    from stocktake.book import Book
    from stocktake.model.person import Principal, SignedIn

#: A page may load what this server has, send forms to it, and nothing else; nothing is run or styled from within a page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a page: who looks, where, what they may, and where else they could go."""

    name: str | None = None
    workspace: str | None = None
    workspaces: tuple[str, ...] = ()
    rights: frozenset[Right] = frozenset()
    csrf: str = ""
    place: str = ""
    is_platform_admin: bool = False

    @property
    def areas(self) -> list[tuple[Area, bool]]:
        """The areas that they may look into, and whether the page is of it."""
        if self.workspace is None:
            return []
        return [(each, each.holds(self.place)) for each in AREAS if each.needs in self.rights]

    def may(self, right: str) -> bool:
        """Whether they have a right, by its name in lower case: ``import``, ``roll back``."""
        return Right(right) in self.rights

    @property
    def home(self) -> str:
        """The address of the workspace."""
        return workspace_address(self.workspace) if self.workspace else "/"


def around(request: Request) -> Around:
    """What stands around the page that a request asks for."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        return Around()
    session: SignedIn | None = getattr(request.state, "session", None)
    book: Book | None = getattr(request.state, "book", None)
    found = request.app.state.way.installation.people(principal).workspaces()
    workspace = request.path_params.get("workspace") if book is not None else None
    home = workspace_address(workspace) if workspace else ""
    path = quote(request.url.path, safe="/%")
    return Around(
        name=principal.name,
        workspace=workspace,
        workspaces=tuple(each.name for each in found),
        rights=_rights(book),
        csrf=session.csrf if session else "",
        place=path.removeprefix(home) if home else path,
        is_platform_admin=principal.is_platform_admin,
    )


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **shown: Any,
) -> HTMLResponse:
    """A page: ``template`` under ``templates/``, with what it shows by name; ``around`` is there as well."""
    told = {"around": around(request), "request_id": getattr(request.state, "request_id", ""), **shown}
    text = templates().get_template(template).render(told)
    return HTMLResponse(
        text, status, {"Content-Security-Policy": POLICY, "Vary": "HX-Request", **(headers or {})}
    )


def to(address: str) -> RedirectResponse:
    """What follows a form that was sent: the page that shows what it did."""
    return RedirectResponse(address, 303)


def is_part(request: Request) -> bool:
    """Whether only a part of the page is wanted, by a script of ours."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") is None


def workspace_address(name: str) -> str:
    """``/workspaces/acme``."""
    return f"/workspaces/{segment(name)}"


def segment(text: object) -> str:
    """A text as one part of a path."""
    return quote(str(text), safe="")


def within(request: Request, path: str = "", **asked: Any) -> str:
    """An address in the workspace of the request, with a query of what is not None."""
    return workspace_address(request.path_params["workspace"]) + address(path, **asked)


def address(path: str, **asked: Any) -> str:
    """A path with a query of what is neither None nor empty; lists give a name several times."""
    pairs = [
        (name, str(each))
        for name, value in asked.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each not in (None, "", False)
    ]
    return path + (f"?{urlencode(pairs)}" if pairs else "")


def again(request: Request, **otherwise: str) -> str:
    """The address that is asked for, with some words ``otherwise``."""
    asked = request.url.include_query_params(**otherwise).query
    return f"{quote(request.url.path, safe='/%')}?{asked}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """The pages of a list: where one is, and the addresses of those around."""

    page: int
    page_size: int
    total: int
    path: str
    asked: Mapping[str, Any]

    @property
    def last(self) -> int:
        """The number of the last page, 1 at least."""
        return max(1, -(-self.total // self.page_size))

    @property
    def first_shown(self) -> int:
        """Which entry the page begins with, from 1; 0 where there is none."""
        return min((self.page - 1) * self.page_size + 1, self.total)

    @property
    def last_shown(self) -> int:
        """Which entry it ends with."""
        return min(self.page * self.page_size, self.total)

    def address(self, number: int) -> str:
        """The address of another page of the same list."""
        size = None if self.page_size == Page().page_size else self.page_size
        return address(
            self.path, **{**self.asked, "page": None if number == 1 else number, "page_size": size}
        )


def pager(request: Request, wanted: Page, total: int) -> Pager:
    """The pages of the list that a request asks for; what else it asks for stays."""
    asked: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in ("page", "page_size", "whole"):
            asked.setdefault(name, []).append(value)
    return Pager(
        page=wanted.page,
        page_size=min(wanted.page_size, LARGEST),
        total=total,
        path=quote(request.url.path, safe="/%"),
        asked=asked,
    )


@cache
def templates() -> Environment:
    """The templates, everything escaped that is no markup of theirs; a name that is not there is a fault."""
    made = Environment(
        loader=PackageLoader("stocktake.interfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "grouped": grouped,
        "moment": wording.moment_text,
        "moment_iso": wording.moment_iso,
        "value": wording.value_text,
        "age": wording.age_text,
        "size": wording.size_text,
        "printable": wording.printable,
        "segment": segment,
    }
    made.globals |= {"asset": address_of, "address": address, "GROUPS": wording.GROUPS}
    return made


def grouped(number: int | None) -> str:
    """A number for people: ``20,000``; nothing for none."""
    return "" if number is None else f"{number:,}"


def _rights(book: Book | None) -> frozenset[Right]:
    return frozenset(filter(book.may, Right)) if book is not None else frozenset()
