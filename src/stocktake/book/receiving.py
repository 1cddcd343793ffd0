"""Uploads that arrive: kept privately, looked into, asked about where how they are read is a question (UPL-1, REA-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack, cast

from stocktake.access.right import Right
from stocktake.book import look_file
from stocktake.book.calling import called
from stocktake.book.choosing import CHOICES, checked
from stocktake.book.reimporting import Reimporting
from stocktake.book.right import needs
from stocktake.book.saving import Saving
from stocktake.flows.drafting import announce_upload, change_choices, draft_of, label_of
from stocktake.model.draft import DRY_RUN, Draft, Upload
from stocktake.model.errors import InvalidInput, NotFound, Refusal, Unreadable
from stocktake.model.options import ReadChoices
from stocktake.ports.uploads import Received
from stocktake.readers.raw_text import RawReading, raw_readings
from stocktake.readers.uploads import gone
from stocktake.reporting.inspection import Inspection

#: Refusals of a file that another way to read it may answer (REA-2).
QUESTIONS = frozenset(
    {
        "encoding-error",
        "unknown-encoding",
        "bare-quote",
        "unclosed-quote",
        "bad-quote",
        "bad-delimiter",
        "header-too-long",
        "header-line-missing",
        "several-arrays",
        "several-members",
        "unknown-sheet",
        "unknown-member",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An upload that has arrived: its draft, and what the file is like."""

    draft: Draft
    inspection: Inspection


class Receiving(Reimporting, Saving):
    """The part of a book that takes files in."""

    @needs(Right.IMPORT)
    def receive(
        self,
        chunks: Iterable[bytes],
        label: str | None = None,
        *,
        dry_run: bool = False,
        **reading: Unpack[ReadChoices],
    ) -> Receipt:
        """Take in a file block by block, and look into it; a run in state ``uploaded`` (UPL-1).

        ``label`` is the name that the file came with: shown, and never a path. ``reading``: how to read it, kept as first
        choices. ``dry_run``: it is never applied, only shown, until :meth:`go_live` (INT-9). A file that cannot be read is
        refused, and nothing of it is kept.

        Raises ``InvalidInput`` ``upload-too-large``, ``uploads-not-private``; ``Unreadable`` ``uploads-full``, and what
        ``Book.inspect`` does.
        """
        self._set_up()
        received = self.uploads.receive(chunks, self.clock())
        return self.keep_received(received, label, dry_run=dry_run, **reading)

    @needs(Right.IMPORT)
    def keep_received(
        self,
        received: Received,
        label: str | None = None,
        *,
        dry_run: bool = False,
        **reading: Unpack[ReadChoices],
    ) -> Receipt:
        """The same for a file that was written into ``book.uploads.incoming(book.clock())``, as a parser of forms does it.

        ``with book.uploads.incoming(at) as file: file.write(block) …; book.keep_received(file.received(), label)``.
        """
        told = cast("dict[str, Any]", reading)
        inspections: list[Inspection] = []

        def look(path: Path, name: str) -> dict[str, Any]:
            inspections.append(self._first_look(path, name, told))
            return told

        draft = self._kept(received, label_of(label), look, told, dry_run=dry_run)
        return Receipt(draft=draft, inspection=inspections[0])

    @needs(Right.IMPORT)
    def keep_to_ask(
        self,
        received: Received,
        label: str | None = None,
        *,
        dry_run: bool = False,
        **reading: Unpack[ReadChoices],
    ) -> Draft:
        """The same where somebody can be asked: a file that another way to read it may answer (``QUESTIONS``) is kept.

        Looking at it raises the refusal again until it is chosen how to read it; :meth:`raw_readings` shows what there is.
        Of an archive of several files the first is read, until another is chosen. Raises what :meth:`keep_received` does
        for files that are to be read in no way.
        """
        told = cast("dict[str, Any]", reading)

        def look(path: Path, name: str) -> dict[str, Any]:
            try:
                self._first_look(path, name, told)
            except (InvalidInput, Unreadable) as error:
                if error.code == "several-members":
                    told["member"] = error.details["members"][0]
                    return look(path, name)
                if error.code not in QUESTIONS:
                    raise
            return told

        return self._kept(received, label_of(label), look, told, dry_run=dry_run)

    def _kept(
        self,
        received: Received,
        name: str,
        look: Callable[[Path, str], dict[str, Any]],
        reading: dict[str, Any],
        *,
        dry_run: bool,
    ) -> Draft:
        """The draft of a file, once ``look`` was taken at it, which says how it is read; else nothing of it is left."""
        try:
            self._set_up()
            checked(reading, CHOICES)
            with self.uploads.using(received.name) as path, called(path, name):
                told = look(path, name)
            choices = told | ({DRY_RUN: True} if dry_run else {})
            kept = Upload(
                name=received.name,
                label=name,
                bytes=received.bytes,
                sha256=received.sha256,
                created_at=self.clock(),
                created_by=self.by,
            )
            draft_id = announce_upload(self.store, self.workspace_id, kept)
        except BaseException:
            self.uploads.remove(received.name)
            raise
        if choices:
            change_choices(self.store, self.workspace_id, draft_id, choices)
        return self.draft(draft_id)

    @needs(Right.VIEW)
    def draft(self, run_id: int) -> Draft:
        """A draft by its number, or by that of its run: its state, its upload, what was chosen, the plan that is shown.

        Raises ``NotFound`` ``unknown-run``; ``InvalidInput`` ``not-an-upload`` for a run that was never a draft.
        """
        with self._reading() as unit:
            return draft_of(unit, run_id)

    @needs(Right.IMPORT)
    def inspect_draft(self, run_id: int) -> Inspection:
        """What a draft's file is like, looked at with what was chosen so far. Raises ``NotFound`` ``upload-gone``."""
        draft = self.draft(run_id)
        told = dict(draft.choices)
        reading = {name: told[name] for name in ReadChoices.__annotations__ if name in told}
        target = {
            name: told[name] for name in ("record_type", "source", "mapping", "columns") if name in told
        }
        with self._file(draft) as path:
            return self.inspect(path, name=draft.upload.label, **target, **reading)

    @needs(Right.IMPORT)
    def raw_readings(
        self, run_id: int, encodings: Sequence[str], refusal: Refusal | None = None
    ) -> tuple[RawReading, ...]:
        """The lines by which the encoding of a draft's file is told, as they read in each of some encodings (REA-2).

        Those in which it cannot be read are left out, and encodings that read the lines alike stand together. ``refusal``:
        with which a look at it ended; the line that it speaks of is among them. Raises ``NotFound`` ``upload-gone``.
        """
        draft = self.draft(run_id)
        told = refusal.details if refusal is not None else {}
        is_of_encoding = refusal is None or refusal.code in ("encoding-error", "unknown-encoding")
        with self._file(draft) as path:
            return raw_readings(
                path,
                encodings,
                member=draft.choices.get("member"),
                offset=int(told.get("offset") or 0) if is_of_encoding else None,
                line=int(told.get("line") or 1),
                limit=self.limits.file_bytes,
            )

    def _first_look(self, path: Path, name: str, reading: dict[str, Any]) -> Inspection:
        """What a file is like, kept beside it. Raises what ``Book.inspect`` does."""
        found = self.inspect(path, name=name, **reading)
        look_file.keep(self.uploads.look_path(path.name, look_file.digest_of(reading)), found)
        return found

    @contextmanager
    def _file(self, draft: Draft) -> Iterator[Path]:
        """A draft's file, which nobody deletes for its age meanwhile. Raises ``NotFound`` ``upload-gone``."""
        if draft.upload.deleted_at is not None:
            raise gone(draft.upload.label, draft.draft_id)
        with ExitStack() as used:
            try:
                path = used.enter_context(self.uploads.using(draft.upload.name))
            except NotFound as error:
                raise gone(draft.upload.label, draft.draft_id) from error
            with called(path, draft.upload.label):
                yield path
