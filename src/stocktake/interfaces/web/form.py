"""What a form sends: texts by name, and the proof that a page of this server made it (SEC-4)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from stocktake.interfaces.http.door import CSRF_HEADER
from stocktake.interfaces.http.form import Allowed, Texts, Write, read_file
from stocktake.interfaces.http.parameter import storable
from stocktake.model.errors import InvalidInput, NotAllowed

#: The field that holds the proof.
PROOF = "csrf"
#: No form of ours has more fields than a wide file has columns, a few for each.
MOST_FIELDS = 20_000


class Form(Mapping[str, str]):
    """The fields of a form. A name that was sent several times gives its last text; ``all`` gives each."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._fields = tuple(fields)
        self._last = dict(fields)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def text(self, name: str) -> str | None:
        """What was written, without blanks around it; None where nothing was."""
        return self._last.get(name, "").strip() or None

    def all(self, name: str) -> list[str]:
        """Every text of one name, in order: of checkboxes."""
        return [text for each, text in self._fields if each == name]

    def is_set(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return bool(self._last.get(name))

    def number(self, name: str, what: str) -> int | None:
        """A whole number from 0; None where nothing was written. Raises ``InvalidInput`` ``bad-arguments``."""
        text = self.text(name)
        if text is None:
            return None
        plain = text.replace(",", "").replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
        if not plain.isascii() or not plain.isdigit() or len(plain) > 18:
            raise InvalidInput(
                "bad-arguments",
                f'{what}: "{text[:40]}" is no whole number.',
                hint="Write digits only, such as 25.",
            )
        return int(plain)


async def sent_form(request: Request) -> Form:
    """The fields of a form without files, kept with the request.

    Raises ``NotAllowed`` ``csrf-token-missing``, ``InvalidInput`` ``malformed-request``.
    """
    known: Form | None = getattr(request.state, "form", None)
    if known is None:
        known = _plain(await _read(request))
        check_proof(request, known.get(PROOF, ""))
        request.state.form = known
    return known


Sent = Annotated[Form, Depends(sent_form)]


async def read_proven_file(
    request: Request, write: Write, *, beside: Allowed | None = None, texts: Texts | None = None
) -> str:
    """Hand the file of a form to ``write`` as it arrives, after its proof; the name that it came with.

    The proof stands before the file in the form, or in the header. ``beside``: the small fields that the form has, and who
    is told of each; ``texts``: fields whose text may stand for the file. Raises what ``read_file`` does and ``NotAllowed``.
    """
    beside = beside or {}
    if request.headers.get(CSRF_HEADER) is not None:
        check_proof(request, "")
        return await read_file(request, write, allowed={**beside, PROOF: lambda _: None}, texts=texts)
    proven = False

    def prove(text: str) -> None:
        nonlocal proven
        check_proof(request, text)
        proven = True

    async def write_proven(block: bytes) -> None:
        if not proven:
            check_proof(request, "")
        await write(block)

    return await read_file(request, write_proven, allowed={**beside, PROOF: prove}, texts=texts)


def check_proof(request: Request, shown: str) -> None:
    """Refuse a form of a session without its proof. Whoever comes with a token needs none. Raises ``NotAllowed``."""
    session = getattr(request.state, "session", None)
    if session is None:
        return
    told = request.headers.get(CSRF_HEADER) or shown
    if not hmac.compare_digest(told.encode("utf-8", "replace"), session.csrf.encode()):
        raise NotAllowed(
            "csrf-token-missing",
            "This form was not made by the page that you see now. Nothing was written.",
            hint="Load the page again and send the form once more.",
        )


async def _read(request: Request) -> FormData:
    try:
        return await request.form(max_files=0, max_fields=MOST_FIELDS)
    except ClientDisconnect:
        raise
    except Exception as error:
        if getattr(error, "refusal", None) is not None:
            raise
        raise InvalidInput(
            "malformed-request", "The form cannot be read.", hint="Load the page again and send it once more."
        ) from error


def _plain(sent: FormData) -> Form:
    fields: list[tuple[str, str]] = []
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            raise InvalidInput("malformed-request", "This form takes no file.", hint="Load the page again.")
        try:
            fields.append((storable(name), storable(value)))
        except ValueError as error:
            raise InvalidInput(
                "malformed-request", f"A field of the form {error}.", hint="Leave it out."
            ) from error
    return Form(fields)
