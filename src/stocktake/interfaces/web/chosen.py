"""What is ticked in a list of links, and the runs that came of it, for forms that decide about several at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from stocktake.book import Book, OpenRun
from stocktake.interfaces.link_name import link_named
from stocktake.model.errors import InvalidInput, NotFound, Refusal
from stocktake.model.run import Run

#: One source's links of one record type, and the records; all of the queue where it names none.
Act = Callable[[str, str, tuple[int, ...]], OpenRun]


def by_queue(links: Iterable[str]) -> dict[tuple[str, str], tuple[int, ...]]:
    """``(record_type, source)`` → the records that are ticked.

    Raises ``NotFound`` ``unknown-link``, ``InvalidInput`` ``bad-arguments`` where nothing is.
    """
    queues: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for each in links:
        named = link_named(each)
        queues[named.record_type, named.source].append(named.record_id)
    if not queues:
        raise InvalidInput(
            "bad-arguments", "Nothing is ticked. Nothing was written.", hint="Tick the records that you mean."
        )
    return {queue: tuple(dict.fromkeys(ids)) for queue, ids in queues.items()}


def done_by_queue(links: Iterable[str], act: Act) -> list[int]:
    """The runs of ``act``, one for each source and record type that is ticked.

    A refusal says which runs were done before it.
    """
    runs: list[int] = []
    for (record_type, source), ids in by_queue(links).items():
        try:
            runs.append(act(record_type, source, ids).run_id)
        except Refusal as error:
            if not runs:
                raise
            before = ", ".join(f"run {each}" for each in runs)
            message = error.message.replace(" Nothing was written.", "")
            raise type(error)(
                error.code, f"{message} What is done already: {before}.", hint=error.hint
            ) from error
    return runs


def runs_done(book: Book, run_ids: Sequence[int]) -> list[Run]:
    """The runs that a page tells of, as the database has them; what does not exist is left out."""
    found = []
    for each in run_ids[:20]:
        try:
            found.append(book.run(each).run)
        except NotFound:
            continue
    return found
