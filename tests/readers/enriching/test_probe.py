"""A child that dies or hangs of one file fails that file alone (MED-D9, SEC-5)."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stocktake.model.media import Failure
from stocktake.ports.enricher import Enrichment
from stocktake.readers.child import environment
from stocktake.readers.enriching.probe import Probe

JOB = "tests.readers.enriching.jobs:look"


@pytest.fixture
def probe() -> Iterator[Probe]:
    """One whose child has a second for each file."""
    found = Probe(JOB, seconds=1)
    yield found
    found.close()


def title(answer: Enrichment | Failure) -> object:
    assert isinstance(answer, Enrichment)
    return answer.tags["title"]


def test_one_child_looks_into_many_files(probe: Probe) -> None:
    """MED-D9: and what it prints is no answer."""
    answers = [probe.look(Path(name), {}) for name in ("one", "print", "two")]
    assert [title(each) for each in answers] == ["one", "print", "two"]
    assert len({each.tags["comment"] for each in answers if isinstance(each, Enrichment)}) == 1
    assert isinstance(answers[0], Enrichment)
    assert answers[0].tags["genres"] == ("a", "b")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("hang", "probe-timeout", "takes longer to look into than 1 seconds"),
        ("spin", "probe-timeout", "takes longer to look into than 1 seconds"),
        ("abort", "probe-crashed", "SIGABRT"),
        ("segfault", "probe-crashed", "SIGSEGV"),
        ("exit", "probe-crashed", "exit code 3"),
        ("raise", "probe-crashed", "exit code 1"),
        ("memory", "probe-memory", "1,024 MiB"),
        ("killed", "probe-memory", "1,024 MiB"),
        ("loud", "file-damaged", "more of itself than can be kept"),
    ],
)
def test_a_file_that_takes_the_child_down_fails_alone(probe: Probe, name: str, code: str, says: str) -> None:
    """MED-D9: those before and after it are looked into."""
    assert title(probe.look(Path("before"), {})) == "before"
    failure = probe.look(Path("/some/folder") / name, {})
    assert isinstance(failure, Failure)
    assert (failure.code, failure.where) == (code, f"/some/folder/{name}")
    assert failure.sentence.startswith(f"/some/folder/{name} ")
    assert says in failure.sentence
    assert title(probe.look(Path("after"), {})) == "after"


def test_a_job_that_does_not_begin_is_a_failure_too() -> None:
    """MED-D9."""
    failure = Probe("tests.readers.enriching.no_such_module:look", seconds=1).look(Path("a"), {})
    assert isinstance(failure, Failure)
    assert failure.code == "probe-crashed"


def test_a_name_that_is_no_text_is_looked_into(probe: Probe) -> None:
    """MED-D9: and shown with a mark in place of what cannot be shown."""
    path = Path(os.fsdecode(b"/a/caf\xe9/hang"))
    failure = probe.look(path, {})
    assert isinstance(failure, Failure)
    assert failure.where == "/a/caf\ufffd/hang"


def test_the_child_ends_with_its_probe() -> None:
    """MED-D9: nobody has to close it."""
    probe = Probe(JOB, seconds=5)
    answer = probe.look(Path("one"), {})
    assert isinstance(answer, Enrichment)
    child = int(str(answer.tags["comment"]))
    os.kill(child, 0)
    del probe
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_child_that_died_between_two_files_fails_neither(probe: Probe) -> None:
    """MED-D9: as where the kernel needed its memory."""
    answer = probe.look(Path("one"), {})
    assert isinstance(answer, Enrichment)
    child = int(str(answer.tags["comment"]))
    os.kill(child, signal.SIGKILL)
    while Path(f"/proc/{child}/stat").exists() and ") Z " not in Path(f"/proc/{child}/stat").read_text():
        time.sleep(0.01)
    assert title(probe.look(Path("two"), {})) == "two"


def test_a_child_whose_parent_is_gone_does_not_work_on_for_ever() -> None:
    """SEC-5: the kernel ends it after so many seconds of work."""
    done = subprocess.run(
        [sys.executable, "-m", "stocktake.readers.enriching.probe_child", JOB, "1", str(1024**3)],
        input=b'{"path": "/a/spin", "options": {}}\n',
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == -signal.SIGXCPU


def test_a_closed_probe_can_be_asked_again(probe: Probe) -> None:
    first = probe.look(Path("one"), {})
    probe.close()
    second = probe.look(Path("one"), {})
    assert isinstance(first, Enrichment)
    assert isinstance(second, Enrichment)
    assert first.tags["comment"] != second.tags["comment"]


def test_time_to_begin_is_not_the_files(probe: Probe) -> None:
    """MED-D9: a slow machine needs longer to start Python than it may take for one file."""
    brisk = Probe(JOB, seconds=0.05)
    started = time.monotonic()
    assert title(brisk.look(Path("one"), {})) == "one"
    assert time.monotonic() - started > 0.05
    brisk.close()
