"""Every rule of planning, presence, rollback, lineage, history, reading, media and security has a test that cites it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parents[1]
SPECIFICATION = HERE.parent / "shared" / "spec"
PARTS = ("planning", "presence", "rollback", "lineage", "history", "reading", "media-ingest", "security")

#: Rules that no test proves yet: those of the HTTP and web interfaces and of uploads, which are still to be built. Each
#: leaves this list with the test that proves it.
OPEN: frozenset[str] = frozenset()


def pages() -> ModuleType:
    """What generates the page of rules."""
    spec = importlib.util.spec_from_file_location("pages", HERE / "docs" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rules() -> set[str]:
    """The ids of all rules of these parts."""
    if not SPECIFICATION.is_dir():
        pytest.skip("the specification does not lie beside this checkout")
    texts = [(SPECIFICATION / f"{part}.md").read_text(encoding="utf-8") for part in PARTS]
    found = r"^- ([A-Z]{2,4}-[BD]?\d+a?)|\b(MED-[BD]\d+a?)"
    return {rule for text in texts for each in re.findall(found, text, re.MULTILINE) for rule in each if rule}


def test_every_rule_is_proved_or_said_to_be_open():
    proved = pages().proofs().keys()

    assert sorted(rules() - proved - OPEN) == []


def test_a_rule_that_is_proved_is_not_said_to_be_open():
    assert sorted(OPEN & pages().proofs().keys()) == []
