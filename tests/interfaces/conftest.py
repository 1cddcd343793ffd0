"""The command line, run in this process in an empty folder, and what it said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest

from stocktake.book import open_book
from stocktake.catalog.packs import pack_samples
from stocktake.interfaces.cli.main import main


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]
#: Runs commands in an empty working directory, and leaves files there.
Filling = Callable[[Command], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no settings from outside."""
    for name in ("STOCKTAKE_DB", "STOCKTAKE_WORKSPACE", "STOCKTAKE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stocktake(folder: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """``stocktake("runs", "--json")``; a single string is split at blanks."""

    def run(*words: str) -> Said:
        tokens = words[0].split() if len(words) == 1 else list(words)
        capsys.readouterr()
        code = main(tokens)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def samples(folder: Path) -> Path:
    """The bundled sample files, copied beside the database."""
    for name, place in pack_samples("it_assets").items():
        with as_file(place) as path:
            (folder / name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with NinjaOne's first export (run 1) and Telus (run 2), made once."""
    place = tmp_path_factory.mktemp("stock") / "stocktake.db"
    with open_book(f"sqlite:///{place}") as book:
        for name, source in (("ninjaone-1.csv", "NINJAONE"), ("telus.csv", "TELUS")):
            with as_file(pack_samples("it_assets")[name]) as path:
                book.plan(path, record_type="device", source=source).apply()
    return place


@pytest.fixture
def stocked(samples: Path, stock: Path, stocktake: Command) -> Command:
    """The command line over a copy of ``stock``, beside the sample files."""
    shutil.copy(stock, samples / "stocktake.db")
    return stocktake


@pytest.fixture(scope="session")
def filled_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ``prepared`` keeps working directories as they were when their commands had run."""
    return tmp_path_factory.mktemp("filled")


@pytest.fixture
def prepared(stocktake: Command, folder: Path, filled_folders: Path) -> Callable[[Filling], Command]:
    """``prepared(fill)``: the command line over a copy of the directory that ``fill(stocktake)`` leaves, filled once.

    Nothing in it may name the directory itself, which is another one in each test.
    """

    def copied(fill: Filling) -> Command:
        kept = filled_folders / f"{fill.__module__}.{fill.__qualname__}"
        if kept.exists():
            shutil.copytree(kept, folder, dirs_exist_ok=True)
        else:
            fill(stocktake)
            shutil.copytree(folder, kept)
        return stocktake

    return copied


@pytest.fixture
def write(folder: Path) -> Callable[[str, str], str]:
    """``write("bad.csv", text)``: a file in the working directory; its name."""

    def make(name: str, text: str | bytes) -> str:
        content = text.encode() if isinstance(text, str) else text
        (folder / name).write_bytes(content)
        return name

    return make
