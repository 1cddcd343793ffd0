"""Tables as files that are taken away: written on the server for this one answer, and gone with it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Literal

import anyio.to_thread
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from stocktake.interfaces.http.patience import UNHURRIED
from stocktake.model.errors import InvalidInput

Form = Literal["csv", "xlsx", "parquet"]

_TYPES: dict[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_BLOCK = 262_144

#: The answer, as the schema tells of it.
DOWNLOAD: dict[str, Any] = {
    "description": "The file, whole; Content-Disposition tells its name.",
    "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in _TYPES.values()},
}


async def download(request: Request, name: str, form: Form, write: Callable[[Path], object]) -> Response:
    """What ``write`` writes to the path that it is given, as a file named ``name``; nothing of it stays behind.

    Writing may take long: it has a thread beside those that answer everybody else. Raises what ``write`` does; where the
    server's disk is the reason, ``InvalidInput`` ``cannot-write`` without the server's paths.
    """

    def written() -> tuple[IO[bytes], int]:
        with tempfile.TemporaryDirectory(prefix="stocktake-download-") as folder:
            path = Path(folder) / f"{name}.{form}"
            try:
                write(path)
            except InvalidInput as error:
                raise _without_path(error) from error
            return path.open("rb"), path.stat().st_size

    setattr(request.state, UNHURRIED, True)
    file, size = await anyio.to_thread.run_sync(written, limiter=request.app.state.waiting)
    return StreamingResponse(
        _blocks(file),
        media_type=_TYPES[form],
        headers={"Content-Length": str(size), "Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


def _without_path(error: InvalidInput) -> InvalidInput:
    if error.code != "cannot-write":
        return error
    return InvalidInput(
        "cannot-write",
        "The server could not write the file.",
        hint="Try again later; whoever runs the server looks whether its temporary directory has room.",
    )
