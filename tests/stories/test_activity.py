"""Whatever is done leaves one readable sentence, which nobody changes or deletes (SEC-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from stocktake.model.activity import ACTS
from stocktake.model.errors import InvalidInput, NotAllowed, NotFound, Refusal
from tests.stories.desk import Desk, device, fleet

# ---------------------------------------------------------------- every act leaves its sentence


def imported(desk: Desk) -> None:
    desk.load("NINJAONE", fleet(5))


def refused(desk: Desk) -> None:
    imported(desk)
    with pytest.raises(Refusal):
        desk.load("NINJAONE", [])


def failed(desk: Desk) -> None:
    imported(desk)
    plan = desk.plan("NINJAONE", fleet(5, model="B"))
    desk.write("UPDATE device SET version = version + 1")
    with pytest.raises(Refusal):
        plan.apply()


def retired(desk: Desk) -> None:
    imported(desk)
    desk.load("NINJAONE", fleet(5)[1:], allow_retire=1)


def returned(desk: Desk) -> None:
    retired(desk)
    desk.load("NINJAONE", fleet(5))


def not_let_back(desk: Desk) -> None:
    retired(desk)
    desk.load("NINJAONE", fleet(5), no_reactivate=[desk.record("S001")["id"]])


def deleted(desk: Desk) -> None:
    desk.declare("LIST", tracks_presence=False)
    desk.load("LIST", fleet(20), strategy="replace")
    desk.load("LIST", fleet(20)[1:], strategy="replace")


def held(desk: Desk) -> None:
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[3:], on_guard="hold")


def kept(desk: Desk) -> None:
    imported(desk)
    desk.load("NINJAONE", fleet(5)[1:], keep=[desk.record("S001")["id"]])


def left_out(desk: Desk) -> None:
    told = {"skip_lines": [3, 4], "edits": [{"line": 2, "column": "Model", "value": "B"}]}
    desk.load(
        "NINJAONE", fleet(5, model="A"), overrides={**told, "values": {"status": {"im Schrank": "AVAILABLE"}}}
    )


def reviewed(desk: Desk) -> None:
    held(desk)
    desk.book.retire_held(record_type="device", source="NINJAONE", reason="sold")


def rolled_back(desk: Desk) -> None:
    retired(desk)
    desk.book.rollback(2, by="bob")


def rolled_back_return(desk: Desk) -> None:
    returned(desk)
    desk.book.rollback(3, by="bob")


def edited(desk: Desk) -> None:
    imported(desk)
    desk.book.edit_record("device", 1, {"model": "B"}, by="bob")


def acknowledged(desk: Desk) -> None:
    retired(desk)
    desk.book.acknowledge("device", 1, source="NINJAONE", reason="sold")


def closed(desk: Desk) -> None:
    desk.declare("OLD")
    desk.load("OLD", fleet(2))
    desk.book.close_source("OLD", reason="contract ended")


def closed_unused(desk: Desk) -> None:
    desk.declare("OLD")
    desk.book.close_source("OLD")


def backfilled(desk: Desk) -> None:
    imported(desk)
    desk.write("DELETE FROM st_source_link WHERE external_id = 's001'")
    desk.book.backfill("presence-links", by="bob")


def pruned(desk: Desk) -> None:
    imported(desk)
    desk.later()
    desk.book.prune_raw_rows("1m", by="bob")


def typed(desk: Desk) -> None:
    desk.book.add_record_type('name = "part"\n[[field]]\nname = "no"\n')


def typed_anew(desk: Desk) -> None:
    typed(desk)
    desk.book.add_record_type('name = "part"\n[[field]]\nname = "no"\n[[field]]\nname = "colour"\n')


def sourced(desk: Desk) -> None:
    desk.declare("MDM")


def sourced_anew(desk: Desk) -> None:
    desk.declare("MDM")
    desk.declare("MDM", tracks_presence=False)


def mapped(desk: Desk) -> None:
    desk.declare("MDM")
    desk.book.add_mapping("usual", '[constants]\nmodel = "B"', record_type="device", source="MDM")


def unmapped(desk: Desk) -> None:
    mapped(desk)
    desk.book.remove_mapping("usual")


def flowing(desk: Desk) -> None:
    desk.book.add_discovery_flow("FLOW-1")


#: What is done, and the act and the sentence that it leaves; of the record, where there is one.
def settled(desk: Desk) -> None:
    """S001 has the tag of S002, and is another device than it was."""
    desk.load("NINJAONE", fleet(5))
    desk.load("NINJAONE", [device("S001", "T002")], strategy="merge", new=["S001"])


DEEDS: tuple[tuple[Callable[[Desk], None], str, str], ...] = (
    (imported, "import", "ana imported file-1.csv from NINJAONE as a full snapshot: 5 created."),
    (
        refused,
        "refuse",
        (
            "ana was refused the import of file-2.csv from NINJAONE: The snapshot has no rows; applied, it would say "
            "that NINJAONE has lost all 5 of its records. Nothing was written."
        ),
    ),
    (
        retired,
        "retire",
        "Run 2 by ana retired T001 (AVAILABLE → RETIRED): NINJAONE no longer has it, and no other source does.",
    ),
    (retired, "override", "ana allowed file-2.csv up to 1 retirement."),
    (returned, "reactivate", "Run 3 by ana brought T001 back (RETIRED → AVAILABLE): NINJAONE has it."),
    (not_let_back, "override", "T001 stays retired, as a person decided, though NINJAONE has it again."),
    (
        deleted,
        "delete",
        "T001 was deleted: file-2.csv, which replaces the records of LIST, does not have it.",
    ),
    (held, "hold", "T001 is held for review: NINJAONE no longer has it."),
    (kept, "keep", "ana kept T001, though NINJAONE misses it."),
    (left_out, "override", "ana left out 2 rows of file-1.csv: lines 3, 4."),
    (left_out, "override", 'ana wrote 1 cell of file-1.csv anew: line 2, Model: "B".'),
    (left_out, "override", 'ana gave words of file-1.csv a meaning: status: "im Schrank" is "AVAILABLE".'),
    (settled, "override", 'ana settled 1 conflict of file-2.csv: "S001" is a new device.'),
    (settled, "settle", 'ana decided that "S001" (line 2 of file-2.csv) is a new device 6.'),
    (
        settled,
        "displace",
        'Asset tag "T002" of device 2 became "T002~2": line 2 of file-2.csv gives it to device 6.',
    ),
    (reviewed, "review", "ana let T001 be retired, which NINJAONE misses: sold."),
    (
        rolled_back,
        "rollback",
        "bob rolled back run 2 (file-2.csv from NINJAONE): 0 records deleted, 0 restored, 1 brought back, 0 retired again.",
    ),
    (rolled_back, "reactivate", "T001 was brought back: bob rolled back run 2, which had retired it."),
    (
        rolled_back_return,
        "retire",
        "T001 was retired again: bob rolled back run 3, which had brought it back.",
    ),
    (edited, "edit", 'bob edited T001 (device 1) by hand: Model blank → "B".'),
    (acknowledged, "acknowledge", "ana acknowledged that NINJAONE misses T001: sold."),
    (closed, "close-source", "ana closed OLD: contract ended; of its 2 records of Device, 2 were retired."),
    (closed_unused, "close-source", "ana closed OLD."),
    (backfilled, "backfill", "bob backfilled presence-links: 1 device got a link to NINJAONE."),
    (pruned, "prune", "bob pruned 5 raw rows of 1 run from before 2026-11-04 08:59 UTC."),
    (
        imported,
        "declare-type",
        "ana declared the record type Device (device) of the pack it_assets, with 32 fields.",
    ),
    (typed, "declare-type", "ana declared the record type Part (part), with 1 field."),
    (typed_anew, "declare-type", "ana changed the record type Part (part): new field colour."),
    (sourced, "declare-source", "ana declared the source MDM, which delivers device, tracking presence."),
    (sourced_anew, "declare-source", "ana changed the source MDM: tracks_presence is no longer true."),
    (mapped, "save-mapping", "ana saved the mapping usual of device from MDM."),
    (unmapped, "remove-mapping", "ana removed the mapping usual of device from MDM."),
    (flowing, "declare-flow", "ana declared the discovery flow FLOW-1."),
)


@pytest.mark.parametrize(
    ("deed", "act", "sentence"),
    DEEDS,
    ids=[f"{deed.__name__}-{act}-{n}" for n, (deed, act, _) in enumerate(DEEDS)],
)
def test_every_act_leaves_its_sentence(desk: Desk, deed: Callable[[Desk], None], act: str, sentence: str):
    """SEC-8, PLN-8, PRE-21: who, when, what, and on which run it was."""
    deed(desk)

    found, total = desk.book.activity(act=act)

    assert sentence in [each.sentence for each in found]
    assert total == len(found)
    newest = found[0]
    has_run = act.split("-")[0] not in ("declare", "save", "remove") and deed is not closed_unused
    assert (newest.run_id is not None) is has_run
    assert newest.actor in ("ana", "bob")
    assert newest.at <= desk.now


def test_a_run_that_failed_says_so(desk: Desk):
    """SEC-8, APP-6."""
    failed(desk)

    ((entry,), _) = desk.book.activity(act="fail")

    assert entry.sentence.startswith("Run 2 (file-2.csv from NINJAONE) by ana failed: ")
    assert entry.sentence.endswith("Nothing was written.")
    assert (entry.run_id, entry.source, entry.record_type) == (2, "NINJAONE", "device")


def test_what_is_declared_again_as_it_was_leaves_nothing(desk: Desk):
    sourced(desk)
    sourced(desk)

    assert desk.book.activity(act="declare-source")[1] == 1


def test_a_declaration_says_what_was_before_and_what_is_after(desk: Desk):
    """SEC-8: before → after."""
    sourced_anew(desk)

    ((newer, older), _) = desk.book.activity(source="MDM")

    assert (older.before, newer.before) == (None, older.after)
    assert '"tracks_presence": true' in (older.after or "")


def test_no_act_is_logged_that_is_not_known():
    """Every act that the sentences above are of has its meaning; a relinked reference is proved with the references.

    Those of media are proved with the collections and their assets, those of people with the people, those of drafts and
    webhooks with these.
    """
    media = {"enrich", "approve", "withdraw-approval", "declare-media-source", "declare-collection"}
    people = {"add-workspace", "change-workspace", "add-user", "change-user", "remove-user", "grant-role"}
    people |= {"withdraw-role", "create-token", "revoke-token", "sign-in", "refuse-sign-in", "sign-out"}
    others = {"upload", "cancel", "add-webhook", "remove-webhook", "try-webhook", "stop-webhook"}
    assert {act for _, act, _ in DEEDS} == ACTS.keys() - {"fail", "relink"} - media - people - others


# ---------------------------------------------------------------- asked for


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Two devices, one of which goes and comes back, edited by bob."""
    desk.load("NINJAONE", fleet(2))
    desk.load("TELUS", [device("S002", "T002", model="B")])
    desk.later()
    desk.book.edit_record("device", 1, {"model": "C"}, by="bob")
    desk.load("NINJAONE", fleet(2)[1:], allow_retire=1)
    return desk


def test_the_log_is_asked_by_column(busy: Desk, subtests: pytest.Subtests):
    """SEC-8: newest first; a run begins with what it did as a whole."""
    questions: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"actor": "bob"}, ["edit"]),
        ({"source": "TELUS"}, ["import"]),
        ({"record_type": "device", "record_id": 1}, ["retire", "edit"]),
        ({"record_type": "account"}, []),
        ({"run_id": 4}, ["import", "override", "retire"]),
        ({"act": "import"}, ["import", "import", "import"]),
        ({"since": "2026-11-05"}, ["import", "override", "retire", "edit"]),
        ({"since": date(2026, 11, 4), "until": date(2026, 11, 4)}, ["import"]),
        ({"until": "2026-11-03T09:00"}, []),
        ({"actor": "ana", "act": "retire", "source": "NINJAONE"}, ["retire"]),
    )
    for asked, acts in questions:
        with subtests.test(asked=asked):
            found, total = busy.book.activity(**asked)

            assert [each.act for each in found] == acts
            assert total == len(acts)


def test_the_log_comes_in_pages(busy: Desk):
    """INT-1"""
    everything, total = busy.book.activity()

    pages = [busy.book.activity(page=number, page_size=3) for number in (1, 2, 3)]

    assert total == len(everything) == 7
    assert [each for found, _ in pages for each in found] == everything
    assert {count for _, count in pages} == {7}


def test_other_workspaces_are_not_seen(busy: Desk):
    """SEC-2"""
    busy.write(
        "INSERT INTO st_activity_log (workspace_id, run_id, entry, at, actor, act, sentence) "
        "SELECT 2, run_id, entry, at, actor, act, sentence FROM st_activity_log WHERE run_id > 0"
    )

    assert busy.book.activity()[1] == 7


def test_what_cannot_be_asked_is_refused(busy: Desk):
    for asked, code in (
        ({"record_id": 1}, "bad-option"),
        ({"act": "steal"}, "bad-option"),
        ({"since": "soon"}, "bad-option"),
        ({"source": "NOBODY"}, "unknown-source"),
        ({"record_type": "ghost"}, "unknown-record-type"),
        ({"run_id": 99}, "unknown-run"),
    ):
        with pytest.raises((InvalidInput, NotFound)) as refused:
            busy.book.activity(**asked)
        assert refused.value.code == code


# ---------------------------------------------------------------- append-only


#: What would change the log.
CHANGES = (
    "UPDATE st_activity_log SET sentence = 'nothing happened'",
    "UPDATE st_activity_log SET actor = 'eve' WHERE run_id = 1",
    "DELETE FROM st_activity_log",
    "DELETE FROM st_activity_log WHERE run_id = 1",
)
ANEW = {
    "sqlite": (
        "INSERT OR REPLACE INTO st_activity_log SELECT workspace_id, run_id, entry, at, 'eve', act, source, "
        "record_type, record_id, rule, before, after, 'nothing happened' FROM st_activity_log"
    ),
    "postgresql": (
        "INSERT INTO st_activity_log SELECT * FROM st_activity_log ON CONFLICT (workspace_id, run_id, entry) "
        "DO UPDATE SET actor = 'eve'"
    ),
}


def test_plain_sql_cannot_change_the_log(busy: Desk, subtests: pytest.Subtests):
    """SEC-8: on SQLite triggers refuse it; on PostgreSQL the application's role has no right to."""
    before = busy.rows("SELECT * FROM st_activity_log ORDER BY run_id, entry")

    for statement in (*CHANGES, ANEW[busy.book.store.name]):
        with subtests.test(statement=statement):
            with (
                pytest.raises((sa.exc.DBAPIError, NotAllowed)) as refused,
                busy.book.store.writing(1) as unit,
            ):
                unit.run(sa.text(statement))

            assert ("permission denied" if busy.is_postgres else "append-only") in str(refused.value)
            assert busy.rows("SELECT * FROM st_activity_log ORDER BY run_id, entry") == before


def test_neither_rollback_nor_migration_takes_anything_from_the_log(busy: Desk):
    """SEC-8, ROL-13: what was rolled back has happened all the same."""
    before = busy.book.activity()[0]

    busy.book.rollback(4)
    busy.book.set_up()

    assert busy.book.activity()[0][-len(before) :] == before
