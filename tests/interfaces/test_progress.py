"""On a terminal long work shows how far it is, and Ctrl-C ends it until the commit (APP-4)."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

import pytest

from stocktake.book import open_book

ROWS = 30_000
PHASES = ("reading", "staging", "cleaning", "planning", "applying", "recording")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "devices.csv"
    lines = (f"S{number:06},T{number:06},A model\n" for number in range(ROWS))
    path.write_text("Serial Number,Asset Tag,Model\n" + "".join(lines), encoding="utf-8")
    return path


def on_a_terminal(folder: Path, words: str, *, interrupted_at: str | None = None) -> tuple[int, str]:
    """What a command says on a terminal of its own, and how it ends; Ctrl-C is typed as soon as the word is seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ.update(COLUMNS="120", TERM="xterm")
        os.execv(sys.executable, [sys.executable, "-m", "stocktake", *words.split()])
    said, typed = b"", interrupted_at is None
    while True:
        try:
            some = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            break
        said += some
        if not some:
            break
        if not typed and interrupted_at is not None and interrupted_at.encode() in said:
            os.write(terminal, b"\x03")
            typed = True
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode())


def statuses(folder: Path) -> list[str]:
    with open_book(f"sqlite:///{folder / 'stocktake.db'}") as book:
        return (
            [each.status.value for each in book.runs()[0]]
            if book.store.exists and book.store.is_set_up
            else []
        )


def test_every_phase_shows_rows_and_a_percentage(tmp_path: Path, export: Path):
    """APP-4"""
    code, said = on_a_terminal(tmp_path, f"import {export} --type device --source NINJAONE --yes")

    assert code == 0, said
    for phase in PHASES:
        assert re.search(rf"{phase} +━+ +0% +0/{ROWS} rows", said) or phase == "reading", phase
        assert re.search(rf"{phase} +━+ +100% +{ROWS}/{ROWS} rows", said), phase
    assert statuses(tmp_path) == ["applied"]


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_ends_it_until_the_commit(tmp_path: Path, export: Path, phase: str):
    """APP-4, REL-3: exit code 130, and where a run was announced it says so."""
    command = f"import {export} --type device --source NINJAONE --yes"

    code, said = on_a_terminal(tmp_path, command, interrupted_at=phase)

    told = {
        "Interrupted. Nothing was written.": ([], ["interrupted"]),
        "Interrupted. Run 1 was applied before that.": (["applied"],),
    }
    assert code == 130, said
    assert statuses(tmp_path) in told[said.strip().splitlines()[-1]]
    if phase in PHASES[:3]:
        assert "applying" not in said


def test_ctrl_c_answers_a_question_too(tmp_path: Path, export: Path):
    """APP-4"""
    command = f"import {export} --type device --source NINJAONE"

    code, said = on_a_terminal(tmp_path, command, interrupted_at="[y/N]")

    assert (code, said.strip().splitlines()[-1]) == (130, "Interrupted. Nothing was written.")
    assert statuses(tmp_path) == []


def test_a_backfill_shows_how_far_it_is(tmp_path: Path, export: Path):
    """APP-4, BAC-1"""
    on_a_terminal(tmp_path, f"import {export} --type device --source NINJAONE --yes --quiet")
    with open_book(f"sqlite:///{tmp_path / 'stocktake.db'}") as book, book.store.writing(1) as unit:
        unit.delete_links_made("NINJAONE", "device", 1)

    code, said = on_a_terminal(tmp_path, "backfill presence-links --yes")

    assert code == 0, said
    assert re.search(rf"backfilling +━+ +100% +{ROWS}/{ROWS} rows", said)


def test_nothing_moves_where_nobody_looks(stocked):
    """APP-4: bars are for terminals only."""
    said = stocked("import ninjaone-2.csv --type device --source NINJAONE --yes")

    assert (said.code, said.err) == (0, "")
    assert "reading" not in said.out
