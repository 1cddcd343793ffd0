"""What a file's content is told by (MED-D5)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from blake3 import blake3

from stocktake.model.media import HashPolicy
from stocktake.readers.filetree.signature import SAMPLE, Content, Expected, quick_signature, signatures


def content(path: Path, policy: HashPolicy = HashPolicy.SHA256) -> Content:
    return next(iter(signatures([expected(path)], policy)))


def expected(path: Path) -> Expected:
    found = path.stat()
    return Expected(path=os.fsencode(path), size=found.st_size, mtime_ns=found.st_mtime_ns)


def test_the_full_hash_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    """MED-D5."""
    data = os.urandom(5 * SAMPLE + 1)
    (tmp_path / "a").write_bytes(data)
    assert content(tmp_path / "a").strong == hashlib.sha256(data).hexdigest()
    assert content(tmp_path / "a", HashPolicy.BLAKE3).strong == blake3(data).hexdigest()


def quick(path: Path) -> str:
    fd = os.open(path, os.O_RDONLY)
    try:
        return quick_signature(fd, path.stat().st_size)
    finally:
        os.close(fd)


def test_the_quick_signature_sees_head_middle_tail_and_size_and_proves_no_equality(tmp_path: Path) -> None:
    """MED-D5: what lies between is not looked at, so the full hash has the last word."""
    data = bytearray(os.urandom(10 * SAMPLE))
    file = tmp_path / "a"
    file.write_bytes(data)
    first = quick(file)
    for place in (0, len(data) // 2, len(data) - 1):
        changed = data[:]
        changed[place] ^= 1
        file.write_bytes(changed)
        assert quick(file) != first
    file.write_bytes(data + b"x")
    assert quick(file) != first
    between = data[:]
    between[2 * SAMPLE] ^= 1
    file.write_bytes(between)
    assert quick(file) == first


def test_a_small_file_is_seen_whole(tmp_path: Path) -> None:
    data = bytearray(3 * SAMPLE)
    (tmp_path / "a").write_bytes(data)
    first = quick(tmp_path / "a")
    data[SAMPLE + SAMPLE // 2] = 1
    (tmp_path / "a").write_bytes(data)
    assert quick(tmp_path / "a") != first


def test_what_is_no_file_or_another_one_by_now_is_not_read(tmp_path: Path) -> None:
    """MED-D12."""
    (tmp_path / "a").write_bytes(b"x")
    seen = expected(tmp_path / "a")
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    (found,) = signatures([seen], HashPolicy.SHA256)
    assert found == Content(is_stable=False)
    (tmp_path / "a").unlink()
    (gone,) = signatures([seen], HashPolicy.SHA256)
    assert gone.failure is not None
    assert gone.failure.code == "file-vanished"


def test_many_are_told_in_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(50)]
    for path in paths:
        path.write_text(path.name)
    told = [each.strong for each in signatures(map(expected, paths), HashPolicy.SHA256)]
    assert told == [hashlib.sha256(path.name.encode()).hexdigest() for path in paths]
