"""What the generated pages of the documentation are made from; run by cog (`make generate`, checked by `make docs`)."""

from __future__ import annotations

import ast
import contextlib
import doctest
import inspect
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "stocktake"

#: The refusals of ``stocktake.model.errors`` and the exit codes of the command line.
EXITS = {
    "InvalidInput": 1,
    "NotFound": 2,
    "Unreadable": 3,
    "GuardRefused": 4,
    "StalePlan": 5,
    "Busy": 5,
    "RollbackBlocked": 6,
    "NotAllowed": 7,
    "Unauthenticated": 7,
    "Throttled": 7,
    "Cancelled": 5,
}

COMMANDS = (
    "demo",
    "inspect",
    "plan",
    "import",
    "apply",
    "compare",
    "rollback",
    "cancel",
    "reimport",
    "runs",
    "run show",
    "run rows",
    "run history",
    "run errors",
    "records",
    "record show",
    "record edit",
    "missing",
    "held",
    "held retire",
    "held keep",
    "acknowledge",
    "history",
    "waterfall",
    "time-in-stage",
    "activity",
    "freshness",
    "health wiring",
    "backfill",
    "prune raw-rows",
    "flows",
    "flow add",
    "types",
    "type show",
    "type add",
    "sources",
    "source show",
    "source add",
    "source set",
    "source close",
    "mappings",
    "mapping show",
    "mapping add",
    "mapping remove",
    "media-source add filesystem",
    "media-source add plex",
    "media-source list",
    "media-source discover",
    "media-source update",
    "collection list",
    "collection show",
    "collection update",
    "collection ingest",
    "source ingest",
    "asset list",
    "asset show",
    "asset enrich",
    "asset approve",
    "asset attention",
    "serve",
    "workspace add",
    "workspace list",
    "workspace set",
    "workspace members",
    "user add",
    "user list",
    "user show",
    "user set",
    "user grant",
    "user withdraw",
    "user remove",
    "user activity",
    "webhook add",
    "webhook list",
    "webhook change",
    "webhook remove",
    "webhook try",
    "webhook deliver",
    "token create",
    "token list",
    "token revoke",
)

#: Public classes of the Python API with the module they stand in, and what of them is for the other faces only.
API = {
    "Book": "book/book.py",
    "OpenPlan": "book/handle.py",
    "OpenRun": "book/handle.py",
    "RollbackPreview": "flows/undoing.py",
    "Difference": "planning/diff.py",
    "EditPreview": "flows/editing.py",
    "Lineage": "model/lineage.py",
    "WiringHealth": "model/wiring.py",
    "PruningPreview": "flows/pruning.py",
    "Backfill": "flows/backfill.py",
    "Waterfall": "reporting/waterfall.py",
    "Missing": "reporting/missing.py",
    "MissingCount": "reporting/missing.py",
    "WorkList": "reporting/work_list.py",
    "HeldQueue": "reporting/work_list.py",
    "HeldRetirement": "reporting/work_list.py",
    "LeftOut": "reporting/work_list.py",
    "Activity": "model/activity.py",
    "Ingested": "book/ingesting.py",
    "SourceIngested": "book/ingesting.py",
    "Collection": "model/media.py",
    "MediaSource": "model/media.py",
    "MediaScope": "model/media.py",
    "IngestStats": "model/media.py",
    "EnrichStats": "model/media.py",
    "Delivery": "flows/delivering.py",
    "Webhook": "model/webhook.py",
    "Posted": "model/webhook.py",
    "Posting": "model/webhook.py",
    "Receipt": "book/receiving.py",
    "RawReading": "readers/raw_text.py",
    "Draft": "model/draft.py",
    "JobProgress": "model/draft.py",
    "Worker": "book/working.py",
    "Installation": "book/installation.py",
    "People": "book/people.py",
    "SignedIn": "model/person.py",
    "Principal": "model/person.py",
}
#: Classes whose members are told with those of the class that is made of them.
PARTS = {
    "Book": (
        ("Ground", "book/ground.py"),
        ("Declaring", "book/declaring.py"),
        ("Importing", "book/importing.py"),
        ("Reimporting", "book/reimporting.py"),
        ("Receiving", "book/receiving.py"),
        ("Drafting", "book/drafting.py"),
        ("Asking", "book/asking.py"),
        ("Undoing", "book/undoing.py"),
        ("Reports", "book/reports.py"),
        ("Reviewing", "book/reviewing.py"),
        ("Saving", "book/saving.py"),
        ("Upkeep", "book/upkeep.py"),
        ("Editing", "book/editing.py"),
        ("Hooking", "book/hooking.py"),
    )
}
FOR_FACES = {
    "Book.decisions",
    "Book.first_decisions",
    "Book.history",
    "Book.statistics",
    "Book.listing",
    "Book.history_of_run",
    "Book.changed_by_run",
    "Book.reasons",
    "Book.save_plan",
    "Book.rejected_rows",
    "Book.rows_of_run",
    "Book.save_rejected",
    "Book.workspace_id",
    "Book.check_right",
    "People.check_right",
}


def error_codes() -> str:
    """Every code that a refusal may carry, with the kind of refusal and its exit code."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
            if name not in EXITS or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            found.setdefault(str(node.args[0].value), set()).add(name)
    lines = ["| code | kind | exit code | HTTP |", "|---|---|---|---|"]
    for code, kinds in sorted(found.items()):
        exits = ", ".join(dict.fromkeys(str(EXITS[kind]) for kind in sorted(kinds)))
        statuses = ", ".join(dict.fromkeys(str(_status(kind, code)) for kind in sorted(kinds)))
        lines.append(f"| `{code}` | {', '.join(sorted(kinds))} | {exits} | {statuses} |")
    return "\n".join(lines)


def _status(kind: str, code: str) -> int:
    from stocktake.interfaces.http.problem import status_of
    from stocktake.model import errors

    return status_of(getattr(errors, kind)(code, ""))


def command_line() -> str:
    """The help of every command."""
    from stocktake.interfaces.cli.main import main

    os.environ.update(COLUMNS="100", NO_COLOR="1", TERM="dumb")
    parts = []
    for command in COMMANDS:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            code = main([*command.split(), "--help"])
        assert code == 0, f"{command}: {shown.getvalue()}"
        text = "\n".join(line.rstrip() for line in shown.getvalue().strip().splitlines())
        parts.append(f"## stocktake {command}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def python_api() -> str:
    """Every public class of the Python API: its methods and properties with signature and promise."""
    parts = [_member("stocktake.open", _definition("book/book.py", "open_book"))]
    for name, place in API.items():
        found = _definition(place, name)
        assert isinstance(found, ast.ClassDef)
        parts.append(f"## {name}\n\n{_said(found)}\n")
        pieces = [_definition(place, part) for part, place in PARTS.get(name, ())]
        for each in [*found.body, *(each for piece in pieces for each in piece.body)]:
            if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                full = f"{name}.{each.name}"
                parts += [] if full in FOR_FACES else [_member(full, each)]
    return "\n".join(parts)


def _definition(place: str, name: str) -> ast.FunctionDef | ast.ClassDef:
    tree = ast.parse((SOURCE / place).read_text(encoding="utf-8"))
    return next(
        each for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == name
    )


def _member(name: str, found: ast.FunctionDef | ast.ClassDef) -> str:
    assert isinstance(found, ast.FunctionDef)
    is_property = any(isinstance(each, ast.Name) and each.id == "property" for each in found.decorator_list)
    gives = f" -> {ast.unparse(found.returns)}" if found.returns else ""
    arguments = "" if is_property else f"({', '.join(_arguments(found.args))})"
    line = f"{name}{arguments}{gives}"
    if len(line) > 100:
        inner = "".join(f"    {each},\n" for each in _arguments(found.args))
        line = f"{name}(\n{inner}){gives}"
    return f"### {name}\n\n```text\n{line}\n```\n\n{_said(found)}\n"


def _arguments(given: ast.arguments) -> list[str]:
    places = [each for each in given.args if each.arg != "self"]
    blanks: list[ast.expr | None] = [None] * (len(places) - len(given.defaults))
    shown = [_argument(*each) for each in zip(places, [*blanks, *given.defaults], strict=True)]
    named = [_argument(*each) for each in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return [*shown, *(["*"] if named else []), *named]


def _argument(given: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(given.annotation)}" if given.annotation else ""
    return f"{given.arg}{kind}" + (f" = {ast.unparse(default)}" if default else "")


def _said(found: ast.FunctionDef | ast.ClassDef) -> str:
    told = re.sub(r":(?:meth|class):`(.*?)`", r"`\1`", ast.get_docstring(found) or "")
    return told.replace("``", "`")


def cleaners() -> str:
    """Every cleaner as a declaration writes it: what it does, and its examples, which run as tests."""
    from stocktake.cleaning.call import SIGNATURES
    from stocktake.cleaning.cleaner import CLEANERS, REFUSALS

    parts = []
    for name, cleaner in CLEANERS.items():
        told = inspect.getdoc(cleaner) or ""
        words = [each for each in told.split("\n\n") if not each.startswith(">>>")]
        written = SIGNATURES[name].written
        alone = f", or `{name}` alone" if written and SIGNATURES[name].least == 0 else ""
        parts += [
            f"## {name}",
            "",
            f"`{written or name}`{alone}",
            "",
            "\n\n".join(words).replace("``", "`"),
            "",
        ]
        parts += ["| cleaner | cell | value |", "|---|---|---|"]
        parts += [f"| {_shown(call)} | {_shown(text)} | {made} |" for call, text, made in _examples(told)]
        parts += (
            ["", f"Finding nothing, it says of the cell that it {REFUSALS[name]}", ""]
            if name in REFUSALS
            else [""]
        )
    return "\n".join(parts)


def enrichers() -> str:
    """Every enricher that comes with Stocktake: what it reads and says, and its settings; then tags and codes."""
    from stocktake.media.enricher_config import allowed
    from stocktake.ports.enricher import FAILURES, TAGS
    from stocktake.readers.enriching.registry import ENRICHERS

    parts = []
    for enricher_id, found in ENRICHERS.items():
        told = (inspect.getdoc(found) or "").replace("``", "`")
        said = ", ".join(f"`{name}`" for name in found.fields)
        parts += [f"## {enricher_id}", "", told, "", f"Version {found.version}. It reads {found.reads}.", ""]
        parts += [f"It says {said}.", "", "| setting | default | may be | meaning |", "|---|---|---|---|"]
        parts += [
            f"| `{each.name}` | `{each.default}` | {allowed(each)} | {each.meaning} |"
            for each in found.settings
        ]
        parts.append("")
    parts += ["## Tags", "", "| tag | meaning |", "|---|---|"]
    parts += [f"| `{name}` | {meaning} |" for name, meaning in TAGS.items()]
    parts += ["", "## What can be wrong with a file", "", "| code | meaning |", "|---|---|"]
    parts += [f"| `{code}` | {meaning} |" for code, meaning in FAILURES.items()]
    return "\n".join(parts)


def _examples(docstring: str) -> Iterator[tuple[str, str, str]]:
    """Cleaner, cell and value of every example of a docstring; the value as the cleaner itself gives it."""
    from stocktake.cleaning.cleaner import example

    names: dict[str, str] = {}
    for each in doctest.DocTestParser().get_examples(docstring):
        for node in ast.walk(ast.parse(each.source)):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                names[node.targets[0].id] = ast.literal_eval(node.value)
            if isinstance(node, ast.Call):
                call, text = (
                    names[said.id] if isinstance(said, ast.Name) else str(ast.literal_eval(said))
                    for said in node.args
                )
                value = example(call, text)
                yield call, text, "*nothing*" if value is None else _shown(value) if value else "*blank*"


def _shown(text: str) -> str:
    plain = re.sub(r"\s", " ", text.replace("|", "\\|"))
    return f"`{plain}`"


#: The areas of planning, presence, rollback, lineage and history, whose every rule must be proved by a test.
RULES = (
    *("PLN", "IDN", "ERR", "BLK", "APP", "PRE", "ROL", "LIN", "HEA", "BAC", "HIS", "FRE", "UPL"),
    *("REA", "MAP", "CLN", "MED", "SEC"),
)
TESTS = Path(__file__).parents[1] / "tests"
_RULE = re.compile(r"\b([A-Z]{2,3})-([BD]?\d+a?)\b")
#: So many tests of a rule are named.
_NAMED = 3


def rule_table() -> str:
    """Rule → the tests whose docstrings cite it."""
    lines = ["| rule | tests | among them |", "|---|---|---|"]
    for rule, tests in sorted(proofs().items(), key=lambda each: _rank(each[0])):
        named = ", ".join(f"`{test}`" for _, test in tests[:_NAMED])
        lines.append(f"| {rule} | {len(tests)} | {named} |")
    return "\n".join(lines)


def proofs() -> dict[str, list[tuple[str, str]]]:
    """Rule → file and name of every test that cites it, in the order of files."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
                continue
            for rule in dict.fromkeys([*_cited(ast.get_docstring(node) or ""), *_named(node.name)]):
                found.setdefault(rule, []).append((path.relative_to(TESTS).as_posix(), node.name))
    return found


def _cited(text: str) -> list[str]:
    """The rules that a docstring cites: ``PRE-8``, and all of ``PRE-11 to PRE-15``."""
    said = []
    for area, part, start, end in re.findall(r"\b([A-Z]{2,3})-([BD]?)(\d+) to [A-Z]{2,3}-[BD]?(\d+)\b", text):
        said += [f"{area}-{part}{number}" for number in range(int(start), int(end) + 1)]
    said += [f"{area}-{number}" for area, number in _RULE.findall(text)]
    return [each for each in said if each.split("-")[0] in RULES]


def _named(name: str) -> list[str]:
    """The rules that a test's name ends in: ``…_map_2``."""
    found = [f"{area.upper()}-{number}" for area, number in re.findall(r"_([a-z]{3})_(\d+)(?=_|$)", name)]
    return [each for each in found if each.split("-")[0] in RULES]


def _rank(rule: str) -> tuple[int, str, int, str]:
    area, part, number, more = re.fullmatch(r"([A-Z]+)-([BD]?)(\d+)(a?)", rule).groups()
    return RULES.index(area), part, int(number), more
