"""The documentation is true: its examples run as they stand."""

from __future__ import annotations

import doctest
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import stocktake as package

ROOT = Path(__file__).parents[1]


def test_the_python_example_of_the_readme_runs():
    outcome = doctest.testfile(str(ROOT / "README.md"), module_relative=False)

    assert outcome.attempted > 5
    assert outcome.failed == 0


@pytest.mark.parametrize("page", ["docs/reference/python-api.md", "docs/how-to/embed-in-python.md"])
def test_the_python_examples_of_a_page_run(page: str):
    outcome = doctest.testfile(str(ROOT / page), module_relative=False)

    assert outcome.attempted > 15
    assert outcome.failed == 0


def test_the_reference_names_all_that_python_may_import():
    text = (ROOT / "docs/reference/python-api.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^#+ (?:stocktake\.)?(\w+)$", text, flags=re.MULTILINE)) | set(
        re.findall(r"`(\w+)`", text)
    )

    assert set(package.__all__) - told == {"Refusal", "__version__"}
    assert "`stocktake.Refusal`" in text


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def stocktake(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = re.findall(r'"[^"]*"|\S+', line)
    return subprocess.run(
        [sys.executable, "-m", *(word.strip('"') for word in words)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("STOCKTAKE_")},
    )


def test_the_tutorial_can_be_followed_from_top_to_bottom(tmp_path: Path):
    text = (ROOT / "docs/tutorial/first-import.md").read_text(encoding="utf-8")
    for name, content in zip(("monday.csv", "next.csv"), fenced(text, "csv"), strict=True):
        (tmp_path / name).write_text(content, encoding="utf-8")
    lines = [line.removeprefix("$ ") for block in fenced(text, "console") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("stocktake ") and "demo" not in line]
    assert len(commands) == 8
    said = ""
    for line in commands:
        asks = line.startswith(("stocktake import", "stocktake rollback")) and "--dry-run" not in line
        outcome = stocktake(line + " --yes" * asks, tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert "LT-0002" in said
    assert "1 retired" in said or "retire 1" in said


def test_the_how_to_saves_a_mapping_that_reads_the_file(tmp_path: Path):
    text = (ROOT / "docs/how-to/save-a-mapping.md").read_text(encoding="utf-8")
    for name, language in (("pipeline.csv", "csv"), ("pipeline.toml", "toml")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    said = ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line + " --yes" * line.startswith("stocktake import"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert "Run 1 is applied: 3 created." in said
    assert "negotiation" in said


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert broken == []


def test_the_how_to_declares_a_type_that_can_be_added(tmp_path: Path):
    text = (ROOT / "docs/how-to/declare-a-record-type.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "airport.toml").write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line, tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)


def test_the_how_to_replaces_keeps_edits_and_undoes(tmp_path: Path):
    text = (ROOT / "docs/how-to/choose-a-strategy.md").read_text(encoding="utf-8")
    named = {"csv": ("monday.csv", "friday.csv"), "json": ("overrides.json",)}
    for language, names in named.items():
        blocks = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
        for name, block in zip(names, blocks, strict=True):
            (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    refused, said = [], ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(
            line + " --yes" * line.startswith(("stocktake import", "stocktake rollback")), tmp_path
        )
        refused += [line] * (outcome.returncode != 0)
        said += outcome.stdout
    assert refused == ["stocktake plan friday.csv --type deal --source csv_import --strategy replace"]
    assert "Run 2 is applied: 1 created, 1 updated, 1 missing, 4 unchanged." in said
    assert "Import rolled back." in said


def test_the_how_to_follows_a_pipeline(tmp_path: Path):
    """HIS-6, HIS-9: every command, and the table as it is shown."""
    text = (ROOT / "docs/how-to/follow-a-pipeline.md").read_text(encoding="utf-8")
    for name, block in zip(("first.csv", "second.csv"), fenced(text, "csv"), strict=True):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    said = ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line + " --yes" * line.startswith("stocktake import"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    (shown,) = fenced(text, "text")
    assert re.sub(r"^   ", "", shown, flags=re.MULTILINE).rstrip() in said
    assert (tmp_path / "pipeline.svg").read_text(encoding="utf-8").startswith("<svg")
    (query,) = fenced(text, "sql")
    with closing(sqlite3.connect(tmp_path / "stocktake.db")) as database:
        assert dict(database.execute(query)) == {"Closed Won": 1, "Proposal": 1}
