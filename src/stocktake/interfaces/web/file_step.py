"""The second page of an import: how the file is read, and what it is (REA-2, MAP-2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.looking import Look
from stocktake.book.receiving import QUESTIONS
from stocktake.catalog.declaration import parse_source
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.attempt import attempted, not_of_form
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, to, within
from stocktake.interfaces.web.reading import (
    DELIMITERS,
    ENCODINGS,
    LINE_ENDS,
    QUOTES,
    Choices,
    asked_of,
    encoding_in_words,
    encoding_word,
    fields_of,
    reading_of,
    sentence_of,
)
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice, warning_on_page
from stocktake.model.draft import OPEN, Draft
from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.options import ReadChoices
from stocktake.ports.reader import Layout
from stocktake.reporting.candidate import Candidate
from stocktake.reporting.sentence import plural

routes = Pages()

#: So many candidates are shown.
CANDIDATES = 4
#: In the place of a candidate: the record type and the source are named beside it.
OTHER = "other"
#: In the place of a source: one that is declared here.
NEW = "+"
#: What few files need.
_BETTER = ("escape", "line_end", "header_lines", "footer_lines", "plain")
#: What is chosen beside how the file is read.
_TARGET = ("record_type", "source", "mapping", "columns", "reads", "extra", "accept_suggestions")
#: What stays whatever is chosen: of which run the file's rows are.
_OF_RUN = ("mends", "replaces_run")


@routes.get("/imports/{import_id}/file", needs=Right.IMPORT)
def show_file(request: Request, book: OpenBook, import_id: ImportId) -> Response:
    """How the file is read, with its first lines, and what it seems to be."""
    draft = book.draft(import_id)
    if draft.status not in OPEN:
        return to(within(request, f"/imports/{draft.draft_id}"))
    try:
        look = book.look_at_draft(import_id, _reading(draft))
    except (InvalidInput, Unreadable) as refusal:
        if refusal.code not in QUESTIONS:
            raise
        return _question(request, book, draft, refusal)
    return _page(request, book, look)


@routes.post("/imports/{import_id}/file", needs=Right.IMPORT)
def choose_file(request: Request, book: OpenBook, import_id: ImportId, form: Sent) -> Response:
    """Read the file as it is said, or go on to the mapping with what it is said to be."""
    draft, goes_on = book.draft(import_id), "next" in form

    def act() -> str:
        reading = _said_of_reading(form)
        if _asks_next(book, import_id, reading, form):
            return within(request, f"/imports/{import_id}/file")
        # A saved mapping and columns were of another table, if that is read otherwise now.
        names = (*_TARGET, *_OF_RUN) if reading == _reading(draft) else _OF_RUN
        kept = {name: told for name, told in draft.choices.items() if name in names}
        choices = {**reading, **kept, **_said_of_target(book, form, kept, goes_on=goes_on)}
        if goes_on and not (choices.get("record_type") and choices.get("source")):
            raise InvalidInput(
                "bad-arguments",
                "It is not said yet what the file is.",
                hint="Choose its record type and its source.",
            )
        book.choose(import_id, **choices)
        return within(request, f"/imports/{import_id}/{'mapping' if goes_on else 'file'}")

    return attempted(
        request,
        act,
        lambda error: _again(request, book, draft, form, error),
        elsewhere=not_of_form,
    )


def _asks_next(book: Book, import_id: int, reading: dict[str, Any], form: Form) -> bool:
    """Whether the question that the form answers is followed by another one; else the file is readable so.

    Raises what ``Book.look_at_draft`` does.
    """
    try:
        book.look_at_draft(import_id, reading)
    except (InvalidInput, Unreadable) as error:
        if error.code not in QUESTIONS or form.get("asked") in (None, error.code):
            raise
        book.choose(import_id, **reading)
        return True
    return False


def _again(request: Request, book: Book, draft: Draft, form: Form, error: Refusal) -> Response:
    """The page on which the form stood, with what refuses it."""
    try:
        look = book.look_at_draft(draft.draft_id, _reading(draft))
    except (InvalidInput, Unreadable) as refusal:
        if refusal.code not in QUESTIONS:
            raise
        return _question(request, book, draft, error if error.code in QUESTIONS else refusal, form)
    return _page(request, book, look, form=form, error=error)


def _question(
    request: Request, book: Book, draft: Draft, refusal: Refusal, form: Form | None = None
) -> Response:
    """How the file is read cannot be found out: the ways there are, with its lines as they would read."""
    told = dict.fromkeys(ReadChoices.__annotations__) | (
        fields_of(_reading(draft)) if form is None else dict(form)
    )
    about, names = asked_of(refusal)
    known = [name for name, _ in ENCODINGS if "+" not in name]
    suggested = refusal.details.get("suggested")
    is_text = about in ("encoding", "header")
    readings = (
        book.raw_readings(draft.draft_id, [*([suggested] if suggested else []), *known], refusal)
        if is_text
        else ()
    )
    return page(
        request,
        "wizard/question.html",
        status=200 if form is None else status_of(refusal),
        title="Sheet & header",
        draft=draft,
        refusal=notice(refusal),
        about=about,
        names=names,
        told=told,
        readings=[(encoding_word(each), each) for each in readings],
        called=dict(ENCODINGS),
        delimiters=DELIMITERS,
        quotes=QUOTES,
    )


def _reading(draft: Draft) -> dict[str, Any]:
    """How a draft's file is read, as far as somebody said."""
    return {
        name: told
        for name, told in draft.choices.items()
        if name in ReadChoices.__annotations__ and told is not None
    }


def _said_of_reading(form: Form) -> dict[str, Any]:
    """What the form says of reading; another sheet, or another file of an archive, has its header elsewhere."""
    line = form.get("header_line", "")
    if any(form.get(f"{name}-before", "") != form.get(name, "") for name in ("sheet", "member")):
        line = ""
    return reading_of({**form, "header_line": form.get("header", line)})


def _said_of_target(book: Book, form: Form, before: Mapping[str, Any], *, goes_on: bool) -> dict[str, Any]:
    """Record type, source and saved mapping as the form names them; of another target no columns are kept."""
    wanted = form.get("candidate", "")
    if wanted == OTHER:
        kind, source, saved = form.text("record_type"), form.text("source"), None
        if source == NEW:
            source = _declared(book, form, kind) if goes_on else None
    elif wanted:
        kind, source, saved = _candidate(wanted)
    else:
        return {}
    if (kind, source) == (before.get("record_type"), before.get("source")):
        return {}
    return dict.fromkeys(_TARGET) | {
        "record_type": kind,
        "source": source,
        "mapping": saved,
    }


def _declared(book: Book, form: Form, kind: str | None) -> str:
    """The source that is named here, declared unless there is one of that name. Raises ``InvalidInput``, ``NotAllowed``."""
    name = form.text("new_source")
    if not name or not kind:
        raise InvalidInput(
            "bad-arguments",
            "A new source needs a name, and a record type that it delivers.",
            hint="Write its name, such as JAMF, and choose the record type.",
        )
    if name in book.declared().sources:
        return name
    keys = {"name": name, "record_types": [kind], "tracks_presence": form.is_set("tracks")}
    return book.add_source(parse_source(json.dumps(keys), origin="the form")).name


def _candidate(text: str) -> tuple[str, str, str | None]:
    try:
        kind, source, saved = json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            "bad-arguments", "What the file is cannot be understood.", hint="Choose it again."
        ) from error
    return str(kind), str(source), str(saved) if saved else None


def _word(each: Candidate) -> str:
    """A candidate as the form sends it."""
    return json.dumps([each.record_type, each.source, each.saved], ensure_ascii=False)


def _page(
    request: Request, book: Book, look: Look, *, form: Form | None = None, error: Refusal | None = None
) -> Response:
    """``look``: at the file alone, without what is chosen of its target."""
    declared, layout = book.declared(), look.inspection.layout
    told = dict.fromkeys(ReadChoices.__annotations__) | (
        fields_of(_reading(look.draft)) if form is None else dict(form)
    )
    shown: dict[str, Any] = {
        "draft": look.draft,
        "inspection": look.inspection,
        "layout": layout,
        "sentence": sentence_of(layout),
        "encoding": encoding_in_words(layout.encoding or ""),
        "lines": layout.first_lines or look.inspection.first_rows,
        "header_lines": _header_lines(layout),
        "width": max(
            (len(cells) for _, cells in layout.first_lines or look.inspection.first_rows), default=0
        ),
        "warnings": _odd(look),
        "told": told,
        "candidates": [(_word(each), each) for each in look.inspection.recognition.candidates[:CANDIDATES]],
        "wanted": _wanted(look, form),
        "record_types": sorted(declared.record_types.values(), key=lambda each: each.title.casefold()),
        "sources": sorted(
            (each for each in declared.sources.values() if not each.closed),
            key=lambda each: each.name.casefold(),
        ),
        "refusal": notice(error) if error else None,
        "encodings": _with(told["encoding"], ENCODINGS),
        "delimiters": _with(told["delimiter"], DELIMITERS),
        "quotes": _with(told["quote"], QUOTES),
        "line_ends": LINE_ENDS,
        "knows_better": any(told.get(name) for name in _BETTER),
        "OTHER": OTHER,
        "NEW": NEW,
    }
    status = status_of(error) if error else 200
    return page(request, "wizard/file.html", status=status, title="Sheet & header", **shown)


def _with(told: str | None, known: Choices) -> Choices:
    """The words of a choice, and what was said over the API beside them."""
    return known if not told or told in {word for word, _ in known} else (*known, (told, told))


def _odd(look: Look) -> list[str]:
    """What is odd about the file, in sentences."""
    told = [warning_on_page(each.code, each.message) for each in look.inspection.found]
    faulty = look.inspection.faulty
    if faulty:
        rows = plural(faulty, "row does", "rows do")
        told.append(f"{rows} not have the form of the header; “Check & fix” shows them.")
    return told


def _header_lines(layout: Layout) -> set[int]:
    """The lines that are the header now."""
    if layout.header_line is None:
        return set()
    return set(range(layout.header_line, layout.header_line + (layout.header_lines or 1)))


def _wanted(look: Look, form: Form | None) -> dict[str, Any]:
    """What is marked: what was sent, else what was chosen, else what is recognised where that is clear."""
    if form is not None:
        names = ("candidate", "record_type", "source", "new_source", "tracks")
        return {name: form.get(name, "") for name in names}
    found, choices = look.inspection.recognition, look.draft.choices
    kind, source = choices.get("record_type") or "", choices.get("source") or ""
    blank = {"new_source": "", "tracks": "on"}
    if not kind and not source:
        best = found.best
        if best is not None and found.clear:
            return {"candidate": _word(best), "record_type": "", "source": "", **blank}
        kinds = {each.record_type for each in found.equals}
        kind = kinds.pop() if len(kinds) == 1 else ""
        return {"candidate": "" if found.best else OTHER, "record_type": kind, "source": "", **blank}
    chosen = [
        each for each in found.candidates[:CANDIDATES] if (each.record_type, each.source) == (kind, source)
    ]
    if chosen:
        return {"candidate": _word(chosen[0]), "record_type": "", "source": "", **blank}
    return {"candidate": OTHER, "record_type": kind, "source": source, **blank}
