"""Every file of the shared corpora, through what ``stocktake inspect`` calls: read, or refused with a code (REL-11, REA-6).

What a file is expected to be stands with the tests of its kind; of the files that none of them names, in ``walk_cases``.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chance import SOAK
from tests.readers import test_document_corpora as documents
from tests.readers import test_generated_corpus as generated
from tests.readers import test_text_corpora as texts
from tests.readers import test_workbook_corpora as workbooks

CORPORA = Path(__file__).parents[2] / ".." / "shared" / "corpora"
CASES: dict[str, str] = json.loads(Path(__file__).with_name("walk_cases.json").read_text(encoding="utf-8"))
SECONDS, BYTES = 20, 1024**3

#: What is read by a process of its own, which takes a third of a second to start.
APART = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet"}
#: Folders of files that were made to do no harm.
HARMLESS = ("calamine/", "frictionless/", "polars/")

pytestmark = [
    pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not beside this repository"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory that each file took"),
]


class Walker:
    """One process that inspects file after file; another takes its place where a file was its end."""

    def __init__(self) -> None:
        self._process = self._started()

    def report(self, path: Path) -> dict[str, Any]:
        """What became of a file, and how much memory it took; ``outcome`` says so where the process did not survive it."""
        pipes = self._process.stdin, self._process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        pipes[0].write(f"{path.absolute()}\n")
        pipes[0].flush()
        if not select.select([pipes[1]], [], [], SECONDS)[0]:
            return self._lost(f"took more than {SECONDS} seconds")
        line = pipes[1].readline()
        return json.loads(line) if line else self._lost("took its reader down")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _lost(self, outcome: str) -> dict[str, Any]:
        self.close()
        self._process = self._started()
        return {"outcome": outcome, "bytes": 0, "child_bytes": 0}

    def _started(self) -> subprocess.Popen[str]:
        root = Path(__file__).parents[2]
        command = [sys.executable, "-m", "tests.readers.walk"]
        return subprocess.Popen(
            command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1
        )


@pytest.fixture
def walker() -> Iterator[Walker]:
    made = Walker()
    yield made
    made.close()


def files() -> list[str]:
    return sorted(path.relative_to(CORPORA).as_posix() for path in CORPORA.rglob("*") if path.is_file())


def named_elsewhere() -> set[str]:
    """The files whose expectation stands with the tests of their kind."""
    paths = [
        *documents.DOCUMENTS,
        *documents.SOUND,
        *(path for path in documents.BAD.rglob("*") if path.suffix != ".md"),
        *(CORPORA / "defusedxml" / "xmltestdata").glob("*"),
        *(CORPORA / "frictionless" / "data").rglob("*.zip"),
        *CORPORA.rglob("*.json"),
        *CORPORA.rglob("*.jsonl"),
    ]
    return {
        *(path.relative_to(CORPORA).as_posix() for path in paths),
        *texts.CASES,
        *(f"generated/text/{name}" for name in generated.FILES),
        *(f"generated/xlsx/{name}" for name in workbooks.HOSTILE),
        *(name.partition("#")[0].removeprefix("corpora/") for name in workbooks.CASES),
    }


def fault(name: str, found: dict[str, Any]) -> str | None:
    """What is wrong with the outcome of a file."""
    outcome: str = found["outcome"]
    if outcome != CASES.get(name, outcome):
        return f"{outcome} instead of {CASES[name]}"
    if not outcome.replace("-", "").isalpha():
        return outcome
    if found["bytes"] > BYTES or found["child_bytes"] > BYTES:
        return f"took {found['bytes']:,} bytes, a child {found['child_bytes']:,}"
    return None


def walked() -> list[str]:
    """The files of this walk: of harmless ones that the tests of their kind read apart, too, each tenth; in a soak all."""
    spared = [
        name
        for name in files()
        if name.startswith(HARMLESS) and Path(name).suffix.lower() in APART and name not in CASES
    ]
    left = {name for place, name in enumerate(spared) if place % 10} if SOAK == 1 else set()
    return [name for name in files() if name not in left]


@pytest.mark.chance
def test_every_file_is_read_or_refused_in_words_within_20_seconds_and_a_gibibyte(walker: Walker) -> None:
    """REL-11, REA-6: none crashes, hangs, or takes more than that; the memory is that of each file by itself.

    Left to a soak: nine in ten of the workbooks and Parquet files of other makers, which tests of their own read, too.
    """
    found = {name: fault(name, walker.report(CORPORA / name)) for name in walked()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) > 900


def test_no_file_is_without_an_expectation() -> None:
    """REL-11: each stands in the walk's cases, or with the tests of its kind."""
    assert set(files()) - named_elsewhere() == CASES.keys()


def test_a_walk_tells_what_each_file_took_and_goes_on_behind_what_ends_it(
    walker: Walker, tmp_path: Path
) -> None:
    """A peak grows with the file that needs it; where the process is gone, the next file finds another one."""
    large, small = tmp_path / "large.csv", tmp_path / "small.csv"
    large.write_text("id,name\n" + "1,abc\n" * 500_000)
    small.write_text("id,name\n1,a\n")
    first, second = walker.report(small), walker.report(large)
    assert (first["outcome"], second["outcome"]) == ("read", "read")
    assert second["bytes"] - first["bytes"] > 5 * 1024**2
    walker._process.kill()
    assert fault("small.csv", walker.report(small)) == "took its reader down"
    assert walker.report(small)["outcome"] == "read"
