"""Files and frames that are looked into: what they are like, and as what they could be imported (INT-11, MAP-2)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Unpack

import polars as pl

from stocktake.access.right import Right
from stocktake.book import mapped
from stocktake.book.declared import Declared
from stocktake.book.declaring import Declaring
from stocktake.book.right import needs
from stocktake.flows.advising import values_before
from stocktake.flows.inspection import Declarations, Target, inspect
from stocktake.flows.recognition import KnownMapping, recognise
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import SavedMapping
from stocktake.model.options import ReadChoices, ReadOptions
from stocktake.model.plan import Plan
from stocktake.model.problem import Warning
from stocktake.model.run import Run
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.handed import Content, content_name, origin_of
from stocktake.reporting.candidate import Recognition
from stocktake.reporting.inspection import Inspection
from stocktake.reporting.recognition import known_header, recognised, unclear


class Recognising(Declaring):
    """The part of a book that finds out what a file is."""

    @needs(Right.IMPORT)
    def inspect(
        self,
        content: Content,
        *,
        name: str | None = None,
        record_type: str | None = None,
        source: str | None = None,
        mapping: str | Path | None = None,
        columns: Iterable[tuple[str, str]] = (),
        progress: Progress | None = None,
        **reading: Unpack[ReadChoices],
    ) -> Inspection:
        """What a file or a frame is like, and what it could be imported as (INT-11). ``content`` as for :meth:`plan`.

        Its key, its mapping and its suggestions are those of ``record_type`` and ``source``, read by ``mapping`` and
        ``columns``; of what is left out, as is recognised by the header (MAP-2). How to read it is said in the words of
        :class:`~stocktake.model.options.ReadOptions` (REA-2).

        Raises ``NotFound``, ``Unreadable`` and ``InvalidInput``.
        """
        declared = self.declared()
        options = ReadOptions(**reading, limits=self.limits)
        target = self._target(declared, record_type, source, mapping, tuple(columns))
        origin = origin_of(content, options, name)
        known = Declarations(
            record_types=declared.record_types, sources=declared.sources, saved=self._known_mappings(declared)
        )
        there = self.store.exists and self.store.is_set_up
        with self._reading() if there else nullcontext() as unit:  # nothing in it may open another
            return inspect(
                origin.open(),
                name or content_name(content),
                known,
                progress or Silence(),
                target=target,
                before=partial(values_before, unit) if unit is not None else None,
            )

    def _target(
        self,
        declared: Declared,
        record_type: str | None,
        source: str | None,
        mapping: str | Path | None,
        columns: tuple[tuple[str, str], ...],
    ) -> Target:
        """As what somebody wants a file to be looked at."""
        kind = declared.record_type(record_type).name if record_type else None
        whence = declared.source_named(source, kind or "T").name if source else None
        if mapping is None:
            return Target(record_type=kind, source=whence, columns=columns)
        by_name = next((each for each in self.mappings() if each.name == str(mapping)), None)
        if by_name is not None:
            kind, whence = kind or by_name.record_type, whence or by_name.source
        kind, whence = named_target(None, kind, whence)
        saved = self._saved(mapping, declared, kind, whence)
        return Target(record_type=kind, source=whence, mapping=saved, columns=columns)

    def _known_mappings(self, declared: Declared) -> tuple[KnownMapping, ...]:
        return tuple(
            KnownMapping(mapping=each.mapping, record_type=each.record_type, source=each.source)
            for each in self.mappings()
            if each.record_type in declared.record_types and each.source in declared.sources
        )

    def _recognised(
        self,
        content: Content,
        read: ReadOptions,
        declared: Declared,
        record_type: str | None,
        source: str | None,
        mapping: str | Path | None,
    ) -> tuple[str, str, str | Path | None, tuple[Warning, ...]]:
        """Record type, source and mapping as the file's header names them, and what to say of it (MAP-2).

        Raises ``InvalidInput`` ``bad-arguments`` with the candidates where that is not clear.
        """
        if mapping is not None:
            target = self._target(declared, record_type, source, mapping, ())
            return target.record_type or "", target.source or "", mapping, ()
        kind = declared.record_type(record_type).name if record_type else None
        whence = declared.source_named(source, kind or "T").name if source else None
        found = Recognition()
        if isinstance(content, str | PathLike | pl.DataFrame):
            found = recognise(
                origin_of(content, read, None).open().layout.header,
                declared.record_types,
                declared.sources,
                self._known_mappings(declared),
                record_type=kind,
                source=whence,
            )
        best = found.best
        if best is None or not found.clear:
            raise unclear(found, record_type, source)
        return best.record_type, best.source, best.saved, (recognised(found),)

    def _seen_before(self, plan: Plan, declared: Declared) -> tuple[Warning, ...]:
        """That a saved mapping knows the header, where the file is read without one (MAP-4)."""
        kind, whence = plan.record_type.name, plan.source.name
        saved = [
            each
            for each in self._known_mappings(declared)
            if (each.record_type, each.source) == (kind, whence)
        ]
        if not saved or plan.options.mapping is not None:
            return ()
        found = recognise(
            plan.file.header,
            declared.record_types,
            declared.sources,
            saved,
            record_type=kind,
            source=whence,
        )
        return known_header(found)

    def _saved(
        self, mapping: str | Path | None, declared: Declared, record_type: str, source: str
    ) -> SavedMapping | None:
        if mapping is None:
            return None
        return mapped.chosen(mapping, declared, self.mappings(), kind=record_type, source=source)


def named_target(run: Run | None, record_type: str | None, source: str | None) -> tuple[str, str]:
    """Which records from where: as said, else as in the run that is mended. Raises ``InvalidInput`` ``bad-arguments``."""
    kind = record_type or (run.record_type if run else None)
    whence = source or (run.source if run else None)
    if kind is None or whence is None:
        lacking = "--type" if kind is None else "--source"
        raise InvalidInput(
            "bad-arguments",
            f"{lacking} is missing.",
            hint="Say which records these are and where from: --type device --source NINJAONE. Rows that mend a run need "
            "neither: --mends RUN.",
        )
    return kind, whence
