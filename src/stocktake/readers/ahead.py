"""Making the next while the one before it is used: two processors read a file faster than one (REA-7)."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

Made = TypeVar("Made")

_END: Final = object()


def ahead(making: Generator[Made, None, None]) -> Generator[Made, None, None]:
    """What ``making`` yields, in the same order, each made by a thread of its own while its forerunner is used.

    Never more than one lies ready, so that memory stays bounded. What ``making`` raises is raised here, in its place.
    However the walk ends, by its end, an error, Ctrl-C or because nobody wants the rest, no thread is left behind, and
    ``making`` is closed.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="stocktake-ahead") as maker:
        try:
            coming = maker.submit(next, making, _END)
            while (made := coming.result()) is not _END:
                coming = maker.submit(next, making, _END)
                yield made  # type: ignore[misc]
                del made
        finally:
            maker.shutdown()
            making.close()
