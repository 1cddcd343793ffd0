"""Words that are no choice are named, counted, and given back as something to paste (PLN-8, CLN-4)."""

from __future__ import annotations

import json

from tests.stories.desk import Desk, device

ROWS = [
    device("S1", "T1", status="im Schrank"),
    device("S2", "T2", status="Im Schrank "),
    device("S3", "T3", status="Availble"),
    device("S4", "T4", status="ASSIGNED"),
    device("S5", "T5", device_type="gadget"),
]


def test_unknown_words_are_counted_and_near_choices_offered(desk: Desk):
    """PLN-8: nothing is guessed silently; the rows stay rejected."""
    plan = desk.plan("EXCEL", ROWS, strategy="merge")

    first, second = [each for each in plan.plan.warnings if each.code == "unknown-words"]
    assert plan.counts["reject"] == 4
    assert (second.count, second.rows) == (3, (2, 3, 4))
    assert second.message.startswith(
        "Status: 2 words are none of the choices AVAILABLE, ASSIGNED, MAINTENANCE, RETIRED: "
        '"im Schrank" (2 rows), "Availble" (1 row; AVAILABLE?).'
    )
    assert first.message.startswith("Device type: 1 word is none of the choices LAPTOP, ")


def test_what_is_said_can_be_pasted(desk: Desk):
    """PLN-8: with a meaning where one was left open."""
    plan = desk.plan("EXCEL", ROWS, strategy="merge")
    told = next(each.message for each in plan.plan.warnings if each.message.startswith("Status"))
    snippet = told[told.index("{") : told.rindex("}") + 1]
    assert json.loads(snippet) == {"values": {"status": {"im Schrank": "…", "Availble": "AVAILABLE"}}}

    assert desk.plan("EXCEL", ROWS, strategy="merge", overrides=json.loads(snippet)).counts["reject"] == 3
    settled = json.loads(snippet.replace("…", "MAINTENANCE"))
    run = desk.load("EXCEL", ROWS, strategy="merge", overrides=settled)

    assert (desk.status("S1"), desk.status("S2"), desk.status("S3")) == (
        "MAINTENANCE",
        "MAINTENANCE",
        "AVAILABLE",
    )
    assert run.stats["reject"] == 1


def test_a_file_of_known_words_is_told_nothing(desk: Desk):
    plan = desk.plan("EXCEL", ROWS[3:4], strategy="merge")

    assert not [each for each in plan.plan.warnings if each.code == "unknown-words"]
