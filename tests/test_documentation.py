"""The documentation is true: its examples run as they stand."""

from __future__ import annotations

import base64
import contextlib
import doctest
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import stocktake as package
from stocktake.access.signature import signed_headers
from stocktake.interfaces.cli.main import main
from stocktake.interfaces.wording import GROUPS
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.reporting.event import finished_event

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


def stocktake(line: str, folder: Path, *, process: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a line of a page in ``folder``: in this process, which spares a second each, or in one of its own."""
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)]
    if process:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("STOCKTAKE_")}
        command = [sys.executable, "-m", *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words[1:])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from outside decides what a page shows."""
    for name in [each for each in os.environ if each.startswith("STOCKTAKE_")]:
        if not name.startswith("STOCKTAKE_TEST"):
            monkeypatch.delenv(name)


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
        outcome = stocktake(line + " --yes" * asks, tmp_path, process=True)
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


def test_the_how_to_cleans_devices_with_prefix_sizes_places_and_abbreviations_of_its_own(tmp_path: Path):
    """CLN-2."""
    text = (ROOT / "docs/how-to/clean-devices-your-way.md").read_text(encoding="utf-8")
    for name, block in re.findall(r"```\w+ (\S+)\n(.*?)```", text, flags=re.DOTALL):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line + " --yes" * line.startswith("stocktake import"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
    with closing(sqlite3.connect(tmp_path / "stocktake.db")) as database:
        devices = database.execute(
            "select asset_tag, location, make, model, ram, storage, machine from device order by serial_number"
        ).fetchall()
    assert devices == [
        (None, None, "Nokia", "2780 Flip", None, None, None),
        (None, None, "Apple", "iPhone Air", None, "256 GB", None),
        ("VAN-FILE01", "Vancouver", None, "PowerEdge R650", "48 GB", "8 TB", "PHYSICAL"),
        ("HARBOUR-001042", None, None, "X10SRi-F", "32 GB", "1 TB", "PHYSICAL"),
        ("CGY-APP01", "Calgary", None, "VMware20,1", "16 GB", "240 GB", "VIRTUAL"),
    ]
    outcome = stocktake("stocktake source add NINJAONE_SERVERS --file servers-source.toml", tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert "HARBOUR-" in stocktake("stocktake source show NINJAONE_SERVERS --json", tmp_path).stdout


def test_the_how_to_reviews_a_plan_and_applies_it_once(tmp_path: Path):
    text = (ROOT / "docs/how-to/review-a-plan-elsewhere.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    for name, block in zip(("monday.csv", "friday.csv"), blocks, strict=True):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    outcomes = []
    for line in re.findall(r"\$ (stocktake .*)", text):
        asks = line.startswith(("stocktake import", "stocktake apply")) and "--dry-run" not in line
        outcomes.append((line, stocktake(line + " --yes" * asks, tmp_path)))
    refused = [(line, outcome.stderr) for line, outcome in outcomes if outcome.returncode != 0]
    assert [line for line, _ in refused] == [
        f"stocktake apply {name}" for name in ("friday-2.json", "friday.json")
    ]
    assert ["plan-used" in refused[0][1], "stale-plan" in refused[1][1]] == [True, True]
    said = "".join(outcome.stdout for _, outcome in outcomes)
    assert "Run 2 is applied: 1 created, 2 updated" in said
    assert "retire  suppressed" in said
    assert "Moved since the plan was made" in said


def test_the_how_to_mends_rejected_rows(tmp_path: Path):
    """ERR-3: out as CSV and XLSX, mended, and in again."""
    text = (ROOT / "docs/how-to/mend-rejected-rows.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    for name, block in zip(("stock.csv", "mended.csv"), blocks, strict=True):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    said = ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line + " --yes" * line.startswith("stocktake import"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert "Run 1 is applied: 2 created, 2 rejected." in said
    assert "Run 2 is applied: 2 created." in said
    assert "2 rows rejected, 2 of them mended by run 2" in said
    assert "'=screen?" in (tmp_path / "bad.csv").read_text(encoding="utf-8")
    assert (tmp_path / "bad.xlsx").exists()


def test_the_how_to_keeps_a_workspace_up(tmp_path: Path):
    """HEA, LIN, BAC: on the sample files, from top to bottom."""
    text = (ROOT / "docs/how-to/keep-a-workspace-up.md").read_text(encoding="utf-8")
    packs = ROOT / "src/stocktake/catalog/packs"
    for sample in ("it_assets/samples/ninjaone-1.csv", "discovery/samples/servers.csv"):
        (tmp_path / Path(sample).name).write_bytes((packs / sample).read_bytes())
    first = "stocktake import ninjaone-1.csv --type device --source NINJAONE"
    said = ""
    for line in (first, *re.findall(r"\$ (stocktake .*)", text)):
        asks = line.startswith(("stocktake import", "stocktake prune", "stocktake backfill"))
        outcome = stocktake(line + " --yes" * (asks and "--dry-run" not in line), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert "Workspace default is healthy." in said
    assert "Run 1: created by ninjaone-1.csv from NINJAONE" in said
    assert "FLOW-1  MASTER-1     Data centre, November" in said


def test_the_how_to_takes_records_away(tmp_path: Path):
    """Each file that the page names is written, and the exact one changes nothing when it comes in again."""
    text = (ROOT / "docs/how-to/take-records-away.md").read_text(encoding="utf-8")
    sample = ROOT / "src/stocktake/catalog/packs/it_assets/samples/ninjaone-1.csv"
    (tmp_path / sample.name).write_bytes(sample.read_bytes())
    imported = "--type device --source NINJAONE"
    first = f"stocktake import {sample.name} {imported} --yes"
    again = f"stocktake --json plan devices.csv {imported} --strategy merge"
    for line in (first, *re.findall(r"\$ (stocktake .*)", text), again):
        outcome = stocktake(line, tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
    assert {"assigned.xlsx", "missing.csv", "all.parquet"} <= {each.name for each in tmp_path.iterdir()}
    counts = json.loads(outcome.stdout)["counts"]
    assert counts["unchanged"] == counts["rows"] > 0


def test_the_how_to_finds_the_right_columns(tmp_path: Path):
    """MAP-1: what is suggested can be pasted, or accepted."""
    text = (ROOT / "docs/how-to/find-the-right-columns.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "stock.csv").write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    said = ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line.replace("'", '"') + " --yes" * line.startswith("stocktake import"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert "serial_number? (fuzzy" in said
    assert "Run 1 is applied: 3 created." in said


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert broken == []


def test_what_the_page_about_security_rests_on_is_tested():
    """Every requirement is proved by tests that are there, or says in words why there is none."""
    text = (ROOT / "docs/explanation/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d[\d., to]*) \|.*\| (.+?) \|$", text, flags=re.MULTILINE)
    words = (
        "*not applicable*",
        "*gap*",
        "*by review*",
        "*by design*",
        "*by documentation*",
        "*by deployment*",
    )
    assert {int(row.split(".")[0]) for row, _ in rows} == set(range(1, 18))
    missing = []
    for requirement, proof in rows:
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", proof)
        if not named and proof not in (*words, "*rests on the library*"):
            missing.append((requirement, proof))
        for file, name in named:
            path = ROOT / "tests" / file
            if not path.exists() or f"\ndef {name}(" not in path.read_text(encoding="utf-8"):
                missing.append((requirement, f"{file}::{name}"))
    assert missing == []


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


def test_the_how_to_reviews_what_went_missing(tmp_path: Path):
    text = (ROOT / "docs/how-to/review-what-went-missing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    for name, block in zip(("monday.csv", "friday.csv"), blocks, strict=True):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    refused, said = [], ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        asks = line.startswith(("stocktake import", "stocktake held retire", "stocktake held keep"))
        outcome = stocktake(line + " --yes" * asks, tmp_path)
        refused += [line] * (outcome.returncode != 0)
        said += outcome.stdout + outcome.stderr
    assert refused == ["stocktake plan friday.csv --type device --source NINJAONE"]
    assert "1 row looks like a known record under a new external id" in said
    assert "Run 3 is applied: 2 retired, 0 kept." in said
    assert "held for review" in said


def test_the_guide_to_bulk_uploads_goes_from_the_snapshot_to_the_part(tmp_path: Path):
    """INT-5, INT-7: every group by its name, and what a full file, overrides and a part do."""
    text = (ROOT / "docs/how-to/bulk-upload-operator-guide.md").read_text(encoding="utf-8")
    assert [label for label in GROUPS.values() if f"| {label} |" not in text] == []
    assert "presence tracking not possible" in text
    for name, block in zip(("monday", "wednesday", "friday", "part"), fenced(text, "csv"), strict=True):
        (tmp_path / f"{name}.csv").write_text(block, encoding="utf-8")
    said = []
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line + " --yes" * line.startswith("stocktake import"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said.append(outcome.stdout)
    _, wednesday, review, friday, missing, part = said
    assert "Run 2 is applied: 1 retired, 7 unchanged." in wednesday
    for key in ("create", "update", "retire", "reactivate"):
        assert f"{GROUPS[key]}: 1" in review
    assert "Run 3 is applied: 1 created, 1 updated, 1 missing, 6 unchanged." in friday
    assert "LT-07" in missing
    assert "Run 4 is applied: 1 created, 1 updated." in part


def test_the_how_to_settles_conflicts(tmp_path: Path):
    """PRE-20: from top to bottom; only the first look is refused."""
    text = (ROOT / "docs/how-to/settle-conflicts.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    for name, block in zip(("monday.csv", "friday.csv"), blocks, strict=True):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    refused, said = [], ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line + " --yes" * line.startswith("stocktake import"), tmp_path)
        refused += [line] * (outcome.returncode != 0)
        said += outcome.stdout + outcome.stderr
    assert refused == ["stocktake plan friday.csv --type device --source NINJAONE"]
    for told in ("--same S001=2", "LT-02 → LT-02~2", "S001 → S001~1", "S001~1 was S001", "is a new device 7"):
        assert told in said


def test_the_how_to_undoes_an_import(tmp_path: Path):
    """ROL-4, ROL-5, ROL-7: from top to bottom; only the first look is refused."""
    text = (ROOT / "docs/how-to/undo-an-import.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    for name, block in zip(("accounts.csv", "deals.csv", "accounts-2.csv"), blocks, strict=True):
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    refused, said = [], ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        asks = line.split()[1] in ("import", "rollback", "reimport", "record") and "--dry-run" not in line
        outcome = stocktake(line + " --yes" * asks, tmp_path)
        refused += [line] * (outcome.returncode != 0)
        said += outcome.stdout + outcome.stderr
    assert refused == ["stocktake rollback 1 --dry-run"]
    assert "Kept: changed again later: 1 record" in said
    assert "Blocked: referred to by other records: 1 record" in said
    assert "3 records deleted, 2 of later imports deleted with them. Import rolled back." in said
    assert "accounts-2.csv (replaces run 1)" in said
    assert "replaced by run 5" in said


def test_the_how_to_gives_a_field_several_sources_and_a_person(tmp_path: Path):
    """PRE-24"""
    text = (ROOT / "docs/how-to/several-sources-for-a-field.md").read_text(encoding="utf-8")
    for name, language, place in (
        ("tool.toml", "toml", 0),
        ("invoices.csv", "csv", 0),
        ("scanner.csv", "csv", 1),
        ("scanner-2.csv", "csv", 2),
        ("invoices-2.csv", "csv", 3),
    ):
        block = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)[place]
        (tmp_path / name).write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    said = {}
    for line in re.findall(r"\$ (stocktake .*)", text):
        asks = line.startswith(("stocktake import", "stocktake record edit"))
        outcome = stocktake(line + " --yes" * asks, tmp_path)
        if line == "stocktake rollback 3":
            assert "confirmation-needed" in outcome.stderr
        else:
            assert outcome.returncode == 0, (line, outcome.stderr)
        said[line] = outcome.stdout
    previewed = said["stocktake plan scanner-2.csv --type tool --source SCANNER"]
    assert re.search(r"T-1 +1 +Shelf +Repair desk +B7 +kept by hand", previewed)
    outranked = said["stocktake import invoices-2.csv --type tool --source INVOICES"]
    assert re.search(r"T-1 +1 +Model +DRL-18 +Cordless drill +a source that is believed more", outranked)
    shown = said["stocktake record show tool 1"]
    assert re.search(
        r'Shelf +Repair desk +by \S+, run 3, kept by hand; INVOICES says "Dock"; SCANNER says "B7"', shown
    )
    assert re.search(r'Model +DRL-18 +SCANNER, run 2; INVOICES says "Cordless drill"', shown)


def test_the_how_to_gives_people_access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """SEC-3, SEC-4."""
    text = (ROOT / "docs/how-to/give-people-access.md").read_text(encoding="utf-8")
    said = ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        monkeypatch.setattr("sys.stdin", io.StringIO("otter lamp nine violets"))
        outcome = stocktake(line.removesuffix(" < password.txt"), tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert re.search(r"^stk_[\w-]{43}$", said, flags=re.MULTILINE)
    assert re.search(r"bo@example\.com +viewer +all of the account acme", said)
    assert "removed the user bo@example.com" in said


def test_the_how_to_tells_others_of_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """SEC-7, SEC-8: its commands, its event, and its own way to check a signature."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", "k" * 32)
    text = (ROOT / "docs/how-to/tell-others-of-runs.md").read_text(encoding="utf-8")
    said = ""
    for line in re.findall(r"\$ (stocktake .*)", text):
        outcome = stocktake(line, tmp_path)
        assert outcome.returncode == 0, (line, outcome.stderr)
        said += outcome.stdout
    assert re.search(r"1 +https://receiver\.invalid/hooks/stocktake +active +0 +0", said)
    assert "Nothing waits for any webhook." in said
    (secret,) = re.findall(r"^whsec_\S+$", said, flags=re.MULTILINE)
    (check,) = fenced(text, "python")
    known: dict[str, Any] = {}
    exec(check, known)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    now = int(time.time())
    headers = signed_headers(key, "msg_1", now, b"{}")
    assert known["is_genuine"](secret, headers, b"{}")
    assert not known["is_genuine"](secret, headers, b"{ }")
    assert not known["is_genuine"](secret, signed_headers(key, "msg_1", now - 400, b"{}"), b"{}")
    (event,) = fenced(text, "json")
    told = json.loads(event)
    run = Run(run_id=12, kind=RunKind.IMPORT, status=RunStatus.APPLIED, source=None, record_type=None)
    made = json.loads(finished_event("x", "default", run, {}, at=datetime.now(UTC)))
    assert (list(told), list(told["data"])) == (list(made), list(made["data"]))


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


def test_every_page_stands_in_the_index():
    kinds = ("tutorial", "how-to", "reference", "explanation")
    pages = {f"{kind}/{each.name}" for kind in kinds for each in (ROOT / "docs" / kind).glob("*.md")}
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")

    assert pages - set(re.findall(r"\]\(([^)]+)\)", index)) == set()
    assert len(pages) > 30
