"""What people read: the sentence first, the numbers, the way out, what to do next (PLN-6, PRE-22, ROL-9)."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from select import select
from signal import SIGINT
from time import monotonic, sleep

import pytest

from stocktake.interfaces.cli.main import command_first
from stocktake.interfaces.wording import age_text, printable, value_text

NINJA = "--type device --source NINJAONE"


def test_a_preview_begins_with_the_sentence_that_says_what_applying_does(stocked):
    lines = stocked(f"plan ninjaone-2.csv {NINJA}").out.splitlines()

    assert lines[0] == (
        "Applying will create 2, update 3 (6 fields), retire 1, reactivate 0. "
        "19 unchanged, 0 rejected. 24 rows read."
    )
    assert lines[-1].startswith("Nothing was written.")


def test_a_preview_shows_old_and_new_and_who_else_has_what_is_missing(stocked):
    out = stocked(f"plan ninjaone-2.csv {NINJA}").out

    assert "New: 2" in out
    assert "Will be retired (missing from this source): 1" in out
    assert "Assigned to  (blank)" in out
    assert "→  bosei" in out
    assert "still present in another source: TELUS" in out


def test_an_error_reads_as_a_sentence_with_its_place(stocktake, write):
    """ERR-2."""
    file = write("bad.csv", "Serial Number,Display Name,Warranty End Date\nA1,X1,31/02/2026\n")

    out = stocktake(f"plan {file} {NINJA} --strategy merge").out

    assert '  Line 2, Warranty End Date: "31/02/2026" is not a date. Write' in out


def test_at_most_ten_errors_are_shown_and_the_rest_counted(stocktake, write, folder):
    rows = "".join(f"S{place},N{place},nope\n" for place in range(33))
    file = write("bad.csv", f"Serial Number,Display Name,Warranty End Date\n{rows}")

    out = stocktake(f"plan {file} {NINJA} --strategy merge --rows all.csv").out

    assert out.count("  Line ") == 10
    assert "… and 23 more: --rows FILE.csv lists all" in out
    listed = (folder / "all.csv").read_text().splitlines()
    assert listed[0] == "line,external_id,name,record_id,action,reason,problems"
    assert len(listed) == 34
    assert "is not a date" in listed[33]


def test_a_guard_says_how_much_the_limit_and_the_way_out(stocked, write):
    """PRE-15."""
    file = write("few.csv", "Serial Number,Display Name\n5CG3120QPD,LT-0101\n")

    err = stocked(f"import {file} {NINJA} --yes").err.splitlines()

    assert err[0] == (
        "Error: 22 of the 24 records that NINJAONE has would be retired (92%; the limit is 20%). "
        "Nothing was written. [mass-retire]"
    ) or err[0].startswith("Error: 23 of the 24 records")
    assert "--allow-retire 2" in err[1]
    assert "--on-guard hold" in err[1]


def test_a_result_names_the_run_and_how_to_undo_it(stocked):
    out = stocked(f"import ninjaone-2.csv {NINJA} --yes").out

    assert "Run 3 is applied: 2 created, 3 updated, 1 retired, 1 missing, 19 unchanged." in out
    assert "`stocktake rollback 3` undoes it" in out


def test_suggested_commands_reach_the_same_database(samples, stocktake):
    out = stocktake("import telus.csv --type device --source TELUS --yes --db sqlite:///other.db").out

    assert "`stocktake rollback 1 --db sqlite:///other.db` undoes it" in out


def test_quiet_prints_the_result_alone(samples, stocktake):
    out = stocktake(f"import ninjaone-1.csv {NINJA} --yes --quiet").out

    assert out == "Run 1 is applied: 24 created.\n"


def test_a_run_is_listed_with_what_when_who_and_counts(stocked):
    """ROL-9."""
    stocked("rollback 2 --yes --reason trying")
    title, undo, telus, ninja, commands = stocked("runs").out.splitlines()

    assert title.split() == [
        "run",
        "when",
        "source",
        "type",
        "what",
        "✓",
        "imported",
        "failed",
        "by",
        "status",
    ]
    assert "undid run 2" in undo
    assert "↩ Rolled back by" in telus
    assert ninja.split()[-1] == "applied"
    for command in ("run show RUN", "rollback RUN", "reimport RUN FILE"):
        assert f"`stocktake {command}`" in commands
    assert "trying" in stocked("run show 3").out


def test_a_rollback_says_what_it_did(stocked):
    """ROL-10."""
    assert "8 records deleted, 1 restored. Import rolled back." in stocked("rollback 2 --yes").out


def test_records_wear_badges_of_who_misses_them(stocked):
    """PRE-22."""
    stocked(f"import ninjaone-2.csv {NINJA} --yes")

    listed = stocked("records device --missing-source NINJAONE").out
    retired = stocked("records device --missing-source NINJAONE --retired").out

    assert "Missing from NINJAONE since 20" in listed
    assert ("LT-0101" in listed, "DT-0207" in listed) == (True, False)
    assert "DT-0207" in retired


def test_a_status_that_means_retired_lists_the_retired(stocked):
    stocked(f"import ninjaone-2.csv {NINJA} --yes")

    shape = stocked("records device --status RETIRED --json").document

    assert [each["name"] for each in shape["items"]] == ["DT-0207"]


def test_records_are_narrowed_by_a_field(stocked):
    shape = stocked("records device --where asset_tag=LT-0101 --json").document

    assert [each["values"]["serial_number"] for each in shape["items"]] == ["5CG3120QPD"]


def test_a_record_tells_its_sources_its_history_and_its_raw_row(stocked):
    """LIN-2, HIS-4, PRE-28."""
    stocked(f"import ninjaone-2.csv {NINJA} --yes")
    record = stocked("records device --where asset_tag=LT-0112 --json").document["items"][0]["id"]

    shape = stocked(f"record show device {record} --json").document

    assert [(each["source"], each["is_present"]) for each in shape["links"]] == [("NINJAONE", True)]
    steps = [
        (each["run_id"], each["from"], each["to"])
        for each in shape["history"]
        if each["field"] == "assigned_to"
    ]
    assert steps == [(3, None, "bosei")]
    assert shape["lineage"]["run_id"] == 3
    assert shape["lineage"]["row"]["values"]["Display Name"] == "LT-0112"
    assert shape["lineage"]["row"]["line"] == 12
    out = stocked(f"record show device {record}").out
    assert "ninjaone-2.csv, line 12 of run 3" in out


def test_what_is_missing_says_since_when_and_what_became_of_it(stocked):
    stocked(f"import ninjaone-2.csv {NINJA} --yes")

    out = stocked("missing --source NINJAONE --type device").out

    states = [" ".join(line.split()[-4:]) for line in out.splitlines()[1:]]
    assert states[0] == "kept still in TELUS"
    assert states[1].endswith("retired")
    assert stocked("missing --until 2001-01-01 --json").document["total"] == 0
    assert stocked("missing --since 2001-01-01 --json").document["total"] == 2


def test_rejected_rows_are_saved_with_their_problems_and_can_be_imported_again(stocked, write, folder):
    """ERR-3."""
    file = write(
        "bad.csv", "Serial Number,Display Name,Warranty End Date\nA1,X1,31/02/2026\nA2,X2,2026-01-01\n"
    )
    stocked(f"import {file} {NINJA} --strategy merge --yes")

    assert "1 rejected row written to out.csv." in stocked("run errors 3 --out out.csv").out

    head, row = (folder / "out.csv").read_text().splitlines()
    assert head == "Serial Number,Display Name,Warranty End Date,_line,_code,_message"
    assert row.startswith('A1,X1,31/02/2026,2,type-error,"Warranty End Date: ')
    write("mended.csv", head + "\n" + row.replace("31/02/2026", "2026-02-28", 1) + "\n")
    mended = stocked(f"import mended.csv {NINJA} --strategy merge --yes --json").document
    assert mended["counts"]["create"] == 1


def test_a_run_lists_its_rows_by_decision(stocked):
    stocked(f"import ninjaone-2.csv {NINJA} --yes")

    shape = stocked("run rows 3 --decision update --json").document

    assert (shape["total"], {each["decision"] for each in shape["items"]}) == (3, {"update"})
    assert shape["items"][0]["values"]["Display Name"] == "LT-0104"
    assert stocked("run rows 3 --json --page-size 10 --page 3").document["items"][0]["line"] == 22


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("runs --page 9", "Shown: none of 2."),
        ("missing", "Nothing is missing"),
        ("run errors 1", "Run 1 rejected no rows."),
        ("run rows 1 --decision update", 'Run 1 has no rows with the decision "update".'),
        ("records device --where asset_tag=NONE", "No devices like that."),
    ],
)
def test_an_empty_list_says_what_that_means(stocked, command, says):
    said = stocked(command)

    assert said.code == 0
    assert says in said.out


def test_a_type_and_a_source_are_declared_and_used(stocktake, write):
    toml = 'name = "vehicle"\ntitle = "Vehicle"\nplural = "Vehicles"\nexternal_id = "plate"\n[[field]]\nname = "plate"\n'
    write("vehicle.toml", toml)
    write("fleet.csv", "Plate\nV-1\nV-2\n")

    assert 'Record type "vehicle" is declared: 1 fields.' not in (
        added := stocktake("type add vehicle.toml").out
    )
    assert 'Record type "vehicle" is declared: 1 field.' in added
    assert stocktake("source add FLEET --type vehicle --tracks-presence --external-id plate").code == 0
    assert stocktake("import fleet.csv --type vehicle --source FLEET --yes").code == 0
    assert stocktake("records vehicle --json").document["total"] == 2
    changed = stocktake("source set FLEET --observe-only on --json").document
    assert (changed["name"], changed["observe_only"]) == ("FLEET", True)
    assert stocktake("source show FLEET --json").document["observe_only"] is True


def test_a_source_is_declared_by_a_file(stocktake, write):
    write("s.toml", 'name = "JAMF"\nrecord_types = ["device"]\nexternal_id = "serial_number"\n')

    assert stocktake("source add --file s.toml --json").document["name"] == "JAMF"
    said = stocktake("source add --file s.toml --type device")
    assert (said.code, "[bad-arguments]" in said.err) == (1, True)


def test_global_options_stand_before_or_after_the_command(stocked):
    """INT-11."""
    before = stocked("--json --db sqlite:///stocktake.db runs")
    after = stocked("runs --db=sqlite:///stocktake.db --json")

    assert before.document == after.document
    assert stocked("--db=sqlite:///none.db runs").code == 2
    assert command_first(["-v", "plan", "--", "--json"]) == ["plan", "-v", "--", "--json"]


def test_the_environment_names_the_database(samples, stocktake, monkeypatch):
    monkeypatch.setenv("STOCKTAKE_DB", "sqlite:///elsewhere.db")

    out = stocktake(f"import ninjaone-1.csv {NINJA} --yes").out

    assert (samples / "elsewhere.db").exists()
    assert "`stocktake rollback 1` undoes it" in out


@pytest.mark.parametrize(
    ("word", "strategy"), [("upsert", "merge"), ("sync", "snapshot"), ("full-refresh", "snapshot")]
)
def test_strategies_go_by_other_names_too(stocked, word, strategy):
    assert stocked(f"plan ninjaone-2.csv {NINJA} --json --strategy {word}").document["strategy"] == strategy


@pytest.mark.parametrize("delimiter", ["\\t", "tab", "TAB"])
def test_a_tab_can_be_written_as_a_word(stocktake, write, delimiter):
    file = write("tabs.txt", "Serial Number\tDisplay Name\nA1\tX,1\n")

    shape = stocktake(f"plan {file} {NINJA} --json --delimiter {delimiter}").document

    assert (shape["file"]["delimiter"], shape["counts"]["create"]) == ("\t", 1)


def test_a_column_is_mapped_by_hand(stocktake, write):
    file = write("odd.csv", "Kennung = neu,Display Name\nA1,X1\n")

    shape = stocktake("plan", file, *NINJA.split(), "--json", "--map", "Kennung = neu=serial_number").document

    assert {"column": "Kennung = neu", "field": "serial_number", "confidence": 1.0, "how": "map"} in shape[
        "mapping"
    ]["columns"]


def test_every_command_has_an_example_in_its_help(stocktake):
    commands = "demo,inspect,plan,import,rollback,runs,run show,run rows,run errors,records,record show,missing,history"
    commands += ",run history,waterfall,time-in-stage"
    commands += ",freshness,types,type show,type add,sources,source show,source add,source set"
    for command in commands.split(","):
        said = stocktake(f"{command} --help")
        assert said.code == 0
        assert f"Example: stocktake {command}" in said.out, command
        assert "--db" in said.out, command


def test_data_cannot_steer_the_terminal(stocktake, write):
    file = write("evil.csv", 'Serial Number,Display Name\nA1,"X\x1b[31m1"\n')

    out = stocktake(f"plan {file} {NINJA} --strategy merge").out

    assert "\x1b" not in out


def test_values_read_the_same_everywhere():
    assert value_text(None) == "(blank)"
    assert value_text("2026-11-09T18:51:27.000000Z") == "2026-11-09 18:51 UTC"
    assert value_text("2026-11-09") == "2026-11-09"
    assert (age_text(None), age_text(5), age_text(3600), age_text(200_000)) == (
        "never",
        "just now",
        "1 hour",
        "2 days",
    )
    assert printable("a\nb\r\x07") == "a⏎b␇"


def test_the_demo_is_a_short_tour_that_ends_with_three_commands(folder, stocktake):
    said = stocktake("demo")

    lines = said.out.splitlines()
    assert said.code == 0
    assert len(lines) <= 60
    assert "LT-0101 is gone from NinjaOne, and alive, since Telus still bills it:" in said.out
    assert "retired: no source has it any more" in said.out
    commands = [line.strip().removeprefix("stocktake ") for line in lines[-3:]]
    assert all(each.endswith("--db sqlite:///stocktake-demo.db") for each in commands)
    for each in commands:
        assert stocktake(each).code == 0


def test_the_demo_replaces_an_earlier_one_only_when_asked(folder, stocktake, write):
    stocktake("demo")

    again = stocktake("demo")
    assert (again.code, "[database-exists]" in again.err) == (1, True)
    assert stocktake("demo --force").code == 0
    write("letter.txt", "not a database")
    assert stocktake("demo --force --db sqlite:///letter.txt").code == 1
    assert (folder / "letter.txt").read_text() == "not a database"


def test_the_demo_goes_where_db_says(folder, stocktake):
    assert stocktake("demo --db sqlite:///mine.db").code == 0
    assert (folder / "mine.db").exists()
    assert not (folder / "stocktake-demo.db").exists()


INTERRUPT = b"\x03"


def on_a_terminal(command, answer, within=60.0):
    """Run a command on a pseudo-terminal and answer its question; what stood on the screen, and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "stocktake", *command.split()], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    screen, deadline = b"", monotonic() + within
    while monotonic() < deadline:
        if not select([ours], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        screen += part
        if screen.rstrip().endswith((b"[y/N]", b"confirm:")):
            if answer == INTERRUPT:
                sleep(0.2)
                process.send_signal(SIGINT)
            else:
                os.write(ours, answer)
    else:
        process.kill()
    code = process.wait(timeout=10)
    os.close(ours)
    return screen.decode(), code


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_on_a_terminal_an_import_asks_naming_the_numbers(stocked):
    screen, code = on_a_terminal(f"import ninjaone-2.csv {NINJA}", b"n\n")
    assert "Apply: 2 new, 3 changed, 1 retired, 1 missing? [y/N]" in screen
    assert "Nothing was written." in screen
    assert code == 1
    assert stocked("runs --json").document["total"] == 2

    screen, code = on_a_terminal(f"import ninjaone-2.csv {NINJA}", b"y\n")
    assert "Run 3 is applied" in screen
    assert code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_ctrl_c_at_the_question_ends_at_once(stocked):
    screen, code = on_a_terminal(f"import ninjaone-2.csv {NINJA}", INTERRUPT)

    assert "Interrupted. Nothing was written." in screen
    assert code == 130


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_a_rollback_is_confirmed_by_typing_the_count(stocked):
    """ROL-4, ROL-10."""
    screen, code = on_a_terminal("rollback 2", b"y\n")
    assert "This action cannot be undone." in screen
    assert (code, "Nothing was written." in screen) == (1, True)

    screen, code = on_a_terminal("rollback 2", b"9\n")
    assert (code, "Import rolled back." in screen) == (0, True)
