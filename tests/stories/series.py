"""The real series in ``../shared/data``: where each lies, how it is declared, and what its replay must give.

The answers are those of ``data/tools/truth.py``, which shares no code with this project.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from types import ModuleType
from typing import Any
from unicodedata import normalize

from stocktake.model.record_type import SYSTEM_COLUMNS
from stocktake.model.source import Guards, Source

RECORD_TYPE = "entry"
SOURCE = "EXPORT"

#: As ``truth.py`` wants a snapshot: file, date, columns, rows, and why it cannot be read.
Snapshot = tuple[str, str, list[str] | None, list[dict[str, Any]] | None, str | None]
#: One step of an answer, as in ``truth.json``.
Step = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One folder of ``../shared/data``. ``headers``: labels of early files and the names that the truth calls them by.

    few: of a long series, the places of some snapshots that are a series by themselves: those that the truth's guard holds
    back are among them where it names single ones, and what stands before and after them. is_heavy: nearly every row changes
    each time, which takes PostgreSQL seven times as long as SQLite: replayed there in a soak.
    """

    folder: str
    headers: Mapping[str, str] = field(default_factory=dict)
    few: tuple[int, ...] = ()
    is_heavy: bool = False

    @property
    def name(self) -> str:
        """As ``SOURCES.md`` calls it."""
        return self.folder.rpartition("/")[2]


#: The slowest first, so that the workers end together.
SERIES = (
    Series(folder="4_gitscrape/ourairports_runways", few=(0, 6, 7, 8, 11)),  # 48,184 rows of 20 columns
    Series(
        folder="1_it_devices/gplay_supported_devices", few=(0, 1, 10, 11)
    ),  # 35,244 rows, all four columns are the key
    Series(folder="4_gitscrape/top_pypi_packages", few=(0, 12, 13), is_heavy=True),  # 15,000 rows
    Series(
        folder="4_gitscrape/ourairports_frequencies", few=(0, 1, 2, 8, 10, 11)
    ),  # 30,340 rows of 6 columns
    Series(folder="3_salon/dollar_tree_locations"),
    Series(folder="4_gitscrape/pge_outages", few=(0, 1, 2, 3, 12, 13)),
    Series(folder="4_gitscrape/cisa_kev_csv"),
    Series(folder="4_gitscrape/cisa_kev_json"),
    Series(folder="2_crm/simplify_listings"),
    Series(folder="2_crm/sp500_constituents", headers={"Name": "Security", "Sector": "GICS Sector"}),
    Series(folder="1_it_devices/lineage_devices"),
    Series(folder="6_media/dirt_samples"),
    Series(folder="6_media/elementary_wallpapers"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What ``truth.json`` says, and what it says of the snapshots that we accept.

    truth: as it lies beside the files; of a part of the series, without the steps that are left out. recomputed: the steps
    of all snapshots but the empty ones, computed anew. accepted: the same without the rows that have surplus cells, and with
    all text in NFC, as we keep it; ``recomputed`` itself where there is nothing of either. ragged: the keys of rows with
    surplus cells, by file.
    """

    truth: dict[str, Any]
    recomputed: list[Step]
    accepted: list[Step]
    ragged: dict[str, list[str]]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that make the external id, in order."""
        return tuple(self.truth.get("key", ("path",)))

    @property
    def volatile(self) -> tuple[str, ...]:
        """The columns whose changes do not count."""
        return tuple(self.truth.get("volatile_not_tracked", ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a snapshot of the series ever had."""
        return tuple(dict.fromkeys(column for step in self.recomputed for column in step.get("columns", ())))


# ---------------------------------------------------------------- how they are declared


def field_names(columns: tuple[str, ...]) -> dict[str, str]:
    """Column → field: small letters, digits and underscores, none of the names that every record has."""
    names: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
        names[column] = f"own_{name}" if name in SYSTEM_COLUMNS or not name[:1].isalpha() else name
    assert len(set(names.values())) == len(columns), names
    return names


def declaration(series: Series, answer: Answer) -> str:
    """The record type in TOML: text fields whose blanks collapse and whose blank cells clear, as the truth compares."""
    names = field_names(answer.columns)
    lines = [f'name = "{RECORD_TYPE}"', f"external_id = {json.dumps([names[part] for part in answer.key])}"]
    for column, name in names.items():
        earlier = [old for old, new in series.headers.items() if new == column]
        lines += [
            "",
            "[[field]]",
            f'name = "{name}"',
            f"aliases = {json.dumps([column, *earlier])}",
            'clean = ["collapse"]',
            'on_blank = "clear"',
        ]
        lines += ["volatile = true"] if column in answer.volatile else []
    return "\n".join(lines)


def source(**limits: Any) -> Source:
    """The one source of a series; ``limits`` are the guards' that differ from the default."""
    return Source(name=SOURCE, record_types=(RECORD_TYPE,), tracks_presence=True, guards=Guards(**limits))


# ---------------------------------------------------------------- what they must give


def truth_rules(shared: Path) -> ModuleType:
    """The module ``data/tools/truth.py``."""
    spec = importlib.util.spec_from_file_location("truth", shared / "data" / "tools" / "truth.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def computed(shared: Path, series: Series, folder: Path, *, part: bool) -> Answer:
    """The answer of a series whose snapshots lie in ``folder``; of its few, as if there were no others."""
    rules = truth_rules(shared)
    truth = json.loads((shared / "data" / series.folder / "truth.json").read_text())
    if part:
        truth["steps"] = [truth["steps"][place] for place in series.few]
    key, volatile = truth.get("key", ["path"]), truth.get("volatile_not_tracked", ())
    told: list[Snapshot] = []
    kept: list[Snapshot] = []
    ragged: dict[str, list[str]] = {}
    for step in truth["steps"]:
        name, date = step["file"], step["date"]
        file = _read(folder / name, series.headers)
        if file.rows == []:
            continue
        if file.surplus:
            ragged[name] = [rules.keyof(row, key) for row in file.surplus]
        told.append((name, date, file.columns, file.rows, file.fault))
        kept.append((name, date, file.columns, file.kept, file.fault))
    # A rejected row of a later file would prove presence (PRE-34): then leaving it out would not do.
    assert set(ragged) <= {truth["steps"][0]["file"]}
    steps = rules.series_truth(told, key, volatile, details=0)["steps"]
    same = all(ours[3] is theirs[3] for ours, theirs in zip(kept, told, strict=True))
    accepted = steps if same else rules.series_truth(kept, key, volatile, details=0)["steps"]
    return Answer(truth=truth, recomputed=steps, accepted=accepted, ragged=ragged)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A snapshot as the standard library reads it, surplus cells cut off.

    kept: the rows as we keep them; ``rows`` itself where they are no others. surplus: the rows that had surplus cells.
    fault: why the file cannot be read.
    """

    columns: list[str] | None = None
    rows: list[dict[str, Any]] | None = None
    kept: list[dict[str, Any]] | None = None
    surplus: tuple[dict[str, Any], ...] = ()
    fault: str | None = None


def _read(path: Path, headers: Mapping[str, str]) -> _File:
    data = path.read_bytes()
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig")
    composed = normalize("NFC", text)
    if path.suffix == ".json":
        try:
            rows = _objects(text)
        except json.JSONDecodeError as error:
            return _File(fault=f"{type(error).__name__}: {error}")
        columns = list(dict.fromkeys(column for row in rows for column in row))
        return _File(columns=columns, rows=rows, kept=rows if composed == text else _objects(composed))
    delimiter = "\t" if path.suffix == ".tsv" else ","
    columns, lines = _cells(text, delimiter, headers)
    rows = [dict(zip(columns, line, strict=False)) for line in lines]
    surplus = [len(line) > len(columns) for line in lines]
    kept = rows
    if composed != text or any(surplus):
        sound = [line for line in _cells(composed, delimiter, headers)[1] if len(line) == len(columns)]
        kept = [dict(zip(columns, line, strict=True)) for line in sound]
    return _File(columns=columns, rows=rows, kept=kept, surplus=tuple(compress(rows, surplus)))


def _objects(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON document: it is their array, or holds it."""
    found = json.loads(text)
    rows = (
        found if isinstance(found, list) else next(each for each in found.values() if isinstance(each, list))
    )
    assert isinstance(rows, list)
    return rows


def _cells(text: str, delimiter: str, headers: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """The columns of a delimited file, by the truth's names, and the cells of each line that has any."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [headers.get(label, label) for label in next(lines)]
    cells = list(filter(None, lines))
    assert all(len(line) >= len(columns) for line in cells)
    return columns, cells


def once(path: Path, make: Callable[[], Answer]) -> Answer:
    """The answer kept in ``path``; made and kept if there is none. The caller sees to it that nobody else does so."""
    if not path.exists():
        made = make()
        parts = {name: getattr(made, name) for name in ("truth", "recomputed", "accepted", "ragged")}
        path.write_text(json.dumps(parts))
    return Answer(**json.loads(path.read_text()))
