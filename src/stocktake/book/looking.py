"""Uploads looked at again and again while somebody says what they are: their columns, their words, their mapping (MAP)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stocktake.access.right import Right
from stocktake.book import look_file
from stocktake.book.choosing import CHOICES, checked
from stocktake.book.drafting import Drafting
from stocktake.book.mapped import KeptMapping
from stocktake.book.right import needs
from stocktake.catalog.mapping_declaration import mapping_to_json
from stocktake.flows.advising import values_before
from stocktake.flows.drafting import check_open
from stocktake.flows.inspection import Declarations, Target, inspect_again
from stocktake.flows.meaning import columns_in_doubt, words_without_meaning
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.draft import DRY_RUN, OPEN, Draft
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import KEPT, FieldRule, SavedMapping
from stocktake.model.mapping import Mapping as Columns
from stocktake.model.options import ReadChoices
from stocktake.model.record_type import FieldType, RecordType
from stocktake.model.source import Source
from stocktake.reporting.column_doubt import ColumnDoubt
from stocktake.reporting.inspection import Inspection
from stocktake.reporting.unknown_word import OpenWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A draft's file, as it is understood by what was chosen.

    ``alone``: as it is understood without the columns that somebody chose for it, which tells what is said explicitly.
    ``words``: those of choice fields of which nobody has said what they mean. ``doubts``: columns whose values leave open
    how they are read.
    """

    draft: Draft
    inspection: Inspection
    alone: Inspection
    record_type: RecordType | None = None
    source: Source | None = None
    words: tuple[OpenWords, ...] = ()
    doubts: tuple[ColumnDoubt, ...] = ()


class Looking(Drafting):
    """The part of a book that helps to choose what an upload is."""

    @needs(Right.IMPORT)
    def open_drafts(self, limit: int = 5) -> list[Draft]:
        """The newest uploads that are neither imported nor given up, and whose file is still there."""
        with self._reading() as unit:
            numbers = sorted(unit.kept_uploads(), reverse=True)
            found: list[Draft] = []
            for number in numbers:
                draft = unit.draft(number)
                if draft is not None and draft.status in OPEN:
                    found.append(draft)
                if len(found) == limit:
                    break
        return found

    @needs(Right.IMPORT)
    def look_at_draft(self, run_id: int, choices: Mapping[str, Any] | None = None) -> Look:
        """A draft's file by what was chosen so far, or by ``choices``, in the words of :meth:`choose`; nothing is changed.

        The file is read once for each way to read it; what is found is kept beside it. Facts about its key need its rows:
        those are told by :meth:`inspect_draft` and by the preview. Raises ``NotFound`` ``upload-gone``, and what
        ``Book.inspect`` does.
        """
        draft = self.draft(run_id)
        told = checked(_within(draft.choices if choices is None else choices), CHOICES)
        seen = self._seen(draft, {name: told[name] for name in ReadChoices.__annotations__ if name in told})
        declared = self.declared()
        # Where both were said, a saved mapping counts if somebody chose it, as it does in the plan (MAP-4).
        is_open = not (told.get("record_type") and told.get("source"))
        known = Declarations(
            record_types=declared.record_types,
            sources=declared.sources,
            saved=self._known_mappings(declared) if is_open else (),
        )
        columns = tuple((str(name), str(field)) for name, field in told.get("columns") or ())
        wanted = self._target(declared, told.get("record_type"), told.get("source"), told.get("mapping"), ())
        with self._reading() as unit:
            before = partial(values_before, unit)
            alone = inspect_again(seen, known, target=wanted, before=before)
            target = _settled(wanted, alone)
            found = (
                alone
                if not columns
                else inspect_again(seen, known, target=replace(target, columns=columns), before=before)
            )
            best = found.target
            last = unit.latest_import(best.source, best.record_type) if best else None
        look = Look(draft=draft, inspection=found, alone=alone)
        if best is None:
            return look
        look = replace(
            look,
            record_type=declared.record_types[best.record_type],
            source=declared.sources[best.source],
        )
        reads = tuple((str(column), str(word)) for column, word in told.get("reads") or ())
        return _with_questions(look, reads, last.decisions if last is not None else ())

    @needs(Right.IMPORT)
    def go_live(self, run_id: int) -> Draft:
        """Make an import of what was begun as a dry run; preview it again, and confirm that plan (INT-9).

        Raises what :meth:`choose` does where the draft is past that.
        """
        draft = self.draft(run_id)
        check_open(draft)
        if not draft.is_dry_run:
            return draft
        return self._chosen(draft, {name: told for name, told in draft.choices.items() if name != DRY_RUN})

    @needs(Right.IMPORT)
    def reword_draft(self, run_id: int, values: Mapping[str, Mapping[str, str]]) -> Draft:
        """Say what words of a draft's file mean, by field; what else was decided about it stays (PLN-8).

        Raises what :meth:`override_draft` does.
        """
        draft = self.draft(run_id)
        told = draft.decided
        others = {name: each for name, each in (told.get("overrides") or {}).items() if name != "values"}
        said = {name: dict(words) for name, words in values.items() if words}
        return self.override_draft(
            run_id,
            retire_skip_ids=told.get("keep") or (),
            reactivate_skip_ids=told.get("no_reactivate") or (),
            reactivate_only_external_ids=told.get("reactivate_only"),
            reactivate_ids=told.get("reactivate") or (),
            overrides={**others, **({"values": said} if said else {})} or None,
            same=told.get("same"),
            new=told.get("new") or (),
        )

    @needs(Right.MANAGE)
    def save_mapping_of_draft(self, run_id: int, name: str) -> KeptMapping:
        """Keep a draft's mapping under a name: its columns, how they are read, what its words mean (MAP-4).

        Raises ``InvalidInput`` ``nothing-to-save`` where nothing says what the file is, and what :meth:`add_mapping` does.
        """
        look = self.look_at_draft(run_id)
        mapping = look.inspection.mapping
        if mapping is None or look.record_type is None or look.source is None:
            raise InvalidInput(
                "nothing-to-save",
                "The record type and the source are not chosen yet, so there is no mapping to save.",
                hint="Choose both, and map the columns.",
            )
        ignored = look.inspection.target.ignored if look.inspection.target else ()
        keeps = (look.draft.choices.get("extra") or look.record_type.unmapped) == "keep"
        saved = SavedMapping(
            columns=tuple(_saved_columns(mapping, mapping.unmapped if keeps else mapping.kept, ignored)),
            rules=tuple(_saved_rules(mapping, look.draft.choices, look.record_type)),
        )
        kind, source = look.record_type.name, look.source.name
        return self.add_mapping(
            name, mapping_to_json(saved), record_type=kind, source=source, origin="the mapping"
        )

    def _seen(self, draft: Draft, reading: Mapping[str, Any]) -> Inspection:
        """What the file is like, read so: as it was found before, else by reading it now."""
        path = self.uploads.look_path(draft.upload.name, look_file.digest_of(reading))
        known = look_file.read(path) if draft.upload.deleted_at is None else None
        if known is not None:
            return known
        with self._file(draft) as file:
            found = self.inspect(file, name=draft.upload.label, **reading)
            look_file.keep(path, found)
        return found


def _with_questions(
    look: Look, reads: tuple[tuple[str, str], ...], earlier: tuple[ColumnDecision, ...]
) -> Look:
    """The look with what is open: words without a meaning, and how columns are read, as far as nobody has said it."""
    columns, mapping = look.inspection.columns, look.inspection.mapping
    kind, source = look.record_type, look.source
    if mapping is None or kind is None or source is None:
        return look
    return replace(
        look,
        words=words_without_meaning(columns, mapping, kind, source),
        doubts=columns_in_doubt(columns, mapping, kind, source, reads=reads, earlier=earlier),
    )


def _within(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in CHOICES and value not in (None, "")}


def _settled(wanted: Target, found: Inspection) -> Target:
    """The same target, where the header alone said which."""
    best = found.target
    if best is None:
        return wanted
    return replace(wanted, record_type=best.record_type, source=best.source)


def _saved_columns(
    mapping: Columns, kept: tuple[tuple[int, str], ...], left_out: tuple[tuple[int, str], ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every column of the file, with what becomes of it: the next file's header is held against all of them."""
    fields: dict[str, list[str]] = {}
    for each in mapping.columns:
        if each.how == "parts":
            continue
        for name in (each.column, *(name for _, name in each.fallback)):
            fields.setdefault(name, []).append(each.field)
    yield from ((name, tuple(each)) for name, each in fields.items())
    yield from ((name, (KEPT,)) for _, name in kept)
    dropped = (each for each in mapping.unmapped if each not in kept)
    yield from ((name, ()) for _, name in (*dropped, *left_out) if name not in fields)


def _saved_rules(
    mapping: Columns, choices: Mapping[str, Any], record_type: RecordType
) -> Iterator[FieldRule]:
    """The rules of a saved mapping that was chosen, with what was said of this file beside it."""
    rules = {each.field: each for each in mapping.rules if each.how == "saved"}
    fields = {each.column: each.field for each in reversed(mapping.columns)}

    def change(name: str, **values: Any) -> None:
        rules[name] = replace(rules.get(name) or FieldRule(field=name), **values)

    for column, word in choices.get("reads") or ():
        name = fields.get(column, column)
        if name not in record_type or word == "auto":
            continue
        is_zone = record_type[name].type is FieldType.DATETIME and "/" in word
        change(name, **({"time_zone": word} if is_zone else {"formats": (word,)}))
    for name, words in ((choices.get("overrides") or {}).get("values") or {}).items():
        earlier = dict(rules[name].values) if name in rules else {}
        change(name, values=tuple({**earlier, **words}.items()))
    yield from rules.values()
